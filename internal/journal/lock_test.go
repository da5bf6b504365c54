package journal

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
)

// fakeLock answers what it is told, one error for each call, before it asks
// the real lock.
type fakeLock struct {
	Lock
	busy            int
	tries, unlocks  []error
	tried, released int
}

func (l *fakeLock) TryLock() (bool, error) {
	l.tried++
	if l.busy > 0 {
		l.busy--
		return false, nil
	}
	if len(l.tries) > 0 {
		err := l.tries[0]
		l.tries = l.tries[1:]
		return false, err
	}
	return l.Lock.TryLock()
}

func (l *fakeLock) Unlock() error {
	if len(l.unlocks) > 0 {
		err := l.unlocks[0]
		l.unlocks = l.unlocks[1:]
		return err
	}
	l.released++
	return l.Lock.Unlock()
}

func (f *fixture) with(lock *fakeLock) {
	f.NewLock = func(path string) Lock {
		lock.Lock = newFlock(path)
		return lock
	}
	f.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
}

func TestASignalDoesNotKeepUsFromTheLock(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	lock := &fakeLock{
		tries:   []error{syscall.EINTR, &fs.PathError{Op: "open", Err: syscall.EINTR}},
		unlocks: []error{syscall.EINTR, syscall.EIO},
	}
	f.with(lock)
	if err := f.add("<1>"); err != nil || lock.tried != 3 || lock.released != 1 {
		t.Errorf("tried %d times, released %d times: %v", lock.tried, lock.released, err)
	}
}

func TestALockThatCannotBeHadIsAnError(t *testing.T) {
	for _, errno := range []error{syscall.ENOLCK, syscall.EIO, syscall.ENOSPC} {
		f := newFixture(fsys.OS, filepath.Join(t.TempDir(), "new", "issued.jsonl"))
		f.with(&fakeLock{tries: []error{errno}})
		err := f.add("<1>")
		if !errors.Is(err, ErrLock) || !errors.Is(err, errno) {
			t.Errorf("%v: error %v", errno, err)
		}
		// Windows says so with other codes.
		want := errno == syscall.ENOLCK && runtime.GOOS != "windows"
		if none := strings.Contains(err.Error(), "this file system has no file locks"); none != want {
			t.Errorf("%v: it says %v", errno, err)
		}
		if left := names(t, filepath.Dir(filepath.Dir(f.Path))); left != "" {
			t.Errorf("%v: left %s", errno, left)
		}
	}
}

func TestALockThatCannotBeReleasedIsSaid(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	lock := &fakeLock{}
	for range unlockTries {
		lock.unlocks = append(lock.unlocks, syscall.EIO)
	}
	f.with(lock)
	if err := f.add("<1>"); err != nil {
		t.Error(err)
	}
	if len(f.warnings) != 1 || !strings.Contains(f.warnings[0], "could not be released") {
		t.Errorf("warnings %q", f.warnings)
	}
	if err := lock.Lock.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestItWaitsForTheLockAndSaysSoOnce(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	lock := &fakeLock{busy: 1000}
	f.with(lock)
	if err := f.add("<1>"); err != nil || lock.tried != 1001 {
		t.Errorf("tried %d times: %v", lock.tried, err)
	}
	if len(f.warnings) != 1 || !strings.Contains(f.warnings[0], "waiting for another program") {
		t.Errorf("warnings %q", f.warnings)
	}
}

func TestWaitingForTheLockCanBeInterrupted(t *testing.T) {
	f := newFixture(fsys.OS, logIn(t))
	holder := newFlock(f.Path + ".lock")
	if ok, err := holder.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.pause = func(ctx context.Context, d time.Duration) error {
		cancel()
		return fsys.Pause(ctx, time.Hour)
	}
	err := f.Update(ctx, func(View) ([][]byte, error) { return [][]byte{[]byte("<1>")}, nil })
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrLock) {
		t.Errorf("error %v", err)
	}
	if err := f.Update(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ended before it began: %v", err)
	}
	if err := holder.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := f.add("<2>"); err != nil || read(t, f.Path) != "<2>\n" {
		t.Errorf("the next update: %v", err)
	}
}

// A lock file may be removed by a failed first update while others wait for it.
func TestALockOnARemovedFileDoesNotCount(t *testing.T) {
	if !fsys.RemovesOpen {
		t.Skip("this system keeps a file that is open")
	}
	f := newFixture(fsys.OS, logIn(t))
	made := 0
	f.NewLock = func(path string) Lock {
		made++
		real := newFlock(path)
		if made > 2 {
			return real
		}
		return removingLock{real, func() { _ = f.FS.Remove(path) }}
	}
	if err := f.add("<1>"); err != nil || made != 3 {
		t.Errorf("locked %d times: %v", made, err)
	}
	f.NewLock = func(path string) Lock {
		return removingLock{newFlock(path), func() { _ = f.FS.Remove(path) }}
	}
	if err := f.add("<2>"); !errors.Is(err, ErrLock) {
		t.Errorf("no end: %v", err)
	}
}

// removingLock loses its file in the moment in which it is locked.
type removingLock struct {
	Lock
	remove func()
}

func (l removingLock) TryLock() (bool, error) {
	ok, err := l.Lock.TryLock()
	l.remove()
	return ok, err
}
