package journal

import (
	"fmt"
	"io"

	"github.com/dtlic/dtlic/internal/fsys"
)

// NewSnapshot shows lines that stand somewhere else than in a journal, such as in a
// copy of one: size bytes of r, of which whole tells what [Journal.Whole] does.
// Errors about lines name them by path. It need not be closed.
func NewSnapshot(path string, r io.ReaderAt, size int64, whole func(line []byte) bool) *Snapshot {
	return &Snapshot{View: View{path: path, file: r, size: size, whole: whole}, close: func() error { return nil }}
}

// Path names the view in errors about its lines.
func (v View) Path() string { return v.path }

// WholeLines is the view without an unfinished last line, and the number of bytes
// that its CopyTo writes. While a writer sets that line aside the error may match
// io.ErrUnexpectedEOF: then another snapshot is needed.
func (v View) WholeLines() (View, int64, error) {
	if v.size == 0 {
		return v, 0, nil
	}
	tail, err := findTail(v.file, v.size)
	if err == nil && tail < v.size {
		var whole bool
		if whole, err = v.isWhole(tail); err == nil && whole {
			return v, v.size + 1, nil // CopyTo adds the line feed
		}
	}
	if err != nil {
		return View{}, 0, fmt.Errorf("cannot read %q: %w", v.path, fsys.Reason(err))
	}
	v.size = tail
	return v, tail, nil
}
