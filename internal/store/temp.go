package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dtlic/dtlic/internal/fsys"
)

// maxTemps bounds the search for a free name. So many writers of one small
// file at once are none of ours.
const maxTemps = 1000

// temp is a temporary file, locked as long as it is open.
type temp struct {
	disk fsys.FS
	file fsys.File
	name string
}

// writeTemp makes a temporary file beside path with this content, durable.
func writeTemp(disk fsys.FS, path string, perm fs.FileMode, write func(io.Writer) error) (*temp, error) {
	t, err := newTemp(disk, path)
	if err != nil {
		return nil, err
	}
	if err := fill(t.file, path, perm, write); err != nil {
		t.remove()
		t.close()
		return nil, err
	}
	return t, nil
}

// claim gives the file its name where the file system has no hard links: an empty
// file takes the name first, which fails where it is taken, and is replaced.
func (t *temp) claim(path string) error {
	f, err := t.disk.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|fsys.NoFollow, 0o600)
	if err != nil {
		t.remove()
	}
	if errors.Is(err, fs.ErrExist) {
		return existsError(path)
	}
	if err != nil {
		return fmt.Errorf("cannot create %q: %w", path, fsys.Reason(err))
	}
	_ = f.Close() // nothing was written
	if err := t.disk.Rename(t.name, path); err != nil {
		t.remove()
		return errors.Join(
			fmt.Errorf("cannot put the new %q in its place: %w", path, fsys.Reason(err)),
			removeAgain(t.disk, path))
	}
	return nil
}

// newTemp makes an empty temporary file under the first free name, and locks it.
func newTemp(disk fsys.FS, path string) (*temp, error) {
	for n := 1; n <= maxTemps; n++ {
		name := tempName(path, n)
		f, err := disk.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|fsys.NoFollow, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot make a file in %q: %w", filepath.Dir(path), fsys.Reason(err))
		}
		t := &temp{disk: disk, file: f, name: name}
		if t.lock() {
			return t, nil
		}
		t.close()
	}
	return nil, fmt.Errorf("cannot make a file in %q: too many unfinished ones of earlier runs are there, like %q",
		filepath.Dir(path), tempName(path, maxTemps))
}

// lock locks a new temporary file, and is false when another process took it
// for a dead run's in the moment before. Where there are no locks the file is
// safe without one: nobody can lock it, so nobody removes it.
func (t *temp) lock() bool {
	mine, err := t.file.TryLock()
	if err != nil {
		return true
	}
	return mine && isStill(t.disk, t.name, t.file)
}

// close lets go of the lock. Its error has nothing to say: a Sync went before,
// or the file is given up.
func (t *temp) close() { _ = t.file.Close() }

// remove removes the file. When that fails, the next write does it.
func (t *temp) remove() { _ = t.disk.Remove(t.name) }

// tempName is the n-th name of a temporary file for a path.
func tempName(path string, n int) string {
	prefix, suffix := tempAffixes(path)
	return filepath.Join(filepath.Dir(path), prefix+strconv.Itoa(n)+suffix)
}

func tempAffixes(path string) (prefix, suffix string) {
	return "." + filepath.Base(path) + ".", ".tmp"
}

// RemoveLeftovers removes what runs that were killed have left of writing a path,
// as every write to it does first.
func RemoveLeftovers(disk fsys.FS, path string) { removeLeftovers(disk, path) }

// removeLeftovers removes temporary files for a path whose writers are dead.
// What cannot be removed stays: it harms nobody, and is no reason not to write.
func removeLeftovers(disk fsys.FS, path string) {
	dir := filepath.Dir(path)
	names, err := disk.ReadDir(dir)
	if err != nil {
		return
	}
	prefix, suffix := tempAffixes(path)
	for _, name := range names {
		number, hasPrefix := strings.CutPrefix(name, prefix)
		number, hasSuffix := strings.CutSuffix(number, suffix)
		if hasPrefix && hasSuffix && isNumber(number) {
			removeDead(disk, filepath.Join(dir, name))
		}
	}
}

func isNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && strconv.Itoa(n) == s && 1 <= n && n <= maxTemps
}

// removeDead removes a temporary file if it can be locked. Whoever removes or
// renames such a file holds its lock, and looks under the lock whether the name
// still means that file: so it cannot be another one by the time of the removal.
func removeDead(disk fsys.FS, name string) {
	info, err := disk.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || !fsys.OwnedByMe(info) {
		return
	}
	f, err := disk.OpenFile(name, os.O_RDONLY|fsys.NoFollow|fsys.NonBlock, 0)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }() // it was only locked
	if locked, err := f.TryLock(); err == nil && locked && isStill(disk, name, f) {
		_ = disk.Remove(name)
	}
}

// isStill tells whether a name still means this open file.
func isStill(disk fsys.FS, name string, f fsys.File) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := disk.Lstat(name)
	return err == nil && os.SameFile(opened, named)
}
