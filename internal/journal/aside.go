package journal

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/dtlic/dtlic/internal/fsys"
)

// Aside is a new file beside a journal, for what is to leave it.
type Aside struct {
	j      *Journal
	path   string
	file   fsys.File
	buffer *bufio.Writer
}

// Aside makes a file beside the journal, mode 600, named after it, a kind and the
// time. It must be ended by [Aside.Keep] or [Aside.Discard].
func (j *Journal) Aside(kind string) (*Aside, error) {
	file, path, err := j.createAside(kind)
	if err != nil {
		return nil, err
	}
	return &Aside{j: j, path: path, file: file, buffer: bufio.NewWriterSize(file, chunk)}, nil
}

// Path returns where the file is.
func (a *Aside) Path() string { return a.path }

// Write adds to the file.
func (a *Aside) Write(p []byte) (int, error) {
	n, err := a.buffer.Write(p)
	if err != nil {
		err = a.failed(err)
	}
	return n, err
}

// Keep makes the file durable. After an error it must be discarded.
func (a *Aside) Keep() error {
	err := a.buffer.Flush()
	if err == nil {
		err = a.file.Sync()
	}
	if err == nil {
		err = a.j.FS.SyncDir(a.j.dir())
	}
	if err != nil {
		return a.failed(err)
	}
	_ = a.file.Close() // durable since Sync
	a.file = nil
	return nil
}

// Discard removes the file, and returns the reason why it is not needed, joined
// with what went wrong.
func (a *Aside) Discard(cause error) error {
	if a.file != nil {
		_ = a.file.Close() // what it holds is thrown away
	}
	if err := a.j.FS.Remove(a.path); err != nil {
		return errors.Join(cause, fmt.Errorf("and %q could not be removed again: %w", a.path, fsys.Reason(err)))
	}
	return cause
}

func (a *Aside) failed(err error) error {
	return fmt.Errorf("cannot write %q: %w", a.path, fsys.Reason(err))
}
