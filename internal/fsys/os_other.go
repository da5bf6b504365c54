//go:build !unix && !windows

package fsys

import (
	"errors"
	"io/fs"
	"os"
)

const (
	// NoFollow has no effect here.
	NoFollow = 0
	// NonBlock has no effect here.
	NonBlock = 0
)

// plainFile is an os.File of a system without locks.
type plainFile struct{ *os.File }

func openFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return plainFile{f}, nil
}

// TryLock cannot answer here.
func (f plainFile) TryLock() (bool, error) { return false, errors.ErrUnsupported }

func rename(from, to string) error { return os.Rename(from, to) }

func remove(name string) error { return os.Remove(name) }

// RemovesOpen tells whether a file that package os opened can be removed before
// it is closed.
const RemovesOpen = true

// NoSuchName tells whether an error of Stat or Lstat means that nothing stands
// under the name.
func NoSuchName(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// CheckName says why no file can have the name in the last place of a path.
func CheckName(string) error { return nil }

// ModeNote is what a message says behind the name of a private file.
func ModeNote(fs.FileMode) string { return "" }

func syncDir(string) error { return nil }

// OwnedByMe is always true: files have no owner to compare here.
func OwnedByMe(fs.FileInfo) bool { return true }

// TooOpen is always false: there are no modes to rely on here.
func TooOpen(fs.FileInfo) bool { return false }

// NoLinks tells whether an error of Link means that there are no hard links.
func NoLinks(err error) bool { return errors.Is(err, errors.ErrUnsupported) }

// noLocks tells whether an error of a lock means that there are none.
func noLocks(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
