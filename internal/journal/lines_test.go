package journal

import (
	"errors"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

func TestLinesPassesOverLongLines(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	long := strings.Repeat("x", MaxLine)
	write(t, f.Path, "<1>\n"+long+"\n"+long+"y\n\n"+strings.Repeat(long, 5)+"\n<6>\n"+long+"unfinished")
	var got []int
	var bad []int
	for line, err := range f.Lines() {
		if err != nil {
			lineErr, ok := errors.AsType[*LineError](err)
			if !ok || !errors.Is(err, ErrLongLine) || lineErr.Line != line.Number || lineErr.Path != f.Path {
				t.Errorf("error %v", err)
			}
			bad = append(bad, line.Number)
			continue
		}
		got = append(got, len(line.Raw))
	}
	if len(got) != 4 || got[0] != 3 || got[1] != MaxLine || got[2] != 0 || got[3] != 3 {
		t.Errorf("lengths %v", got)
	}
	if len(bad) != 2 || bad[0] != 3 || bad[1] != 5 {
		t.Errorf("bad lines %v", bad)
	}
}

func TestLinesYieldsAWholeLastLine(t *testing.T) {
	for text, want := range map[string]int{"": 0, "<1>": 1, "<1>\n<2>": 2, "<1>\n<2": 1, "<1": 0, "<1>\n": 1, "\n": 1} {
		f := newFixture(fsys.OS, logIn(t))
		write(t, f.Path, text)
		if got := f.lines(t); len(got) != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	f := newFixture(fsys.OS, logIn(t))
	long := "<" + strings.Repeat("x", MaxLine-2) + ">"
	write(t, f.Path, long)
	if got := f.lines(t); len(got) != 1 || got[0] != long {
		t.Errorf("%d lines", len(got))
	}
}

func TestLinesEndsWhereTheConsumerStops(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	write(t, f.Path, "<1>\n<2>\n<3>")
	for stop := 1; stop <= 3; stop++ {
		n := 0
		for range f.Lines() {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("stopped at %d, want %d", n, stop)
		}
	}
}

func TestLinesReportsEveryFault(t *testing.T) {
	path := logIn(t)
	write(t, path, strings.Repeat("<a record of the log>\n", 10000))
	injected := 0
	for n := 1; ; n++ {
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: n})
		f := newFixture(disk, path)
		count := 0
		var failed error
		for line, err := range f.Lines() {
			if err != nil {
				failed = err
				continue
			}
			if string(line.Raw) != "<a record of the log>" {
				t.Fatalf("fault %d: line %d is %q", n, line.Number, line.Raw)
			}
			count++
		}
		if disk.Injected() == 0 {
			break
		}
		injected++
		if failed == nil && count != 10000 {
			t.Errorf("fault %d: %d lines without an error", n, count)
		}
	}
	if injected < 6 {
		t.Errorf("only %d faults were injected", injected)
	}
}
