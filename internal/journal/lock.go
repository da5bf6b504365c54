package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/dtlic/dtlic/internal/fsys"
)

// Lock is a lock on a lock file, which ends with its process.
type Lock interface {
	// TryLock opens the lock file, making it where it is missing, and takes the
	// lock; it is false when somebody else holds it.
	TryLock() (bool, error)
	// Stat describes the open lock file.
	Stat() (fs.FileInfo, error)
	// Unlock lets go of the lock and closes the file.
	Unlock() error
}

// The pause between two tries for the lock doubles from firstPause to
// maxPause. Polling, and not a call that blocks, because only so the wait can
// be interrupted without leaving a goroutine behind that gets the lock later.
const (
	firstPause = time.Millisecond
	maxPause   = 25 * time.Millisecond
	// sayAfter is how long it waits before it says so.
	sayAfter = 2 * time.Second
	// maxVanished bounds how often the lock file may be removed under our hands.
	maxVanished = 100
	// unlockTries bounds how often a lock is released that will not be.
	unlockTries = 100
)

// heldLock is the lock in our hands.
type heldLock struct {
	j    *Journal
	lock Lock
	// made says that this Update made the lock file, and madeDirs which
	// directories it made; a failed Update takes them away again.
	made     bool
	madeDirs []string
}

// newFlock is the operating system's advisory file lock.
func newFlock(path string) Lock {
	return flock.New(path,
		flock.SetFlag(os.O_CREATE|os.O_RDWR|fsys.NoFollow|fsys.NonBlock),
		flock.SetPermissions(filePerm))
}

// acquire makes missing directories and takes the lock.
func (j *Journal) acquire(ctx context.Context) (*heldLock, error) {
	if base := filepath.Base(j.Path); len(base) > maxName {
		return nil, refused(j.Path, fmt.Sprintf("its name has %d bytes, and with more than %d there is no room for the names of the files beside it; give it a shorter name", len(base), maxName))
	}
	held := &heldLock{j: j}
	for try := 1; ; try++ {
		err := held.take(ctx)
		if err == nil {
			return held, nil
		}
		// An update that failed takes away the lock file and the directories that
		// it made. Whoever waited for that lock begins again.
		vanished := errors.Is(err, errVanished) || errors.Is(err, fs.ErrNotExist)
		if !vanished || try == maxVanished {
			fsys.RemoveMade(j.FS, held.madeDirs)
			return nil, err
		}
	}
}

// take makes missing directories and takes the lock, once.
func (h *heldLock) take(ctx context.Context) error {
	made, err := fsys.MkdirAll(h.j.FS, h.j.dir(), dirPerm)
	h.madeDirs = append(h.madeDirs, made...)
	if err != nil {
		return err
	}
	if err := h.j.checkOwnDir(); err != nil {
		return err
	}
	return h.wait(ctx)
}

func (j *Journal) lockPath() string { return j.Path + ".lock" }

// errVanished says that the lock taken is on a file that has been removed.
var errVanished = errors.New("the lock file is removed again and again")

// wait waits for the lock file to be free, and takes it.
func (h *heldLock) wait(ctx context.Context) error {
	path := h.j.lockPath()
	info, err := h.j.FS.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		h.made = true
	case err != nil:
		return lockError(path, err)
	default:
		h.made = false
		if err := check(path, info); err != nil {
			return err
		}
	}
	newLock := h.j.NewLock
	if newLock == nil {
		newLock = newFlock
	}
	h.lock = newLock(path)
	if err := h.j.poll(ctx, h.lock.TryLock); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%w: waiting for another program that holds %q was interrupted: %w", ErrLock, path, err)
		}
		return lockError(path, err)
	}
	err = h.verify()
	if err != nil {
		h.unlock()
	}
	return err
}

// poll tries for the lock until it has it.
func (j *Journal) poll(ctx context.Context, try func() (bool, error)) error {
	pause := j.pause
	if pause == nil {
		pause = fsys.Pause
	}
	var waited time.Duration
	for d := firstPause; ; d = min(2*d, maxPause) {
		if err := ctx.Err(); err != nil {
			return err
		}
		ok, err := try()
		if ok {
			return nil
		}
		if errors.Is(err, syscall.EINTR) {
			continue // a signal, not an answer
		}
		if err != nil {
			return err
		}
		if err := pause(ctx, d); err != nil {
			return err
		}
		if waited < sayAfter && waited+d >= sayAfter {
			j.warn("waiting for another program that holds %q", j.lockPath())
		}
		waited += d
	}
}

// verify makes sure that the lock is on the file that stands under the name
// now, for everybody to see: locks on a removed file exclude nobody.
func (h *heldLock) verify() error {
	path := h.j.lockPath()
	opened, err := h.lock.Stat()
	if err != nil {
		return lockError(path, err)
	}
	named, err := h.j.FS.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(opened, named) {
		return fmt.Errorf("%w: %w", ErrLock, errVanished)
	}
	if err != nil {
		return lockError(path, err)
	}
	return check(path, named)
}

// release lets go of the lock. After a failure what was made for it goes too,
// so that a first record that failed leaves no trace.
func (h *heldLock) release(failed bool) {
	if failed && h.made && fsys.RemovesOpen {
		// While it is held: nobody else can be about to rely on it, and those who
		// wait for it notice. Where that cannot be done it stays, empty.
		_ = h.j.FS.Remove(h.j.lockPath())
	}
	h.unlock()
	if failed {
		fsys.RemoveMade(h.j.FS, h.madeDirs)
	}
}

// unlock releases the lock itself, trying again where it fails: the lock
// library keeps the file open then, and this very process would be the next to
// wait for it. That it fails for good is no failure of the update, whose
// records are durable; the lock ends with the process.
func (h *heldLock) unlock() {
	var err error
	for range unlockTries {
		if err = h.lock.Unlock(); err == nil {
			return
		}
	}
	h.j.warn("the lock file %q could not be released; others wait for it until this program ends: %v", h.j.lockPath(), fsys.Reason(err))
}

func lockError(path string, err error) error {
	return fmt.Errorf("%w: %q: %w", ErrLock, path, fsys.LockReason(err))
}
