package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
)

// childLog and childNumber tell a re-executed test binary what to append to,
// and who it is.
const (
	childLog    = "JOURNAL_TEST_LOG"
	childNumber = "JOURNAL_TEST_NUMBER"
)

const each = 50

// TestMain appends and says so line by line, where it is such a child.
func TestMain(m *testing.M) {
	path := os.Getenv(childLog)
	if path == "" {
		os.Exit(m.Run())
	}
	for i := range each {
		line := fmt.Sprintf("<%s.%d>", os.Getenv(childNumber), i)
		if err := newFixture(fsys.OS, path).add(line); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(line)
	}
	os.Exit(0)
}

// child is a process that appends as writer number to the log at path.
func child(t *testing.T, path string, number int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childLog+"="+path, fmt.Sprintf("%s=%d", childNumber, number))
	return cmd
}

// onceEach makes sure that each of these writers' records is there once.
func onceEach(t *testing.T, f *fixture, writers int) {
	t.Helper()
	seen := map[string]int{}
	for _, line := range f.lines(t) {
		seen[line]++
	}
	for w := range writers {
		for i := range each {
			if line := fmt.Sprintf("<%d.%d>", w, i); seen[line] != 1 {
				t.Errorf("%s is there %d times", line, seen[line])
			}
		}
	}
	if len(seen) != writers*each {
		t.Errorf("%d lines, want %d", len(seen), writers*each)
	}
}

func TestManyGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "issued.jsonl")
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range each {
				if err := newFixture(fsys.OS, path).add(fmt.Sprintf("<%d.%d>", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	onceEach(t, newFixture(fsys.OS, path), 8)
}

func TestManyProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "issued.jsonl")
	var wg sync.WaitGroup
	for w := range 4 {
		cmd := child(t, path, w)
		wg.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("process %d: %v: %s", w, err, out)
			}
		})
	}
	// A reader meanwhile sees whole lines only, and ever more of them.
	last := 0
	for range 200 {
		got := newFixture(fsys.OS, path).lines(t)
		for _, line := range got {
			if !isRecord([]byte(line)) {
				t.Errorf("a reader has %q", line)
			}
		}
		if len(got) < last {
			t.Errorf("a reader has %d lines after %d", len(got), last)
		}
		last = len(got)
	}
	wg.Wait()
	onceEach(t, newFixture(fsys.OS, path), 4)
}

// Each of the children is killed while it appends, four of them at a time:
// what they acknowledged is there, once, and nothing else is but whole lines.
func TestKilledProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "issued.jsonl")
	var mu sync.Mutex
	var acknowledged []string
	var wg sync.WaitGroup
	for w := range 40 {
		cmd := child(t, path, w)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			lines := bufio.NewScanner(out)
			for n := 0; lines.Scan(); n++ {
				mu.Lock()
				acknowledged = append(acknowledged, lines.Text())
				mu.Unlock()
				if n == w%4 {
					_ = cmd.Process.Kill() // it may just have ended
				}
			}
			_ = cmd.Wait() // killed, as it should be
		})
		if w%4 == 3 {
			wg.Wait()
		}
	}
	f := newFixture(fsys.OS, path)
	if err := f.add("<last>"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, line := range f.lines(t) {
		if seen[line]++; seen[line] > 1 || !isRecord([]byte(line)) {
			t.Errorf("the log holds %q, the %d. time", line, seen[line])
		}
	}
	for _, line := range acknowledged {
		if seen[line] != 1 {
			t.Errorf("%s was acknowledged, and is there %d times", line, seen[line])
		}
	}
	if len(acknowledged) < 40 {
		t.Errorf("only %d records were acknowledged", len(acknowledged))
	}
}

// Failed first updates take away the directory and the lock file under the
// hands of those that succeed.
func TestFailuresDoNotDisturbOthers(t *testing.T) {
	refuse := errors.New("refused")
	for range 20 {
		path := filepath.Join(t.TempDir(), "new", "newer", "issued.jsonl")
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				f := newFixture(fsys.OS, path)
				if w%2 == 0 {
					if err := f.add(record(w)); err != nil {
						t.Error(err)
					}
					return
				}
				err := f.Update(context.Background(), func(View) ([][]byte, error) { return nil, refuse })
				if !errors.Is(err, refuse) {
					t.Errorf("error %v", err)
				}
			})
		}
		wg.Wait()
		if got := newFixture(fsys.OS, path).lines(t); len(got) != 4 {
			t.Errorf("lines %q", got)
		}
	}
}
