package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// isRecord is a Whole for the records of these tests: <…>.
func isRecord(line []byte) bool {
	return len(line) > 1 && line[0] == '<' && line[len(line)-1] == '>'
}

// fixture is a journal and what it warned of.
type fixture struct {
	Journal
	warnings []string
}

func newFixture(disk fsys.FS, path string) *fixture {
	f := &fixture{Journal: Journal{
		FS: disk, Path: path, OwnDir: true, Whole: isRecord,
		Now: func() time.Time { return noon },
	}}
	f.Warn = func(s string) { f.warnings = append(f.warnings, s) }
	return f
}

// noFault is the real file system without its slow fsync.
func noFault() fsys.FS { return faultfs.New(fsys.OS, faultfs.Fault{}) }

// logIn returns a path for a log in a directory of its own, mode 700.
func logIn(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "own")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "issued.jsonl")
}

func (f *fixture) add(lines ...string) error {
	return f.Update(context.Background(), func(View) ([][]byte, error) {
		var out [][]byte
		for _, line := range lines {
			out = append(out, []byte(line))
		}
		return out, nil
	})
}

func (f *fixture) lines(t *testing.T) []string {
	t.Helper()
	var got []string
	for line, err := range f.Lines() {
		if err != nil {
			t.Fatal(err)
		}
		if line.Number != len(got)+1 {
			t.Errorf("line %d is numbered %d", len(got)+1, line.Number)
		}
		got = append(got, string(line.Raw))
	}
	return got
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func record(n int) string { return fmt.Sprintf("<record %d>", n) }

// stride is how far apart the calls are that fail one after another: where tests
// have to be short, such as under Wine, not every one does.
func stride() int {
	if testing.Short() {
		return 5
	}
	return 1
}
