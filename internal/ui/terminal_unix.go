//go:build unix

package ui

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func openDevice() (in, out *os.File, err error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	return tty, tty, err
}

func closeInput(in *os.File) error { return in.Close() }

// Ready uses select: poll and kqueue do not work on the terminal device of
// macOS.
func (d *device) Ready(wait time.Duration) bool {
	fd := int(d.in.Fd())
	if fd >= unix.FD_SETSIZE {
		return false
	}
	// Signals, the runtime's own among them, interrupt it.
	for range 8 {
		var set unix.FdSet
		set.Set(fd)
		timeout := unix.NsecToTimeval(wait.Nanoseconds())
		n, err := unix.Select(fd+1, &set, nil, nil, &timeout)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && n > 0
		}
	}
	return false
}
