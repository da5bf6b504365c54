package journal

import (
	"bytes"
	"fmt"
	"io"
	"iter"

	"github.com/dtlic/dtlic/internal/fsys"
)

// Piece is one line as it lies in the file, whatever stands in it: for who looks
// at a journal's bytes, where [Line] is for who reads its records.
type Piece struct {
	// Number counts from 1.
	Number int
	// At is where the line begins, and Size how many bytes it has, its line feed
	// among them.
	At, Size int64
	// Raw is the line without its line feed; nil where that is longer than
	// [MaxLine]. It may be kept.
	Raw []byte
	// Ended tells that there is a line feed: only the last line may lack it.
	Ended bool
}

// batchSize is about how many bytes of lines are handed out at once.
const batchSize = 256 << 10

// Batches yields all lines in their order, some at a time, so that they can be
// looked at by several processors. An unfinished last line is among them, and so
// is one too long to be read. An error ends the iteration.
func (v View) Batches() iter.Seq2[[]Piece, error] {
	return func(yield func([]Piece, error) bool) {
		c := cutter{view: v}
		for c.at < v.size {
			batch, err := c.next()
			if err != nil {
				yield(nil, fmt.Errorf("cannot read %q: %w", v.path, fsys.Reason(err)))
				return
			}
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// Copy writes a line to w byte for byte, in constant memory.
func (v View) Copy(w io.Writer, p Piece) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, io.NewSectionReader(v.file, p.At, p.Size), make([]byte, chunk))
	return err
}

// cutter cuts a view into batches.
type cutter struct {
	view   View
	at     int64 // what lies before was handed out
	number int   // of the last line handed out
}

// next returns the lines that fit into one batch, or a longer line alone.
func (c *cutter) next() ([]Piece, error) {
	text := make([]byte, min(batchSize, c.view.size-c.at))
	if err := readFull(c.view.file, text, c.at); err != nil {
		return nil, err
	}
	if c.at+int64(len(text)) < c.view.size {
		end := bytes.LastIndexByte(text, '\n') + 1
		if end == 0 {
			return c.longLine(int64(len(text)))
		}
		text = text[:end]
	}
	var batch []Piece
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		raw, ended := bytes.CutSuffix(text[:n:n], []byte{'\n'})
		batch = append(batch, c.piece(int64(n), raw, ended))
		text = text[n:]
	}
	return batch, nil
}

// longLine returns the line that begins here, of which the first known bytes have
// no line feed.
func (c *cutter) longLine(known int64) ([]Piece, error) {
	size, ended := known, false
	buf := make([]byte, chunk)
	for c.at+size < c.view.size && !ended {
		part := buf[:min(chunk, c.view.size-c.at-size)]
		if err := readFull(c.view.file, part, c.at+size); err != nil {
			return nil, err
		}
		n := bytes.IndexByte(part, '\n') + 1
		if ended = n > 0; !ended {
			n = len(part)
		}
		size += int64(n)
	}
	length := size
	if ended {
		length--
	}
	if length > MaxLine {
		return []Piece{c.piece(size, nil, ended)}, nil
	}
	raw := make([]byte, length)
	if err := readFull(c.view.file, raw, c.at); err != nil {
		return nil, err
	}
	return []Piece{c.piece(size, raw, ended)}, nil
}

// piece counts the line that begins here.
func (c *cutter) piece(size int64, raw []byte, ended bool) Piece {
	c.number++
	p := Piece{Number: c.number, At: c.at, Size: size, Raw: raw, Ended: ended}
	c.at += size
	return p
}
