package cli

import "os"

// closedAtStart tells whether a standard stream was closed when the program
// began.
func closedAtStart(f *os.File) bool {
	_, err := f.Stat()
	return err != nil
}
