package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/fsys/powerfs"
	"github.com/dtlic/dtlic/internal/store"
)

// TestPowerLoss kills a write at each of its calls, lets a next one succeed, and
// cuts the power: the file is there, in a directory that the killed one may have
// made, on a disk that keeps no more than what was asked of it.
func TestPowerLoss(t *testing.T) {
	replace := func(disk fsys.FS, path string) error { return store.WriteAtomic(disk, path, newText, 0o600) }
	for name, try := range map[string]struct {
		write  func(fsys.FS, string) error
		before []byte
	}{
		"new":       {replace, nil},
		"in place":  {replace, oldText},
		"exclusive": {createIn, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for at, injected := 1, 1; injected > 0; at++ {
				disk, path := onPowerFS(t, try.before)
				faulty := faultfs.New(disk, faultfs.Fault{At: at, Crash: true})
				if err := try.write(faulty, path); err != nil {
					if got := disk.Cut(nil)["dir/file"]; !bytes.Equal(got, try.before) && !bytes.Equal(got, newText) {
						t.Fatalf("after %q %q is left", faulty.Calls(), got)
					}
				}
				err := try.write(disk, path)
				injected = faulty.Injected()
				if errors.Is(err, fs.ErrExist) && injected > 0 {
					continue // refused: nothing was promised
				}
				if errors.Is(err, fs.ErrExist) {
					err = nil
				}
				if got := disk.Cut(nil)["dir/file"]; err != nil || !bytes.Equal(got, newText) {
					t.Fatalf("after %q and a whole run, %v: %q is left", faulty.Calls(), err, got)
				}
			}
		})
	}
}

// onPowerFS makes a directory without or with the directory of a file in it.
func onPowerFS(t *testing.T, before []byte) (*powerfs.FS, string) {
	t.Helper()
	top := t.TempDir()
	path := filepath.Join(top, "dir", "file")
	if before != nil {
		if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, before, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	disk, err := powerfs.New(top)
	if err != nil {
		t.Fatal(err)
	}
	return disk, path
}

// createIn makes the directory too, as those who create a file do.
func createIn(disk fsys.FS, path string) error {
	if _, err := fsys.MkdirAll(disk, filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return store.CreateExclusive(disk, path, newText, 0o600)
}
