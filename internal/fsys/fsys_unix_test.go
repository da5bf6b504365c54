//go:build unix

package fsys_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
)

func TestNoFollowRefusesASymlink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR | os.O_CREATE} {
		if f, err := fsys.OS.OpenFile(link, flag|fsys.NoFollow, 0o600); err == nil {
			_ = f.Close()
			t.Errorf("flag %#x followed the link", flag)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "target")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the target was created: %v", err)
	}
}

func TestNonBlockOpensAFIFOWithoutWaiting(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := fsys.OS.OpenFile(fifo, os.O_RDONLY|fsys.NonBlock, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().IsRegular() {
		t.Errorf("the FIFO is %v, %v", info, err)
	}
}

func TestTooOpenAndOwnedByMe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[fs.FileMode]bool{0o600: false, 0o700: false, 0o640: true, 0o601: true, 0o602: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if fsys.TooOpen(info) != want || !fsys.OwnedByMe(info) {
			t.Errorf("mode %o: TooOpen %v, OwnedByMe %v", mode, fsys.TooOpen(info), fsys.OwnedByMe(info))
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("giving a file to another user takes root")
	}
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || fsys.OwnedByMe(info) {
		t.Errorf("another user's file counts as mine: %v", err)
	}
}

func TestNoLinks(t *testing.T) {
	for err, want := range map[error]bool{
		&os.LinkError{Err: syscall.EPERM}:  true,
		&os.LinkError{Err: syscall.ENOSYS}: true,
		&os.LinkError{Err: syscall.EIO}:    false,
		&os.LinkError{Err: syscall.EEXIST}: false,
		fs.ErrNotExist:                     false,
	} {
		if got := fsys.NoLinks(err); got != want {
			t.Errorf("NoLinks(%v) = %v", err, got)
		}
	}
}

// What has no locks is told from a lock that fails, in words that say what to do.
func TestLockReason(t *testing.T) {
	for errno, none := range map[syscall.Errno]bool{
		syscall.ENOLCK: true, syscall.ENOTSUP: true, syscall.ENOSYS: true, syscall.EIO: false, syscall.EACCES: false,
	} {
		err := fsys.LockReason(&fs.PathError{Op: "flock", Path: "/disk/lock", Err: errno})
		if !errors.Is(err, errno) || strings.Contains(err.Error(), "/disk/lock") || strings.Contains(err.Error(), "local disk") != none {
			t.Errorf("%v: it says %v", errno, err)
		}
	}
}
