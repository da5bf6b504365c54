package creator

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

func TestLock(t *testing.T) {
	home := Home{Disk: fsys.OS, Path: t.TempDir()}
	for range 2 { // it can be had again
		unlock, err := home.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tryLock(home); !errors.Is(err, ErrLock) || !strings.Contains(err.Error(), "another program holds it") {
			t.Errorf("a second one: %v", err)
		}
		unlock()
	}
	if runtime.GOOS == "windows" {
		return // there are no modes
	}
	for path, want := range map[string]os.FileMode{".dtlic": 0o700, ".dtlic/lock": 0o600} {
		info, err := os.Stat(filepath.Join(home.Path, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

// tryLock is Lock without waiting.
func tryLock(h Home) (func(), error) {
	h.pause = func(context.Context, time.Duration) error { return nil }
	return h.Lock(context.Background())
}

// A lock that becomes free while it is waited for is taken; the pauses have an
// end.
func TestLockIsWaitedFor(t *testing.T) {
	home := Home{Disk: fsys.OS, Path: t.TempDir()}
	unlock, err := home.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waiting := home
	var waited time.Duration
	waiting.pause = func(_ context.Context, d time.Duration) error {
		waited += d
		return nil
	}
	if _, err := waiting.Lock(t.Context()); !errors.Is(err, ErrLock) || waited < maxWait || waited > maxWait+maxPause {
		t.Errorf("waited %v: %v", waited, err)
	}
	pauses := 0
	waiting.pause = func(context.Context, time.Duration) error {
		if pauses++; pauses == 5 {
			unlock()
		}
		return nil
	}
	second, err := waiting.Lock(t.Context())
	if err != nil || pauses != 5 {
		t.Fatalf("%d pauses: %v", pauses, err)
	}
	second()
}

// The end of the context ends the wait, and keeps nobody from a free lock.
func TestWaitingForTheLockCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	home := Home{Disk: fsys.OS, Path: t.TempDir()}
	unlock, err := home.Lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	waiting := home
	waiting.pause = func(ctx context.Context, _ time.Duration) error { return fsys.Pause(ctx, time.Hour) }
	if _, err := waiting.Lock(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrLock) {
		t.Errorf("error %v", err)
	}
	unlock()
}

// Every call fails in turn: it is an error, and the lock is not held.
func TestLockFaults(t *testing.T) {
	for _, fault := range []faultfs.Fault{{Err: syscall.EIO}, {Err: syscall.EACCES, Crash: true}} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			disk := faultfs.New(fsys.OS, fault)
			home := Home{Disk: disk, Path: t.TempDir()}
			unlock, err := home.Lock(t.Context())
			if (err != nil) != (disk.Injected() > 0) || err != nil && !errors.Is(err, fault.Err) {
				t.Errorf("%+v: %v", fault, err)
			}
			if err == nil {
				unlock() // whose Close may be the call that fails
			}
			home.Disk = fsys.OS
			if unlock, err = tryLock(home); err != nil {
				t.Fatalf("%+v: it is still held: %v", fault, err)
			}
			unlock()
			if disk.Injected() == 0 {
				break
			}
			injected++
		}
		if injected < 6 {
			t.Errorf("%d faults injected: the file system is not asked", injected)
		}
	}
}

// A file system without locks is an error of its own.
func TestNoLocks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("other codes say so there")
	}
	home := Home{Disk: faultfs.New(fsys.OS, faultfs.Fault{At: 1, Op: faultfs.OpTryLock, Err: syscall.ENOLCK}), Path: t.TempDir()}
	_, err := home.Lock(t.Context())
	if !errors.Is(err, ErrLock) || !errors.Is(err, syscall.ENOLCK) || !strings.Contains(err.Error(), "local disk") {
		t.Errorf("error %v", err)
	}
}
