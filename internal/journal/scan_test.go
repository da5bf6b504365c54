package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// inBlocks makes blocks small, so that a short journal has many.
func inBlocks(t *testing.T, size, more int64) {
	block, over := blockSize, overlap
	blockSize, overlap = size, more
	t.Cleanup(func() { blockSize, overlap = block, over })
}

// brief stands for a line in a failed test.
func brief(line []byte) string { return fmt.Sprintf("%d:%.20q", len(line), line) }

const tooLong = "too long"

// briefly takes the lines of a block.
func briefly(b *Block, found *[]string) {
	*found = (*found)[:0]
	for line := range bytes.Lines(b.Text) {
		*found = append(*found, brief(bytes.TrimSuffix(line, []byte{'\n'})))
	}
	if b.TooLong {
		*found = append(*found, tooLong)
	}
}

// scanned are the lines that a scan finds.
func scanned(t *testing.T, f *fixture) (lines []string) {
	t.Helper()
	s, err := f.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	whole := read(t, f.Path)
	for part, err := range Scan(t.Context(), s.View, briefly) {
		if err != nil {
			t.Fatal(err)
		}
		if part.First != len(lines)+1 || part.Lines != len(part.Found) {
			t.Errorf("block %d has %d lines from %d on, not %d from %d on", part.Index, part.Lines, part.First, len(part.Found), len(lines)+1)
		}
		if !strings.HasPrefix(whole[part.Offset:], string(part.Text)) {
			t.Errorf("block %d is not what stands at %d", part.Index, part.Offset)
		}
		lines = append(lines, part.Found...)
	}
	return lines
}

// oneByOne are the lines that Lines yields.
func oneByOne(t *testing.T, f *fixture) (lines []string) {
	t.Helper()
	for line, err := range f.Lines() {
		switch {
		case errors.Is(err, ErrLongLine):
			lines = append(lines, tooLong)
		case err != nil:
			t.Fatal(err)
		default:
			lines = append(lines, brief(line.Raw))
		}
	}
	return lines
}

func TestScanFindsTheLines(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	texts := []string{
		"", "\n", "\n\n\n", "<1>", "<1", "<1>\n", "<1>\n<2>", "<1>\n<2", strings.Repeat("<1>\n", 100),
		long + "\n", long + "y\n<2>\n", long + "y", "<1>\n" + long, long + "\n" + long + "y\n" + long + long + long + "\n<4>\n",
		"<" + long[2:] + ">", "\n" + long + "y\n" + long + "y\n\n",
	}
	chance := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		var text strings.Builder
		for range chance.IntN(60) {
			fmt.Fprintf(&text, "<%s>", strings.Repeat("r", chance.IntN(1+chance.IntN(90))))
			text.WriteString("\n\n"[:chance.IntN(3)])
		}
		texts = append(texts, text.String())
	}
	for _, size := range [][2]int64{{256 << 10, 4 << 10}, {1, 0}, {1, 3}, {7, 1}, {64, 16}} {
		inBlocks(t, size[0], size[1])
		for _, text := range texts {
			if len(text) > 1000 && size[0] < 64 {
				inBlocks(t, 99_999, size[1])
			}
			f := newFixture(fsys.OS, logIn(t))
			write(t, f.Path, text)
			if got, want := scanned(t, f), oneByOne(t, f); !slices.Equal(got, want) {
				t.Errorf("blocks of %d and %d: %.60q has the lines %q, want %q", blockSize, overlap, text, got, want)
			}
			blockSize = size[0]
		}
	}
	missing := newFixture(fsys.OS, logIn(t))
	if got := scanned(t, missing); got != nil {
		t.Errorf("a missing journal has the lines %q", got)
	}
}

// countLines scans a journal on a disk that may fail, up to its first error.
func countLines(t *testing.T, disk fsys.FS, path string) (lines int, err error) {
	t.Helper()
	s, err := newFixture(disk, path).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for part, err := range Scan(t.Context(), s.View, briefly) {
		if err != nil {
			return lines, err
		}
		lines += part.Lines
	}
	return lines, nil
}

func TestScanReportsEveryFault(t *testing.T) {
	inBlocks(t, 1000, 10)
	path := logIn(t)
	write(t, path, strings.Repeat("<a record of the log>\n", 2000))
	injected := 0
	for n := 1; ; n++ {
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: n, Op: faultfs.OpRead})
		lines, err := countLines(t, disk, path)
		if disk.Injected() == 0 {
			break
		}
		injected++
		if err == nil || lines == 2000 || !strings.Contains(err.Error(), strconv.Quote(path)) {
			t.Errorf("fault %d: %d lines, %v", n, lines, err)
		}
	}
	if injected < 44 {
		t.Errorf("only %d faults were injected", injected)
	}
}

// A line that is too long is read to its end, which may fail too.
func TestScanReportsEveryFaultInALongLine(t *testing.T) {
	path := logIn(t)
	write(t, path, "<1>\n"+strings.Repeat("x", 2*MaxLine)+"\n")
	for n := 1; ; n++ {
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: n, Op: faultfs.OpRead})
		lines, err := countLines(t, disk, path)
		if disk.Injected() == 0 {
			if n < 20 || err != nil || lines != 2 {
				t.Errorf("%d faults, then %d lines, %v", n-1, lines, err)
			}
			return
		}
		if err == nil || !strings.Contains(err.Error(), strconv.Quote(path)) {
			t.Errorf("fault %d: %d lines, %v", n, lines, err)
		}
	}
}

// A writer that fails takes back what it wrote, which a reader may have seen.
func TestScanOfAJournalThatIsCutBack(t *testing.T) {
	inBlocks(t, 16, 8)
	for cut := range int64(80) {
		f := newFixture(fsys.OS, logIn(t))
		write(t, f.Path, strings.Repeat("<12>\n", 16))
		s, err := f.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(f.Path, cut); err != nil {
			t.Fatal(err)
		}
		lines := 0
		for part, err := range Scan(t.Context(), s.View, briefly) {
			if err != nil {
				t.Fatal(err)
			}
			lines += part.Lines
		}
		want := int(cut / 5)
		if cut%5 == 4 {
			want++ // whole, but for its line feed
		}
		if lines != want {
			t.Errorf("cut at %d: %d lines, want %d", cut, lines, want)
		}
		s.Close()
	}
}

// Whoever stops early, and however, leaves no worker behind.
func TestScanLeavesNothingRunning(t *testing.T) {
	inBlocks(t, 100, 10)
	f := newFixture(fsys.OS, logIn(t))
	write(t, f.Path, strings.Repeat("<a record of the log>\n", 1000))
	s, err := f.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	before := runtime.NumGoroutine()
	var atWork atomic.Int32
	count := func(_ *Block, found *int) {
		atWork.Add(1)
		*found++
		atWork.Add(-1)
	}
	for stop := range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		for _, err := range Scan(ctx, s.View, count) {
			if n++; n == stop && stop%2 == 0 {
				break
			}
			if n == stop {
				cancel()
			}
			if n > stop+1 && stop > 0 {
				t.Fatalf("block %d comes after the end", n)
			}
			if n == stop+1 && stop%2 == 1 && !errors.Is(err, context.Canceled) {
				t.Errorf("interrupted: %v", err)
			}
		}
		cancel()
		if left := atWork.Load(); left != 0 {
			t.Errorf("%d calls of work are under way", left)
		}
	}
	for range 1_000_000 { // one that has ended is counted until it is put away
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
