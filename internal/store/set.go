package store

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/dtlic/dtlic/internal/fsys"
)

// Output is one file of [WriteSet].
type Output struct {
	Path string
	Data []byte
}

// WriteSet writes several files that belong together, replacing what stands
// there. Each appears whole or not at all; and none appears before all of them
// are written in full beside their places, so that a full disk or a directory
// that cannot be written leaves everything as it was. Missing directories are
// made with dirPerm, and removed again after a failure.
func WriteSet(disk fsys.FS, files []Output, perm, dirPerm fs.FileMode) (err error) {
	var made []string
	var temps []*temp
	placed := 0
	defer func() {
		for i, t := range temps {
			if i >= placed {
				t.remove()
			}
			t.close()
		}
		if err != nil {
			fsys.RemoveMade(disk, made)
		}
	}()
	for _, f := range files {
		dirs, err := fsys.MkdirAll(disk, filepath.Dir(f.Path), dirPerm)
		made = append(made, dirs...)
		if err != nil {
			return err
		}
		if err := checkReplaceable(disk, f.Path); err != nil {
			return err
		}
		removeLeftovers(disk, f.Path)
		t, err := writeTemp(disk, f.Path, f.Data, perm)
		if err != nil {
			return err
		}
		temps = append(temps, t)
	}
	for i, f := range files {
		if err := disk.Rename(temps[i].name, f.Path); err != nil {
			return fmt.Errorf("cannot put the new %q in its place: %w", f.Path, fsys.Reason(err))
		}
		placed++
	}
	for _, f := range files {
		if err := disk.SyncDir(filepath.Dir(f.Path)); err != nil {
			return fmt.Errorf("%q was written, but may not survive a power loss: %w", f.Path, fsys.Reason(err))
		}
	}
	return nil
}
