package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

func TestUpdateAppends(t *testing.T) {
	f := newFixture(fsys.OS, filepath.Join(t.TempDir(), "a", "b", "issued.jsonl"))
	if got := f.lines(t); len(got) != 0 {
		t.Errorf("a missing journal has the lines %q", got)
	}
	for _, lines := range [][]string{{"<1>"}, {"<2>", "<3>"}, {}} {
		if err := f.add(lines...); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, f.Path); got != "<1>\n<2>\n<3>\n" {
		t.Errorf("the log holds %q", got)
	}
	if got := f.lines(t); fmt.Sprint(got) != "[<1> <2> <3>]" {
		t.Errorf("lines %q", got)
	}
	if len(f.warnings) != 0 {
		t.Errorf("warnings %q", f.warnings)
	}
}

func TestUpdateShowsWhatIsThere(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	write(t, f.Path, "<1>\n<2>\n<3 is unfin")
	refuse := errors.New("refused")
	var seen []string
	err := f.Update(context.Background(), func(v View) ([][]byte, error) {
		for line, err := range v.Lines() {
			if err != nil {
				t.Error(err)
			}
			seen = append(seen, string(line.Raw))
		}
		return nil, refuse
	})
	if !errors.Is(err, refuse) || fmt.Sprint(seen) != "[<1> <2>]" {
		t.Errorf("seen %q, %v", seen, err)
	}
	if got := read(t, f.Path); got != "<1>\n<2>\n<3 is unfin" || len(f.warnings) != 0 {
		t.Errorf("a refused update left %q and said %q", got, f.warnings)
	}
}

func TestARefusedFirstUpdateLeavesNoTrace(t *testing.T) {
	top := t.TempDir()
	f := newFixture(fsys.OS, filepath.Join(top, "a", "b", "issued.jsonl"))
	refuse := errors.New("refused")
	err := f.Update(context.Background(), func(View) ([][]byte, error) { return nil, refuse })
	if !errors.Is(err, refuse) {
		t.Errorf("error %v", err)
	}
	if left := names(t, top); left != "" && (fsys.RemovesOpen || left != "a") {
		t.Errorf("left: %s", left)
	}
}

func TestUpdateRefusesWhatIsNoLine(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	for _, bad := range []string{"", "<a\nb>", "\n", strings.Repeat("x", MaxLine+1)} {
		if err := f.add("<1>", bad); err == nil {
			t.Errorf("%.20q was appended", bad)
		}
	}
	if left := names(t, filepath.Dir(f.Path)); left != "" && (fsys.RemovesOpen || left != "issued.jsonl.lock") {
		t.Errorf("left: %s", left)
	}
	if err := f.add(strings.Repeat("x", MaxLine)); err != nil {
		t.Errorf("the longest line: %v", err)
	}
	if got := f.lines(t); len(got) != 1 || len(got[0]) != MaxLine {
		t.Errorf("%d lines", len(got))
	}
}

// The numbers are the price of a mint: nobody may raise them unnoticed.
func TestHowOftenItSynchronizes(t *testing.T) {
	for _, c := range []struct {
		name        string
		ownDir      bool
		before      string
		sub         string
		files, dirs int
	}{
		{"a log with content", true, "<1>\n", "own", 1, 0},
		{"an empty log, which may be a killed run's", false, "", "own", 1, 1},
		{"an empty log in a directory that may be a killed run's", true, "", "own", 1, 2},
		{"a new log", false, "absent", "own", 1, 1},
		{"a new log in a new directory", false, "absent", "new", 1, 3},
		{"a new log in two new directories", false, "absent", "new/newer", 1, 4},
		{"an unfinished last line", true, "<1>\n<2", "own", 2, 1},
		{"a last line without a line feed", true, "<1>\n<2>", "own", 1, 0},
	} {
		own := logIn(t)
		disk := faultfs.New(fsys.OS, faultfs.Fault{})
		f := newFixture(disk, filepath.Join(filepath.Dir(filepath.Dir(own)), c.sub, "issued.jsonl"))
		f.OwnDir = c.ownDir
		if c.before != "absent" {
			write(t, f.Path, c.before)
		}
		if err := f.add("<9>"); err != nil {
			t.Fatal(err)
		}
		if files, dirs := disk.Count(faultfs.OpSync), disk.Count(faultfs.OpSyncDir); files != c.files || dirs != c.dirs {
			t.Errorf("%s: %d files and %d directories synchronized, want %d and %d: %q", c.name, files, dirs, c.files, c.dirs, disk.Calls())
		}
		if n := disk.Count(faultfs.OpWrite); n != c.files {
			t.Errorf("%s: %d writes", c.name, n)
		}
	}
}

