package faultfs_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// write does three calls on a new file and one on its name.
func write(disk fsys.FS, path string) error {
	f, err := disk.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte("12345678"))
	return errors.Join(err, f.Close(), disk.Remove(path))
}

func TestEachCallFailsInTurn(t *testing.T) {
	for n, op := range []string{faultfs.OpOpen, faultfs.OpWrite, faultfs.OpClose, faultfs.OpRemove} {
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: n + 1, Err: syscall.ENOSPC})
		err := write(disk, filepath.Join(t.TempDir(), "f"))
		if !errors.Is(err, syscall.ENOSPC) || disk.Injected() != 1 || disk.Count(op) != 1 {
			t.Errorf("call %d: %v, injected %d, calls %q", n+1, err, disk.Injected(), disk.Calls())
		}
	}
	disk := faultfs.New(fsys.OS, faultfs.Fault{At: 5})
	if err := write(disk, filepath.Join(t.TempDir(), "f")); err != nil || disk.Injected() != 0 {
		t.Errorf("no call left: %v, injected %d", err, disk.Injected())
	}
}

func TestShortWriteOfACrashLeavesHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	disk := faultfs.New(fsys.OS, faultfs.Fault{At: 1, Op: faultfs.OpWrite, Short: true, Crash: true})
	if err := write(disk, path); !errors.Is(err, syscall.EIO) {
		t.Errorf("error %v", err)
	}
	if disk.Injected() != 3 {
		t.Errorf("%d calls failed, want write, close, remove", disk.Injected())
	}
	if data, err := os.ReadFile(path); string(data) != "1234" || err != nil {
		t.Errorf("the file holds %q, %v", data, err)
	}
}
