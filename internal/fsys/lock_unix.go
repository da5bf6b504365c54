//go:build unix && !aix && !solaris

package fsys

import (
	"errors"
	"syscall"
)

func (f unixFile) TryLock() (bool, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return false, err
	}
	var lockErr error
	if err := conn.Control(func(fd uintptr) { lockErr = tryFlock(int(fd)) }); err != nil {
		return false, err
	}
	if errors.Is(lockErr, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return lockErr == nil, lockErr
}

// tryFlock asks for the lock until no signal interrupts.
func tryFlock(fd int) error {
	for {
		err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
