package journal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Snapshot is what stood in a journal when it was opened. Others append
// meanwhile, or replace the journal; the snapshot stays what it is, takes no
// lock and holds nobody up.
type Snapshot struct {
	View
	close func() error
}

// Snapshot opens the journal as it is now, for several readings of the same
// lines. A missing journal is an empty one. It must be closed.
func (j *Journal) Snapshot() (*Snapshot, error) {
	file, info, err := j.open(os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return &Snapshot{View: View{path: j.Path}, close: func() error { return nil }}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Snapshot{View: View{path: j.Path, file: file, size: info.Size(), whole: j.Whole, info: info}, close: file.Close}, nil
}

// Durable is [Journal.Snapshot] for whoever passes lines on: without a line that an
// Update has written and not yet made durable, which it may take back. It waits for
// the Update under way, and holds the next one up for as long as a file takes to
// open. Where the journal cannot be locked because nothing can be written there,
// nobody is writing.
func (j *Journal) Durable(ctx context.Context) (*Snapshot, error) {
	s, err := j.Snapshot()
	if err != nil || s.Size() == 0 {
		return s, err
	}
	if _, err := j.FS.Lstat(j.lockPath()); errors.Is(err, fs.ErrNotExist) {
		return s, nil // nobody is writing, and a reader leaves nothing behind
	}
	err = j.Update(ctx, func(View) ([][]byte, error) {
		s.Close()
		s, err = j.Snapshot()
		return nil, err
	})
	if err == nil || s != nil && (errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission)) {
		return s, nil
	}
	if s != nil {
		s.Close()
	}
	return nil, err
}

// Close ends the use of the snapshot. It was only read, so that there is nothing
// to say about it.
func (s *Snapshot) Close() { _ = s.close() }

// Size is how many bytes the view covers, an unfinished last line among them.
func (v View) Size() int64 { return v.size }

// ReadAt fills p from a place of the view. Its error matches io.ErrUnexpectedEOF
// where the file ends before: a writer that failed took back what it wrote.
func (v View) ReadAt(p []byte, at int64) error {
	if err := readFull(v.file, p, at); err != nil {
		return v.readError(err)
	}
	return nil
}
