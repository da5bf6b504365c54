package creator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
)

// ErrLock is matched by the error of [Home.Lock] where another program holds the
// lock for too long, or where the file system has none.
var ErrLock = errors.New("the lock cannot be had")

// The pause between two tries for the lock doubles from firstPause to maxPause;
// all pauses together last for maxWait. Whoever holds it writes a few small files
// and asks nobody, so a longer wait means that something is wrong.
const (
	firstPause = time.Millisecond
	maxPause   = 25 * time.Millisecond
	maxWait    = 10 * time.Second
)

// Lock takes the lock under which the product files of this home are written: one
// for all of them, because two products must not get the same variables or
// directory. It makes ~/.dtlic/lock where it is missing, which is never removed.
// While another program holds the lock it waits, until ctx ends; a free lock is
// taken whatever ctx says. The error matches [ErrLock], and that of ctx where that
// is the reason.
//
// The caller must call unlock, once. The lock ends with the process at the latest.
func (h Home) Lock(ctx context.Context) (unlock func(), err error) {
	path := filepath.Join(h.Path, ".dtlic", "lock")
	if _, err := fsys.MkdirAll(h.Disk, filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := h.Disk.OpenFile(path, os.O_RDWR|os.O_CREATE|fsys.NoFollow|fsys.NonBlock, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the lock file %q: %w", path, fsys.Reason(err))
	}
	unlock = func() { _ = f.Close() } // nothing was written, and the lock ends even where Close fails
	if err := h.wait(ctx, f); err != nil {
		unlock()
		return nil, fmt.Errorf("%w: %q: %w", ErrLock, path, err)
	}
	return unlock, nil
}

// wait tries for the lock until it has it.
func (h Home) wait(ctx context.Context, f fsys.File) error {
	pause := h.pause
	if pause == nil {
		pause = fsys.Pause
	}
	var waited time.Duration
	for d := firstPause; ; d = min(2*d, maxPause) {
		ok, err := f.TryLock()
		switch {
		case ok:
			return nil
		case err != nil:
			return fsys.LockReason(err)
		case waited >= maxWait:
			return errors.New("another program holds it")
		}
		if err := pause(ctx, d); err != nil {
			return fmt.Errorf("another program holds it, and waiting was interrupted: %w", err)
		}
		waited += d
	}
}
