package store_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
			if err != nil || fsys.OwnedByMe(info) && info.Mode().Perm()&0o500 != 0o500 {
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
