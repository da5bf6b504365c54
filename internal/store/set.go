package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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
// that cannot be written leaves everything as it was. Where one cannot be put
// into its place after all (a program that runs, on Windows), those before it are
// taken back; an error names those that could not be. Missing directories are
// made with dirPerm, and removed again after a failure. Only a kill between two
// files leaves some new and some former ones, each of them whole.
func WriteSet(disk fsys.FS, files []Output, perm, dirPerm fs.FileMode) (err error) {
	var made []string
	var ready []*place
	defer func() {
		for i := len(ready) - 1; i >= 0; i-- {
			if err != nil {
				if left := ready[i].takeBack(); left != nil {
					err = fmt.Errorf("%w; %w", err, left)
				}
			}
			ready[i].close()
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
		if _, err := checkReplaceable(disk, f.Path); err != nil {
			return err
		}
		removeLeftovers(disk, f.Path)
		t, err := writeTemp(disk, f.Path, perm, all(f.Data))
		if err != nil {
			return err
		}
		ready = append(ready, &place{disk: disk, path: f.Path, next: t})
	}
	for _, p := range ready {
		if err := p.put(); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := disk.SyncDir(filepath.Dir(f.Path)); err != nil {
			return fmt.Errorf("%q was written, but may not survive a power loss: %w", f.Path, fsys.Reason(err))
		}
	}
	return nil
}

// place is where one file of a set goes.
type place struct {
	disk fsys.FS
	path string
	next *temp
	// former is a second name of the file that stood there; "" where none stood
	// there, or it has no second name. held is that file, open once it was replaced
	// (Windows replaces no open file) and locked, which keeps the name from being
	// cleaned away by others.
	former string
	held   fsys.File
	stood  bool // there was a file
	placed bool
}

// put puts the new file into its place, and gives the former one a second name
// first, where the file system has such a thing.
func (p *place) put() error {
	_, err := p.disk.Lstat(p.path)
	if p.stood = !errors.Is(err, fs.ErrNotExist); p.stood {
		p.former = secondName(p.disk, p.path)
	}
	if err := p.disk.Rename(p.next.name, p.path); err != nil {
		return fmt.Errorf("cannot put the new %q in its place: %w", p.path, fsys.Reason(err))
	}
	p.placed = true
	if p.former != "" {
		if f, err := p.disk.OpenFile(p.former, os.O_RDONLY|fsys.NoFollow|fsys.NonBlock, 0); err == nil {
			p.held = f
			_, _ = f.TryLock() // without it the name may be gone too early, and no more
		}
	}
	return nil
}

// takeBack makes the place what it was.
func (p *place) takeBack() (err error) {
	if !p.placed {
		return nil
	}
	p.letGo() // Windows replaces no open file
	switch {
	case p.former != "":
		if err = p.disk.Rename(p.former, p.path); err == nil {
			p.former = ""
		}
	case !p.stood:
		err = p.disk.Remove(p.path)
	default:
		err = errors.ErrUnsupported
	}
	if err != nil {
		err = fmt.Errorf("%q is the new one already, and could not be taken back: %w", p.path, fsys.Reason(err))
	}
	return err
}

// close removes what is left of the names that were needed on the way.
func (p *place) close() {
	if !p.placed {
		p.next.remove()
	}
	p.letGo()
	if p.former != "" {
		_ = p.disk.Remove(p.former) // else the next run does it
	}
}

// letGo closes the files and their locks.
func (p *place) letGo() {
	if p.next != nil {
		p.next.close()
		p.next = nil
	}
	if p.held != nil {
		_ = p.held.Close() // it was only locked
		p.held = nil
	}
}

// secondName gives a file a second name beside it, as a temporary file has; ""
// where that cannot be done.
func secondName(disk fsys.FS, path string) string {
	for n := 1; n <= maxTemps; n++ {
		name := tempName(path, n)
		switch err := disk.Link(path, name); {
		case err == nil:
			return name
		case !errors.Is(err, fs.ErrExist):
			return ""
		}
	}
	return ""
}
