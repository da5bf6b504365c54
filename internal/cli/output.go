package cli

import (
	"errors"
	"io"
)

// output is standard output. It remembers that a write failed, for writers
// that do not look, as the help's.
type output struct {
	w   io.Writer
	err error
}

var errClosed = errors.New("it is closed")

func (o *output) Write(p []byte) (n int, err error) {
	n, err = o.w.Write(p)
	if err != nil {
		o.err = err
	}
	return n, err
}
