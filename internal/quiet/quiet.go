// Package quiet keeps the terminal library from looking around at start.
//
// lipgloss builds a writer for the standard output in package init, and for it
// colorprofile asks what the terminal can do: it looks up the user, opens files
// of the terminfo database and, inside tmux, runs "tmux info". That happens at the
// start of every program that links lipgloss, whatever the command, and no
// command of ours may start a process that was not asked for. We never use
// that writer: what is styled, and how, is handed to package ui.
//
// colorprofile does neither where NO_COLOR is set. So this package sets it,
// only while packages are initialized, and [Restore] gives back what was
// there, before main begins. Since Go 1.21 the packages that are ready are
// initialized in the order of their import paths. This one needs nothing but
// os, and is ready long before lipgloss, which waits for os/exec, a later path
// that waits for os too. It must import nothing else.
package quiet

import "os"

const name = "NO_COLOR"

var (
	former string
	was    bool
	hiding bool
)

func init() {
	former, was = os.LookupEnv(name)
	hiding = os.Setenv(name, "1") == nil
}

// Restore gives the environment back as it was. Package ui calls it when it is
// initialized, which is after lipgloss, so that no main can forget it. Only
// the first call does something.
func Restore() {
	if !hiding {
		return
	}
	hiding = false
	if was {
		_ = os.Setenv(name, former)
	} else {
		_ = os.Unsetenv(name)
	}
}
