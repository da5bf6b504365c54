//go:build unix

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// closedAtStart tells whether a standard stream was closed when the program
// began. Go's runtime then opens the null device in its place, for reading and
// writing, so that a write succeeds and nobody sees it. A parent that hands in
// the null device in just this way looks the same; nobody sees that either.
func closedAtStart(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return true
	}
	null, err := os.Stat(os.DevNull)
	if err != nil || !os.SameFile(info, null) {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
