package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/dtlic/dtlic/internal/fsys"
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

// Close ends the use of the snapshot. It was only read, so that there is nothing
// to say about it.
func (s *Snapshot) Close() { _ = s.close() }

// Size is how many bytes the view covers, an unfinished last line among them.
func (v View) Size() int64 { return v.size }

// ReadFull fills p from the byte at of the view on, for whoever noted where a line
// begins and how long it is.
func (v View) ReadFull(p []byte, at int64) error {
	if err := readFull(v.file, p, at); err != nil {
		return fmt.Errorf("cannot read %q: %w", v.path, fsys.Reason(err))
	}
	return nil
}
