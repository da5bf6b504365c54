// Package cli is the frame of both programs and the buyer's commands; package
// creatorcli adds the creator's. Commands are thin: they read flags, ask a
// package that decides, and show the answer.
package cli

import (
	"context"
	"io"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/ui"
)

// Env is everything that a run takes from outside. Main builds the real one;
// tests hand in their own.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// StdinTTY, StdoutTTY and StderrTTY tell which streams are terminals.
	StdinTTY, StdoutTTY, StderrTTY bool
	// StdoutGone tells that standard output was closed when the program began.
	StdoutGone bool
	// Width is the terminal's width in columns.
	Width int
	// Terminal opens the terminal device, for prompts.
	Terminal func() (ui.Terminal, error)
	Getenv   func(string) string
	Home     string // "" where it is not known
	Now      func() time.Time
	Location *time.Location
	Random   io.Reader
	Disk     fsys.FS
	// Slot is the slot of the buyer's program, which takes the seller's product
	// file; "" for every other program.
	Slot string
	// Executable returns the path of the running program, links resolved, for a
	// toolkit whose templates lie beside it.
	Executable func() (string, error)
	// Edit runs an editor, named by the words of its command line, at the
	// terminal, and waits until it ends. This program's standard output is left
	// alone, unless that is the terminal.
	Edit func(argv []string) error
	// DefaultEditor edits where the person named no editor; "" for none.
	DefaultEditor string
	// DoubleClicked tells that the program was started from Windows' Explorer,
	// whose window closes with it.
	DoubleClicked bool
	// Context ends when the program is interrupted. Asking for it begins the
	// watch over signals; until then a signal ends the program at once, as is
	// right for a command that waits for nothing.
	Context func() context.Context
}
