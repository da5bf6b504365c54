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
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

func TestDescribe(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		0o644:                              "a plain file",
		fs.ModeSymlink | 0o777:             "a symbolic link",
		fs.ModeDir | 0o755:                 "a directory",
		fs.ModeNamedPipe:                   "a named pipe (FIFO)",
		fs.ModeSocket:                      "a socket",
		fs.ModeDevice | fs.ModeCharDevice:  "a device",
		fs.ModeDevice:                      "a device",
		fs.ModeIrregular:                   "something other than a plain file",
		fs.ModeDir | fs.ModeSticky | 0o777: "a directory",
	} {
		if got := fsys.Describe(mode); got != want {
			t.Errorf("Describe(%v) = %q, want %q", mode, got, want)
		}
	}
}

func TestReasonDropsPathsAndKeepsTheValue(t *testing.T) {
	_, err := os.Open(filepath.Join(t.TempDir(), "absent"))
	if got := fsys.Reason(err); !errors.Is(got, fs.ErrNotExist) || errors.Is(got, err) {
		t.Errorf("Reason(%v) = %v", err, got)
	}
	err = os.Rename(filepath.Join(t.TempDir(), "absent"), "x")
	if got := fsys.Reason(err); !errors.Is(got, fs.ErrNotExist) || errors.Is(got, err) {
		t.Errorf("Reason(%v) = %v", err, got)
	}
	other := errors.New("other")
	if got := fsys.Reason(other); !errors.Is(got, other) {
		t.Errorf("Reason(%v) = %v", other, got)
	}
}

func TestTryLockExcludesUntilClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	open := func() fsys.File {
		f, err := fsys.OS.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	first, second := open(), open()
	if ok, err := first.TryLock(); !ok || err != nil {
		t.Fatalf("first TryLock = %v, %v", ok, err)
	}
	if ok, err := second.TryLock(); ok || err != nil {
		t.Fatalf("second TryLock = %v, %v while the first holds it", ok, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if ok, err := second.TryLock(); !ok || err != nil {
		t.Fatalf("second TryLock = %v, %v after the first closed", ok, err)
	}
}

func TestMkdirAllMakesPrivateDurableDirectories(t *testing.T) {
	top := t.TempDir()
	disk := faultfs.New(fsys.OS, faultfs.Fault{})
	dir := filepath.Join(top, "a", "b", "c")
	made, err := fsys.MkdirAll(disk, dir, 0o700)
	if err != nil || len(made) != 3 || made[2] != dir {
		t.Fatalf("MkdirAll = %q, %v", made, err)
	}
	if n := disk.Count(faultfs.OpSyncDir); n != 4 { // the one that stood there among them
		t.Errorf("%d directories synchronized, want 4", n)
	}
	if info, err := os.Stat(dir); err != nil || fsys.TooOpen(info) || !fsys.OwnedByMe(info) {
		t.Errorf("the directory is %v, %v", info, err)
	}
	if made, err := fsys.MkdirAll(disk, dir, 0o700); err != nil || len(made) != 0 {
		t.Errorf("MkdirAll again = %q, %v", made, err)
	}
	fsys.RemoveMade(disk, made)
	if _, err := os.Stat(filepath.Join(top, "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directories are still there: %v", err)
	}
}

func TestMkdirAllRefusesAFileInTheWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fsys.MkdirAll(fsys.OS, file, 0o700); err == nil {
		t.Error("a file was taken for a directory")
	}
	if _, err := fsys.MkdirAll(fsys.OS, filepath.Join(file, "below"), 0o700); err == nil || !strings.Contains(err.Error(), `file" is in the way`) {
		t.Errorf("below a file: %v", err)
	}
}

func TestMkdirAllTakesBackWhatFailed(t *testing.T) {
	injected := 0
	for n := 1; ; n++ {
		top := t.TempDir()
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: n, Err: syscall.ENOSPC})
		_, err := fsys.MkdirAll(disk, filepath.Join(top, "a", "b"), 0o700)
		if disk.Injected() == 0 {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		injected++
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("fault %d (%v): error %v", n, disk.Calls(), err)
		}
		if names, _ := os.ReadDir(top); len(names) != 0 {
			t.Errorf("fault %d (%v): %v is left", n, disk.Calls(), names)
		}
	}
	if injected < 7 {
		t.Errorf("only %d faults were injected", injected)
	}
}