func TestATornTailIsSetAsideWhereverItIsCut(t *testing.T) {
	const whole = "<1>\n<the second>\n"
	last := []string{"<the third record>\n", "<the fourth ä>\n"}
	text := whole + last[0] + last[1]
	cuts := 0
	for cut := len(whole); cut <= len(text); cut++ {
		f := newFixture(noFault(), logIn(t))
		write(t, f.Path, text[:cut])
		keep, tail := text[:strings.LastIndexByte(text[:cut], '\n')+1], text[strings.LastIndexByte(text[:cut], '\n')+1:cut]
		want, aside := keep+"<new>\n", tail
		if isRecord([]byte(tail)) {
			want, aside = keep+tail+"\n<new>\n", ""
		}
		lines := strings.Count(want, "\n")
		if got := f.lines(t); len(got) != lines-1 {
			t.Errorf("cut at %d: a reader has %q", cut, got)
		}
		if err := f.add("<new>"); err != nil {
			t.Fatal(err)
		}
		if got := read(t, f.Path); got != want {
			t.Errorf("cut at %d: the log holds %q, want %q", cut, got, want)
		}
		path := f.Path + ".torn-20261121T120000Z"
		if got := read(t, path); got != aside {
			t.Errorf("cut at %d: %q was set aside, want %q", cut, got, aside)
		}
		if said := strings.Contains(strings.Join(f.warnings, ""), strconv.Quote(path)); said != (aside != "") {
			t.Errorf("cut at %d: warnings %q", cut, f.warnings)
		}
		cuts++
	}
	if cuts < 30 {
		t.Errorf("only %d cuts", cuts)
	}
}

func TestTornTailsOfAnySize(t *testing.T) {
	for _, n := range []int{1, chunk - 1, chunk, chunk + 1, 3 * chunk, MaxLine + 5, 3 * MaxLine} {
		for _, head := range []string{"", "<1>\n"} {
			f := newFixture(noFault(), logIn(t))
			tail := strings.Repeat("\x00", n)
			write(t, f.Path, head+tail)
			if err := f.add("<2>"); err != nil {
				t.Fatal(err)
			}
			if got := read(t, f.Path); got != head+"<2>\n" {
				t.Errorf("%d bytes: the log holds %d bytes", n, len(got))
			}
			if got := read(t, f.Path+".torn-20261121T120000Z"); got != tail {
				t.Errorf("%d bytes: %d were set aside", n, len(got))
			}
		}
	}
}

func TestTornTailsOfOneSecondGetNamesOfTheirOwn(t *testing.T) {
	f := newFixture(noFault(), logIn(t))
	for n := 1; n < maxAside; n++ {
		write(t, f.Path, "<1>\n"+strings.Repeat("x", n))
		if err := f.add("<2>"); err != nil {
			t.Fatal(err)
		}
	}
	for n, suffix := range map[int]string{1: "", 2: "-2", 3: "-3", maxAside - 1: fmt.Sprintf("-%d", maxAside-1)} {
		if got := read(t, f.Path+".torn-20261121T120000Z"+suffix); len(got) != n {
			t.Errorf("%q: %d bytes, want %d", suffix, len(got), n)
		}
	}
	write(t, f.Path, "<1>\nx")
	if err := f.add("<2>"); err == nil {
		t.Error("no end to the names")
	}
	if got := read(t, f.Path); got != "<1>\nx" {
		t.Errorf("the log holds %q", got)
	}
}

// A name for which those of the files beside would be too long is refused at once,
// not by the first mint that has to set a line aside. The journal can be read.
func TestANameThatLeavesNoRoom(t *testing.T) {
	for length, fits := range map[int]bool{maxName: true, maxName + 1: false, 255: false} {
		path := filepath.Join(t.TempDir(), strings.Repeat("n", length))
		write(t, path, "<1>\n<2")
		f := newFixture(noFault(), path)
		err := f.add("<3>")
		if fits {
			if err == nil {
				err = f.keeping("<4>")
			}
			if err != nil || read(t, path) != "<1>\n<3>\n<4>\n" {
				t.Errorf("%d: %v, the log holds %q", length, err, read(t, path))
			}
			continue
		}
		if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "shorter name") {
			t.Errorf("%d: %v", length, err)
		}
		if left := names(t, filepath.Dir(path)); left != filepath.Base(path) || read(t, path) != "<1>\n<2" {
			t.Errorf("%d: left %s", length, left)
		}
		if got := f.lines(t); len(got) != 1 || got[0] != "<1>" {
			t.Errorf("%d: it reads %q", length, got)
		}
	}
	// The longest of these names still fits.
	f := newFixture(noFault(), filepath.Join(t.TempDir(), strings.Repeat("n", maxName)))
	for range maxAside - 1 {
		aside, err := f.Aside("set-aside")
		if err != nil {
			t.Fatal(err)
		}
		if err := aside.Keep(); err != nil {
			t.Fatal(err)
		}
	}
}
