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

func TestNewView(t *testing.T) {
	const text = "<1>\n<2>\n<3"
	view := NewView("a copy", strings.NewReader(text), int64(len(text)))
	var got []string
	for line, err := range view.Lines() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(line.Raw))
	}
	if strings.Join(got, " ") != "<1> <2>" {
		t.Errorf("lines %q", got)
	}
}
