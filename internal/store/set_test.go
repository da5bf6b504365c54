package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/store"
)

// setIn is two files in directories of their own, the first of which is there.
func setIn(t *testing.T, dir string) []store.Output {
	t.Helper()
	files := []store.Output{
		{Path: filepath.Join(dir, "linux", "program"), Data: newText},
		{Path: filepath.Join(dir, "windows", "program.exe"), Data: bytes.Repeat(newText, 3)},
	}
	if err := os.MkdirAll(filepath.Dir(files[0].Path), 0o755); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, files[0].Path, oldText)
	return files
}

func TestWriteSet(t *testing.T) {
	files := setIn(t, t.TempDir())
	for range 2 {
		if err := store.WriteSet(fsys.OS, files, 0o755, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if got := read(t, f.Path); !bytes.Equal(got, f.Data) {
				t.Errorf("%s holds %q", f.Path, got)
			}
			onlyFile(t, f.Path)
			info, err := os.Stat(f.Path)
			if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o755 {
				t.Errorf("%s: %v, %v", f.Path, info.Mode(), err)
			}
		}
	}
}

// A set of which one file cannot be written leaves the others as they were.
func TestWriteSetIsAllOrNothing(t *testing.T) {
	for name, block := range map[string]func(files []store.Output) error{
		"a directory in the file's place": func(files []store.Output) error { return os.MkdirAll(files[1].Path, 0o755) },
		"a file in the directory's place": func(files []store.Output) error {
			return os.WriteFile(filepath.Dir(files[1].Path), oldText, 0o600)
		},
	} {
		files := setIn(t, t.TempDir())
		if err := block(files); err != nil {
			t.Fatal(err)
		}
		if err := store.WriteSet(fsys.OS, files, 0o755, 0o755); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got := read(t, files[0].Path); !bytes.Equal(got, oldText) {
			t.Errorf("%s: the first file holds %q", name, got)
		}
		onlyFile(t, files[0].Path)
	}
}

// Where the n-th file cannot be put into its place, those before it are taken
// back: the former one is there again, and a new one is gone.
func TestWriteSetTakesBack(t *testing.T) {
	for n := 1; n <= 3; n++ {
		dir := t.TempDir()
		files := append(setIn(t, dir), store.Output{Path: filepath.Join(dir, "mac", "program"), Data: newText})
		disk := &stubborn{FS: fsys.OS, at: n}
		if err := store.WriteSet(disk, files, 0o755, 0o755); !errors.Is(err, syscall.EBUSY) || strings.Contains(err.Error(), "taken back") {
			t.Errorf("%d: %v", n, err)
		}
		if got := read(t, files[0].Path); !bytes.Equal(got, oldText) {
			t.Errorf("%d: the first file holds %q", n, got)
		}
		onlyFile(t, files[0].Path)
		for _, f := range files[1:] {
			if _, err := os.Stat(filepath.Dir(f.Path)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%d: %s is still there, %v", n, filepath.Dir(f.Path), err)
			}
		}
	}
	// Without second names the one that stays new is named.
	files := setIn(t, t.TempDir())
	err := store.WriteSet(&stubborn{FS: fsys.OS, at: 2, noLinks: true}, files, 0o755, 0o755)
	if !errors.Is(err, syscall.EBUSY) || !strings.Contains(err.Error(), `program" is the new one already, and could not be taken back`) {
		t.Errorf("without links: %v", err)
	}
	if got := read(t, files[0].Path); !bytes.Equal(got, newText) {
		t.Errorf("without links the first file holds %q", got)
	}
	onlyFile(t, files[0].Path)
}

// stubborn is a disk on which one file cannot be replaced.
type stubborn struct {
	fsys.FS
	at      int // the n-th call of Rename fails
	noLinks bool
}

func (s *stubborn) Rename(from, to string) error {
	s.at--
	if s.at == 0 {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EBUSY}
	}
	return s.FS.Rename(from, to)
}

func (s *stubborn) Link(from, to string) error {
	if s.noLinks {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
	}
	return s.FS.Link(from, to)
}

func TestWriteSetSurvivesEveryFault(t *testing.T) {
	eachFault(t, 15, func(t *testing.T, disk *faultfs.FS, kind string) {
		dir := t.TempDir()
		files := setIn(t, dir)
		err := store.WriteSet(disk, files, 0o755, 0o755)
		first, second := read(t, files[0].Path), readOrNil(files[1].Path)
		switch {
		case !bytes.Equal(first, oldText) && !bytes.Equal(first, files[0].Data):
			t.Errorf("the first file holds %q", first)
		case second != nil && !bytes.Equal(second, files[1].Data):
			t.Errorf("the second file holds %q", second)
		case err == nil && (!bytes.Equal(first, files[0].Data) || second == nil):
			t.Errorf("success, and the files hold %q, %q", first, second)
		}
		if disk.Count(faultfs.OpRename) == 0 && (!bytes.Equal(first, oldText) || second != nil) {
			t.Errorf("nothing was put in its place, and the files hold %q, %q", first, second)
		}
		left := 0
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
			if strings.HasSuffix(path, ".tmp") {
				left++
			}
			return nil
		})
		if err != nil && !strings.HasPrefix(kind, "kill") && left != 0 && !lost(disk) {
			t.Errorf("%d temporary files are left after %v", left, err)
		}
		if err := store.WriteSet(fsys.OS, files, 0o755, 0o755); err != nil {
			t.Errorf("the next run: %v", err)
		}
		for _, f := range files {
			onlyFile(t, f.Path)
		}
	})
}

func readOrNil(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return data
}
