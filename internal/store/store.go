// Package store reads and writes small files that must be there whole or not
// at all: the buyer's license, the creator's keys and settings.
//
// Every write goes to a temporary file in the same directory first. While its
// writer lives, that file is locked (an advisory lock, which the kernel lets
// go of when the process dies, however it dies); so a temporary file that can
// be locked is a dead run's, and the next write to the same path removes it.
// Neither a clock nor a process number could tell that: clocks jump, and
// process numbers are reused and differ between containers.
package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/dtlic/dtlic/internal/fsys"
)

var (
	// ErrTooLarge is matched by the error of [ReadSmall] for a file over the limit.
	ErrTooLarge = errors.New("the file is too large")
	// ErrNotPlain is matched by errors about a directory, a symbolic link, a
	// FIFO or a device where a plain file is needed.
	ErrNotPlain = errors.New("not a plain file")
)

// privateDir is the mode of directories that are made on the way.
const privateDir fs.FileMode = 0o700

// WriteAtomic writes a file, replacing what stands there: a reader, and a
// machine that lost power, has the old content or the new one, never a mix.
// A missing directory is made, for its owner only. A symbolic link under the
// name is replaced, not followed.
func WriteAtomic(disk fsys.FS, path string, data []byte, perm fs.FileMode) error {
	stands, err := checkReplaceable(disk, path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	// The directories stay after a failure: they are empty and private, and
	// another process may be about to use them.
	if _, err := fsys.MkdirAll(disk, dir, privateDir); err != nil {
		return err
	}
	if !stands { // else whoever wrote it did this
		if err := fsys.SyncAbove(disk, dir); err != nil {
			return err
		}
	}
	removeLeftovers(disk, path)
	temp, err := writeTemp(disk, path, perm, all(data))
	if err != nil {
		return err
	}
	defer temp.close()
	if err := disk.Rename(temp.name, path); err != nil {
		temp.remove()
		return fmt.Errorf("cannot put the new %q in its place: %w", path, fsys.Reason(err))
	}
	if err := disk.SyncDir(dir); err != nil {
		return fmt.Errorf("%q was written, but may not survive a power loss: %w", path, fsys.Reason(err))
	}
	return nil
}

// CreateExclusive writes a new file, which appears whole or not at all, and
// refuses when anything stands under the name already, a dangling symbolic
// link included: the error matches [fs.ErrExist]. The directory must be there.
//
// Where the file system has no hard links, a kill may leave an empty file under
// the name; nothing is overwritten even so.
func CreateExclusive(disk fsys.FS, path string, data []byte, perm fs.FileMode) error {
	return CreateFrom(disk, path, perm, all(data))
}

// all writes data.
func all(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// CreateFrom is [CreateExclusive] for content of any size, which write writes.
// An error of write is returned as it is, and there is no file then.
func CreateFrom(disk fsys.FS, path string, perm fs.FileMode, write func(w io.Writer) error) error {
	if err := checkName(path); err != nil {
		return err
	}
	// Before anything can be refused: a run killed after Link left a second name
	// of the file, and the next run finds the first one there.
	removeLeftovers(disk, path)
	if _, err := disk.Lstat(path); err == nil {
		return existsError(path)
	}
	if err := fsys.SyncAbove(disk, filepath.Dir(path)); err != nil {
		return err
	}
	temp, err := writeTemp(disk, path, perm, write)
	if err != nil {
		return err
	}
	defer temp.close()
	err = disk.Link(temp.name, path)
	switch {
	case err != nil && fsys.NoLinks(err):
		err = temp.claim(path)
	case errors.Is(err, fs.ErrExist):
		temp.remove()
		err = existsError(path)
	case err != nil:
		temp.remove()
		err = fmt.Errorf("cannot put the new %q in its place: %w", path, fsys.Reason(err))
	default:
		temp.remove()
	}
	if err != nil {
		return err
	}
	if err := disk.SyncDir(filepath.Dir(path)); err != nil {
		return errors.Join(
			fmt.Errorf("cannot make %q safe against a power loss: %w", path, fsys.Reason(err)),
			removeAgain(disk, path))
	}
	return nil
}

// Remove removes a file, durably. Its error matches [fs.ErrNotExist] when
// nothing was there.
func Remove(disk fsys.FS, path string) error {
	if err := disk.Remove(path); err != nil {
		return fmt.Errorf("cannot remove %q: %w", path, fsys.Reason(err))
	}
	if err := disk.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%q was removed, but may come back after a power loss: %w", path, fsys.Reason(err))
	}
	return nil
}

// fill writes all of a new file and makes it durable. A failed Sync is never
// tried again: a second one would succeed without the lost pages.
func fill(f fsys.File, path string, perm fs.FileMode, write func(io.Writer) error) error {
	if err := write(fileWriter{f, path}); err != nil {
		return err
	}
	// Not left to the mode at opening: the umask has its say there.
	if err := f.Chmod(perm); err != nil {
		return fmt.Errorf("cannot set the mode of %q: %w", path, fsys.Reason(err))
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("cannot make %q safe against a power loss: %w", path, fsys.Reason(err))
	}
	return nil
}

// fileWriter writes to a file whose errors name the path that it will have.
type fileWriter struct {
	file fsys.File
	path string
}

func (w fileWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		err = fmt.Errorf("cannot write %q: %w", w.path, fsys.Reason(err))
	}
	return n, err
}

// removeAgain takes back a file that this call made.
func removeAgain(disk fsys.FS, path string) error {
	if err := disk.Remove(path); err != nil {
		return fmt.Errorf("and %q could not be removed again; please remove it: %w", path, fsys.Reason(err))
	}
	return nil
}

// checkReplaceable refuses to replace what is no file (a rename over /dev/null
// succeeds for root, and the machine is broken), and tells whether one stands there.
func checkReplaceable(disk fsys.FS, path string) (stands bool, err error) {
	if err := checkName(path); err != nil {
		return false, err
	}
	info, err := disk.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot look at %q: %w", path, fsys.Reason(err))
	}
	if mode := info.Mode(); !mode.IsRegular() && mode&fs.ModeSymlink == 0 {
		return false, notPlain("write", path, mode)
	}
	return true, nil
}

// checkName refuses a name that no file can have, before a temporary file with
// a longer name, which can be one, is made for it.
func checkName(path string) error {
	if err := fsys.CheckName(path); err != nil {
		return fmt.Errorf("cannot write %q: %w", path, err)
	}
	return nil
}

func notPlain(verb, path string, mode fs.FileMode) error {
	return fmt.Errorf("cannot %s %q: it is %s: %w", verb, path, fsys.Describe(mode), ErrNotPlain)
}

// existsError is the error about what stands where a new file is to go. It matches
// [fs.ErrExist], whose own words say the same.
type existsError string

func (e existsError) Error() string {
	return fmt.Sprintf("%q exists, and is never overwritten", string(e))
}

func (e existsError) Is(target error) bool { return target == fs.ErrExist }
