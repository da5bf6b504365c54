package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// absent stands for a log that is not there.
const absent = "\x00absent"

// scenario is a log before an update that adds <new one> and <new two>.
type scenario struct {
	name   string
	before string
	// records are the records in before that a reader has.
	records []string
	// tail is the unfinished last line.
	tail string
	// sub is where the log is, below a directory that is there.
	sub string
	// mode is the log's.
	mode os.FileMode
	// faults is the least number of faults to be met.
	faults int
}

var scenarios = []scenario{
	{"a log with records", "<1>\n<2>\n", []string{"<1>", "<2>"}, "", "own", 0o600, 10},
	{"a new log in new directories", absent, nil, "", "new/newer", 0o600, 17},
	{"an unfinished last line", "<1>\n<2", []string{"<1>"}, "<2", "own", 0o600, 18},
	{"nothing but an unfinished line", "<1", nil, "<1", "own", 0o600, 20},
	{"no last line feed", "<1>\n<2>", []string{"<1>", "<2>"}, "", "own", 0o600, 12},
	{"a mode too open", "<1>\n", []string{"<1>"}, "", "own", 0o644, 11},
	{"an empty log", "", nil, "", "own", 0o600, 12},
}

var kinds = map[string]faultfs.Fault{
	"error":       {Err: syscall.EIO},
	"full disk":   {Err: syscall.ENOSPC, Short: true},
	"kill":        {Crash: true},
	"kill, short": {Crash: true, Short: true},
}

func TestUpdateSurvivesEveryFault(t *testing.T) {
	for _, s := range scenarios {
		for kind, fault := range kinds {
			t.Run(s.name+"/"+kind, func(t *testing.T) {
				injected := 0
				for fault.At = 1; ; fault.At++ {
					disk := faultfs.New(fsys.OS, fault)
					s.run(t, disk, fault.Crash)
					if t.Failed() {
						t.Fatalf("call %d of %q", fault.At, disk.Calls())
					}
					if disk.Injected() == 0 {
						break
					}
					injected++
				}
				t.Logf("%d faults", injected)
				if injected < s.faults {
					t.Errorf("only %d faults were injected", injected)
				}
			})
		}
	}
}

// run tries the update with a fault in it, and a second one without.
func (s scenario) run(t *testing.T, disk *faultfs.FS, crash bool) {
	top := t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(top, s.sub, "issued.jsonl")
	if s.before != absent {
		write(t, path, s.before)
		if err := os.Chmod(path, s.mode); err != nil {
			t.Fatal(err)
		}
	}
	faulty := newFixture(disk, path)
	err := faulty.add("<new one>", "<new two>")
	all := append(append([]string(nil), s.records...), "<new one>", "<new two>")

	clean := newFixture(noFault(), path)
	got := clean.lines(t)
	switch {
	case err == nil && fmt.Sprint(got) != fmt.Sprint(all):
		t.Errorf("success, but the records are %q", got)
	case err == nil && disk.Count(faultfs.OpSync) == 0:
		t.Error("success without an fsync")
	case err != nil && !crash:
		s.checkUnchanged(t, top, path)
	case len(got) < len(s.records) || fmt.Sprint(got) != fmt.Sprint(all[:len(got)]):
		t.Errorf("after a kill the records are %q", got)
	}
	if err := clean.add("<next>"); err != nil {
		t.Fatalf("the next update: %v", err)
	}
	if after := clean.lines(t); fmt.Sprint(after) != fmt.Sprint(append(got, "<next>")) {
		t.Errorf("after the next update the records are %q", after)
	}
	s.checkTail(t, path)
}

// checkUnchanged makes sure that a failed update left the log byte for byte;
// only an unfinished line may have moved.
func (s scenario) checkUnchanged(t *testing.T, top, path string) {
	got := read(t, path)
	switch {
	case s.before == absent:
		// The lock file stays where it could not be locked or looked at: somebody
		// else may have locked it.
		if left := names(t, filepath.Dir(path)); left != "" && left != "issued.jsonl.lock" {
			t.Errorf("left: %s", left)
		}
	case got == s.before:
	case got+s.tail == s.before && s.tail != "":
		s.checkTail(t, path)
	default:
		t.Errorf("the log holds %q", got)
	}
	if left := names(t, top); left != "own" && left != "new own" {
		t.Errorf("left: %s", left)
	}
}

// checkTail makes sure that the unfinished line is whole in a file beside.
func (s scenario) checkTail(t *testing.T, path string) {
	if s.tail == "" {
		return
	}
	asides, err := filepath.Glob(path + ".torn-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, aside := range asides {
		if read(t, aside) == s.tail {
			return
		}
	}
	t.Errorf("the unfinished line is in none of %q", asides)
}

func TestWhatCannotBeTakenBackIsSaid(t *testing.T) {
	for op, text := range map[string]string{
		faultfs.OpWrite: "<1>\n", // then truncate fails
		faultfs.OpSync:  absent,  // then remove fails
	} {
		path := logIn(t)
		if text != absent {
			write(t, path, text)
		}
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: 1, Op: op, Short: true, Crash: true})
		err := newFixture(disk, path).add("<2>")
		if err == nil || !strings.Contains(err.Error(), "could not be") || strings.Count(err.Error(), strconv.Quote(path)) < 2 {
			t.Errorf("error %v", err)
		}
	}
}

func TestAFailedSyncIsNotTriedAgain(t *testing.T) {
	path := logIn(t)
	write(t, path, "<1>\n")
	disk := faultfs.New(fsys.OS, faultfs.Fault{At: 1, Op: faultfs.OpSync})
	if err := newFixture(disk, path).add("<2>"); err == nil || disk.Count(faultfs.OpSync) != 1 {
		t.Errorf("%d times fsync, %v", disk.Count(faultfs.OpSync), err)
	}
	if got := read(t, path); got != "<1>\n" {
		t.Errorf("the log holds %q", got)
	}
}
