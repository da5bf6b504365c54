//go:build unix

package fsys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const (
	// NoFollow makes OpenFile fail on a symbolic link in the last place of the path.
	NoFollow = syscall.O_NOFOLLOW
	// NonBlock keeps OpenFile from waiting for the other end of a FIFO or for a
	// device. Regular files do not care.
	NonBlock = syscall.O_NONBLOCK
)

// unixFile adds the lock to an os.File.
type unixFile struct{ *os.File }

func openFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return unixFile{f}, nil
}

func rename(from, to string) error { return os.Rename(from, to) }

func remove(name string) error { return os.Remove(name) }

// RemovesOpen tells whether a file that package os opened can be removed before
// it is closed.
const RemovesOpen = true

// NoSuchName tells whether an error of Stat or Lstat means that nothing stands
// under the name, or that nothing can.
func NoSuchName(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, syscall.ENOTDIR)
}

// CheckName says why no file can have the name in the last place of a path. On
// Unix the system itself says it soon enough.
func CheckName(string) error { return nil }

// ModeNote is what a message says behind the name of a private file.
func ModeNote(mode fs.FileMode) string { return fmt.Sprintf(" (mode %o)", mode) }

func syncDir(name string) error {
	dir, err := os.OpenFile(name, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // nothing was written through it
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		// The file system has no such thing; PostgreSQL lets this pass too.
		return nil
	}
	return err
}

// OwnedByMe tells whether a file belongs to the user this process runs as.
// Where files have no such owner it is always true.
func OwnedByMe(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(os.Geteuid())
}

// TooOpen tells whether a mode lets anybody but the owner in. Where there are
// no modes it is always false.
func TooOpen(info fs.FileInfo) bool {
	return info.Mode().Perm()&0o077 != 0
}

// NoLinks tells whether an error of Link means that this file system, or a
// policy over it, has no hard links at all (FAT, exFAT, Android's sandbox).
// The caller must have made a file in the same directory before, so that a
// denied permission can only be about links.
func NoLinks(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.EPERM, syscall.EACCES, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EMLINK,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// noLocks tells whether an error of a lock means that this file system has none.
func noLocks(err error) bool {
	return errors.Is(err, syscall.ENOLCK) || errors.Is(err, errors.ErrUnsupported)
}
