package fsys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

const (
	// NoFollow makes OpenFile open a symbolic link itself, so that Stat on the
	// open file tells what it is (FILE_FLAG_OPEN_REPARSE_POINT, which package os
	// takes among its flags too).
	NoFollow = syscall.FILE_FLAG_OPEN_REPARSE_POINT
	// NonBlock has no effect here: pipes do not stand among files.
	NonBlock = 0
)

const (
	errorInvalidFunction  = syscall.Errno(1)
	errorSharingViolation = syscall.Errno(32)
	errorLockViolation    = syscall.Errno(33)
	errorInvalidName      = syscall.Errno(123)
	errorBadPathname      = syscall.Errno(161)
	errorNameTooLong      = syscall.Errno(206)
	errorIOPending        = syscall.Errno(997)
)

// RemovesOpen tells whether a file that package os opened can be removed before
// it is closed.
const RemovesOpen = false

// A call that another program stands in the way of (a virus scanner, a backup,
// an editor) is tried again for two seconds.
const (
	sharingTries = 40
	sharingPause = 50 * time.Millisecond
)

// lockFileEx is not in package syscall. Windows loads kernel32 from its own
// directory only, so that no other file can pose as it.
var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// windowsFile is an open file which others may read, replace and remove
// meanwhile: package os does not allow the last two.
type windowsFile struct {
	*os.File
	atEnd bool
}

func openFile(name string, flag int, perm fs.FileMode) (File, error) {
	path, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	access, attrs := uint32(syscall.GENERIC_READ), uint32(syscall.FILE_ATTRIBUTE_NORMAL)
	switch flag & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR) {
	case os.O_RDWR:
		access |= syscall.GENERIC_WRITE
	case os.O_WRONLY:
		access = syscall.GENERIC_WRITE
	default:
		// Without this flag a directory fails with a misleading "access is denied".
		attrs |= syscall.FILE_FLAG_BACKUP_SEMANTICS
	}
	mode := uint32(syscall.OPEN_EXISTING)
	switch {
	case flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		mode = syscall.CREATE_NEW
		attrs |= syscall.FILE_FLAG_OPEN_REPARSE_POINT
	case flag&os.O_CREATE != 0:
		mode = syscall.OPEN_ALWAYS
	}
	attrs |= uint32(flag & NoFollow)
	share := uint32(syscall.FILE_SHARE_READ | syscall.FILE_SHARE_WRITE | syscall.FILE_SHARE_DELETE)
	// Without security attributes the handle is not inherited. There are no
	// modes: perm has nothing to set.
	var handle syscall.Handle
	err = insist(sharingViolated, func() (err error) {
		handle, err = syscall.CreateFile(path, access, share, nil, mode, attrs, 0)
		return err
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &windowsFile{File: os.NewFile(uintptr(handle), name), atEnd: flag&os.O_APPEND != 0}, nil
}

// Write writes at the end of a file that was opened to append. Windows has a
// right for that, but without the right to truncate; so the end is sought
// before each write, and the lock of the caller keeps other writers away.
func (f *windowsFile) Write(p []byte) (int, error) {
	if f.atEnd {
		if _, err := f.Seek(0, io.SeekEnd); err != nil {
			return 0, err
		}
	}
	return f.File.Write(p)
}

// TryLock locks one byte far behind any content: locks are mandatory here, and
// one over the content would keep readers out.
func (f *windowsFile) TryLock() (bool, error) {
	const exclusiveNow = 0x1 | 0x2 // LOCKFILE_FAIL_IMMEDIATELY, LOCKFILE_EXCLUSIVE_LOCK
	at := syscall.Overlapped{OffsetHigh: 0x7fffffff}
	ok, _, err := lockFileEx.Call(f.Fd(), exclusiveNow, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	if ok != 0 {
		return true, nil
	}
	if errors.Is(err, errorLockViolation) || errors.Is(err, errorIOPending) {
		return false, nil
	}
	return false, err
}

func rename(from, to string) error {
	// Said at once: it would be tried in vain, and end in an "access is denied".
	if info, err := os.Lstat(to); err == nil && info.Mode().IsRegular() && info.Mode()&0o200 == 0 {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: errReadOnly}
	}
	return insist(inUse, func() error {
		err := os.Rename(from, to)
		if inUse(err) && replaceOpen(from, to) == nil {
			return nil
		}
		return err
	})
}

var errReadOnly = errors.New("the file there is marked read-only")

// replaceOpen replaces a file that others have open and let go of, as our own
// readers do. os.Rename cannot; a rename within an os.Root asks for it, where
// the system and the file system can.
func replaceOpen(from, to string) error {
	dir := filepath.Dir(to)
	if filepath.Dir(from) != dir {
		return errors.ErrUnsupported
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing was written through it
	return root.Rename(filepath.Base(from), filepath.Base(to))
}

func remove(name string) error {
	return insist(inUse, func() error { return os.Remove(name) })
}

// insist tries again while another program stands in the way.
func insist(inTheWay func(error) bool, call func() error) error {
	for try := 1; ; try++ {
		err := call()
		if !inTheWay(err) || try == sharingTries {
			return err
		}
		time.Sleep(sharingPause)
	}
}

func sharingViolated(err error) bool { return errors.Is(err, errorSharingViolation) }

// inUse tells why a name cannot be replaced or removed. Denied access may mean
// that as well: of a file that is removed and still open, for one.
func inUse(err error) bool {
	return sharingViolated(err) || errors.Is(err, syscall.ERROR_ACCESS_DENIED)
}

// NoSuchName tells whether an error of Stat or Lstat means that nothing stands
// under the name, or that nothing can.
func NoSuchName(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errorInvalidName) ||
		errors.Is(err, errorBadPathname) || errors.Is(err, errorNameTooLong)
}

// CheckName says why no file can have the name in the last place of a path:
// Windows gives some to devices, such as CON and AUX, and takes a colon for a
// stream hidden in a file.
func CheckName(path string) error {
	name := filepath.Base(path)
	if strings.ContainsAny(name, `<>:"|?*`) {
		return fmt.Errorf("on Windows no file's name has one of %s in it", `< > : " | ? *`)
	}
	if name != "." && name != ".." && name != `\` && !filepath.IsLocal(name) {
		return errors.New("on Windows this is the name of a device")
	}
	return nil
}

// ModeNote is what a message says behind the name of a private file.
func ModeNote(fs.FileMode) string { return "" }

// syncDir does nothing: Windows has no such call.
func syncDir(string) error { return nil }

// OwnedByMe is always true: the profile directory's ACL protects.
func OwnedByMe(fs.FileInfo) bool { return true }

// TooOpen is always false: Windows has no modes, and none are claimed.
func TooOpen(fs.FileInfo) bool { return false }

// NoLinks tells whether an error of Link means that this file system has no
// hard links (FAT, exFAT, some network shares).
func NoLinks(err error) bool {
	return errors.Is(err, errorInvalidFunction) || errors.Is(err, errors.ErrUnsupported)
}

// noLocks tells whether an error of a lock means that this file system has none.
func noLocks(err error) bool { return NoLinks(err) } // the same codes say so
