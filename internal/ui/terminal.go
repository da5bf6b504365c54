package ui

import (
	"fmt"
	"io"
	"os"
	"time"

	"charm.land/lipgloss/v2"
	"golang.org/x/term"
)

// Terminal is where a person is asked: not the standard input and output,
// which may be a file or a pipe, but the terminal itself.
type Terminal interface {
	io.ReadWriter
	// Raw makes reads return each byte as it is typed, unseen and unedited,
	// until restore is called. Calling restore again does nothing.
	Raw() (restore func(), err error)
	// Ready waits for input, at most so long, and tells whether a read would
	// return at once.
	Ready(wait time.Duration) bool
	Close() error
}

// OpenTerminal opens the terminal that the program was started from. It fails
// where there is none. The caller closes it.
func OpenTerminal() (Terminal, error) {
	in, out, err := openDevice()
	if err != nil {
		return nil, fmt.Errorf("no terminal to ask at: %w", err)
	}
	lipgloss.EnableLegacyWindowsANSI(out)
	return &device{in: in, out: out}, nil
}

// device is the terminal device, opened once for both directions on Unix and
// once for each on Windows.
type device struct{ in, out *os.File }

func (d *device) Read(p []byte) (int, error)  { return d.in.Read(p) }
func (d *device) Write(p []byte) (int, error) { return d.out.Write(p) }

func (d *device) Raw() (func(), error) {
	fd := int(d.in.Fd())
	former, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("cannot read the terminal key by key: %w", err)
	}
	restored := false
	return func() {
		if !restored {
			restored = true
			_ = term.Restore(fd, former) // nobody could do anything about it
		}
	}, nil
}

func (d *device) Close() error {
	err := closeInput(d.in)
	if d.out != d.in {
		err = d.out.Close()
	}
	return err
}

// IsTerminal tells whether a file descriptor is one of a terminal.
func IsTerminal(fd uintptr) bool { return term.IsTerminal(int(fd)) }

// Bounds of the widths that are rendered.
const (
	minWidth     = 40
	maxWidth     = 200
	defaultWidth = 80
)

// Width returns the columns of a terminal, from 40 to 200; 80 where they are
// not known.
func Width(fd uintptr) int {
	width, _, err := term.GetSize(int(fd))
	if err != nil || width <= 0 {
		return defaultWidth
	}
	return min(max(width, minWidth), maxWidth)
}

// EnableEscapes lets an old Windows console obey escape sequences written to
// f; call it before writing with a colored theme. Elsewhere it does nothing.
func EnableEscapes(f *os.File) { lipgloss.EnableLegacyWindowsANSI(f) }
