package journal

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

func TestWholeLines(t *testing.T) {
	long := "<" + strings.Repeat("x", 3*chunk) + ">"
	for text, want := range map[string]string{
		"": "", "<1>\n": "<1>\n", "<1>\n<2>\n": "<1>\n<2>\n",
		"<1>\n<2": "<1>\n", "<1": "", "<1>": "<1>\n", "<1>\n<2>": "<1>\n<2>\n",
		"<1>\n" + long: "<1>\n" + long + "\n", "<1>\n" + long[:2*chunk]: "<1>\n",
	} {
		f := newFixture(fsys.OS, logIn(t))
		write(t, f.Path, text)
		s, err := f.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		view, size, err := s.WholeLines()
		// What others append afterwards is not in it.
		if err := f.add("<9>"); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err == nil {
			err = view.CopyTo(&got)
		}
		if err != nil || got.String() != want || size != int64(len(want)) {
			t.Errorf("%.20q: %.20q, size %d, %v", text, got.String(), size, err)
		}
		s.Close()
	}
}

func TestWholeLinesTellsWhatCannotBeRead(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	write(t, f.Path, "<1>\n<2")
	for at := 1; at <= 2; at++ {
		f.FS = faultfs.New(fsys.OS, faultfs.Fault{At: at, Op: faultfs.OpRead})
		s, err := f.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.WholeLines(); !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), strconv.Quote(f.Path)) {
			t.Errorf("read %d: %v", at, err)
		}
		s.Close()
	}
}

// A copy is read as a journal is: an unfinished last line is no line, unless it is a
// whole record.
func TestNewSnapshot(t *testing.T) {
	const text = "<1>\n<2>\n<3"
	for end, want := range map[string]string{"": "<1> <2>", ">": "<1> <2> <3>"} {
		s := NewSnapshot("a copy", strings.NewReader(text+end), int64(len(text+end)), func(line []byte) bool { return line[len(line)-1] == '>' })
		var got []string
		for line, err := range s.Lines() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(line.Raw))
		}
		if strings.Join(got, " ") != want || s.Path() != "a copy" {
			t.Errorf("lines %q of %q", got, s.Path())
		}
		s.Close()
	}
}
