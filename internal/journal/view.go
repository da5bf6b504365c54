package journal

import (
	"fmt"
	"io"

	"github.com/dtlic/dtlic/internal/fsys"
)

// NewView shows lines that stand somewhere else than in a journal, such as in a
// copy of one: size bytes of r. Errors about lines name them by path.
func NewView(path string, r io.ReaderAt, size int64) View {
	return View{path: path, file: r, size: size}
}

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
