package fsys_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
)

func TestNamesThatNoFileCanHave(t *testing.T) {
	for path, why := range map[string]string{
		`license.json`:             "",
		`C:\Users\Ada\für Ada.ok`:  "",
		`C:license.json`:           "",
		`..`:                       "",
		`C:\`:                      "",
		`\\server\share\f`:         "",
		`console.txt`:              "",
		`CON`:                      "device",
		`nul`:                      "device",
		`C:\Users\Ada\COM1`:        "device",
		`CONOUT$`:                  "device",
		`a?b`:                      "has one of",
		`C:\a\license.json:hidden`: "has one of",
	} {
		err := fsys.CheckName(path)
		if (err == nil) != (why == "") || err != nil && !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestNoSuchName(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"absent", "a?b", `no\such`, `f\below`, strings.Repeat("x", 300)} {
		if _, err := fsys.OS.Stat(filepath.Join(dir, name)); !fsys.NoSuchName(err) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := fsys.OS.Stat(file); fsys.NoSuchName(err) {
		t.Errorf("a file: %v", err)
	}
}

// held opens a file as package os does, which lets nobody remove or replace it,
// and closes it after a while.
func held(t *testing.T, path string, long time.Duration) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(long, func() { _ = f.Close() }) // it was only read
	t.Cleanup(func() {
		timer.Stop()
		_ = f.Close()
	})
}

func TestAFileInUseIsReplacedAndRemovedWhenItIsLetGoOf(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "new"), filepath.Join(dir, "old")
	if err := errors.Join(os.WriteFile(from, []byte("new"), 0o600), os.WriteFile(to, []byte("old"), 0o600)); err != nil {
		t.Fatal(err)
	}
	held(t, to, 300*time.Millisecond)
	if err := fsys.OS.Rename(from, to); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(to); err != nil || string(text) != "new" {
		t.Errorf("%q, %v", text, err)
	}
	held(t, to, 300*time.Millisecond)
	if err := fsys.OS.Remove(to); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

func TestAFileMarkedReadOnlyIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "new"), filepath.Join(dir, "old")
	if err := errors.Join(os.WriteFile(from, []byte("new"), 0o600), os.WriteFile(to, []byte("old"), 0o400)); err != nil {
		t.Fatal(err)
	}
	if err := fsys.OS.Rename(from, to); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("error %v", err)
	}
	if text, err := os.ReadFile(to); err != nil || string(text) != "old" {
		t.Errorf("%q, %v", text, err)
	}
}
