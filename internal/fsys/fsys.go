// Package fsys is the file interface under the program's own files: the calls
// that packages store and journal need, and no more. [OS] is the real one;
// package faultfs wraps it so that tests can make every single call fail.
//
// The calls differ from package os where a file holds what must not be lost or
// read by others: a symbolic link is not followed where [NoFollow] is asked
// for, a FIFO or a device does not hang the program where [NonBlock] is asked
// for, a directory can be made durable ([FS.SyncDir]), and on Windows an open
// file never stands in the way of its replacement.
package fsys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Closer

	// Sync makes what was written durable. A failure is final: the kernel may
	// have dropped the pages, so that a second Sync would succeed over lost data.
	Sync() error
	// Truncate cuts the file to size bytes.
	Truncate(size int64) error
	// Chmod sets the mode of the open file, whatever its name is by now.
	Chmod(mode fs.FileMode) error
	// Stat describes the open file, not what stands under its name by now.
	Stat() (fs.FileInfo, error)
	// TryLock takes an advisory lock on the open file, which ends when the file
	// is closed or its process dies. False without an error means that somebody
	// else holds it; an error means that it is not known.
	TryLock() (bool, error)
}

// FS is a file system.
type FS interface {
	// OpenFile opens a file, never inherited by child processes. The flags are
	// those of package os (except O_TRUNC), [NoFollow] and [NonBlock]. On Windows
	// it tries for two seconds while another program keeps the file to itself.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// Lstat describes what stands under the name, a symbolic link itself.
	Lstat(name string) (fs.FileInfo, error)
	// Stat describes what the name leads to.
	Stat(name string) (fs.FileInfo, error)
	// ReadDir returns the names in a directory, in no certain order.
	ReadDir(name string) ([]string, error)
	// Mkdir makes one directory.
	Mkdir(name string, perm fs.FileMode) error
	// Rename moves a file, replacing what stands under the new name. On Windows
	// it tries for two seconds while another program holds the target open.
	Rename(from, to string) error
	// Link gives a file a second name, and fails when that is taken.
	Link(from, to string) error
	// Remove removes a file or an empty directory. On Windows it tries for two
	// seconds while another program holds it open.
	Remove(name string) error
	// Chmod sets the mode of what the name leads to.
	Chmod(name string, mode fs.FileMode) error
	// SyncDir makes the entries of a directory durable. Where directories
	// cannot be synchronized (Windows, some network file systems) it does nothing.
	SyncDir(name string) error
}

// OS is the real file system.
var OS FS = osFS{}

// osFS is the machine's own file system.
type osFS struct{}

func (osFS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	return openFile(name, flag, perm)
}

func (osFS) Lstat(name string) (fs.FileInfo, error)    { return os.Lstat(name) }
func (osFS) Stat(name string) (fs.FileInfo, error)     { return os.Stat(name) }
func (osFS) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }
func (osFS) Rename(from, to string) error              { return rename(from, to) }
func (osFS) Link(from, to string) error                { return os.Link(from, to) }
func (osFS) Remove(name string) error                  { return remove(name) }
func (osFS) Chmod(name string, mode fs.FileMode) error { return os.Chmod(name, mode) }
func (osFS) SyncDir(name string) error                 { return syncDir(name) }
func (osFS) ReadDir(name string) (names []string, _ error) {
	dir, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }() // it was only read
	return dir.Readdirnames(-1)
}

// Describe says in words what kind of thing a mode stands for, to be put
// behind "it is".
func Describe(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a plain file"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe (FIFO)"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	default:
		return "something other than a plain file"
	}
}

// Reason strips the operation and the path that package os puts before an
// error, so that a message names the path once, quoted, in its own sentence.
// What it returns matches the same error values.
func Reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return link.Err
	}
	return err
}

// LockReason is [Reason] for an error of a lock: it says so where the file system has
// none, and what can be done.
func LockReason(err error) error {
	err = Reason(err)
	if noLocks(err) {
		return fmt.Errorf("%w: this file system has no file locks, as some network file systems; keep the file on a local disk", err)
	}
	return err
}
