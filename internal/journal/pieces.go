package journal

import (
	"bytes"
	"io"
	"iter"
)

// Piece is one line as it lies in the file, whatever stands in it: for who looks
// at a journal's bytes, where [Line] is for who reads its records.
type Piece struct {
	// Number counts the lines of the block from 0.
	Number int
	// At is where the line begins in the file, and Size how many bytes it has, its
	// line feed among them.
	At, Size int64
	// Raw is the line without its line feed, a part of the block's text; nil where
	// that is longer than [MaxLine].
	Raw []byte
	// Ended tells that there is a line feed: only the last line may lack it.
	Ended bool
}

// Unfinished is the view with every byte that it covers: [Scan] shows an
// unfinished last line, too.
func (v View) Unfinished() View {
	v.unfinished = true
	return v
}

// Pieces yields the lines of the block in their order, one that is too long to be
// read among them.
func (p *Block) Pieces() iter.Seq[Piece] {
	return func(yield func(Piece) bool) {
		number, at := 0, p.Offset
		for line := range bytes.Lines(p.Text) {
			raw, ended := bytes.CutSuffix(line, []byte{'\n'})
			if !yield(Piece{Number: number, At: at, Size: int64(len(line)), Raw: raw, Ended: ended}) {
				return
			}
			number++
			at += int64(len(line))
		}
		if p.TooLong {
			long := p.long
			long.Number = number
			yield(long)
		}
	}
}

// End is where the lines of the block end in the file; 0 where it has none.
func (p *Block) End() int64 {
	if p.TooLong {
		return p.long.At + p.long.Size
	}
	return p.Offset + int64(len(p.Text))
}

// Copy writes a line to w byte for byte, or several when the size is that of all, in
// constant memory.
func (v View) Copy(w io.Writer, p Piece) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, io.NewSectionReader(v.file, p.At, p.Size), make([]byte, min(chunk, p.Size)))
	return err
}
