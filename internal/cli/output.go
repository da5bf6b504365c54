package cli

import (
	"errors"
	"io"
)

// output is standard output. It remembers that a write failed, for writers
// that do not look, as the help's; and it fails where the stream was closed
// when the program began: the runtime has put the null device in its place by
// then, and nobody would notice.
type output struct {
	w    io.Writer
	gone bool
	err  error
}

var errClosed = errors.New("it is closed")

func (o *output) Write(p []byte) (n int, err error) {
	if o.gone {
		err = errClosed
	} else {
		n, err = o.w.Write(p)
	}
	if err != nil {
		o.err = err
	}
	return n, err
}
