package cli

import (
	"os"
	"syscall"
)

// closedAtStart tells whether a standard stream was closed when the program
// began. Only what kind of thing it is, is asked: a handle need not grant more.
func closedAtStart(f *os.File) bool {
	_, err := syscall.GetFileType(syscall.Handle(f.Fd()))
	return err != nil
}
