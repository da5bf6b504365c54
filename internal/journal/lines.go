package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
)

// Line is one line of a journal.
type Line struct {
	// Number counts from 1.
	Number int
	// Raw is the line without its line feed. It is overwritten when the next
	// line is read.
	Raw []byte
}

// LineError is an error about one line. The lines behind it are read all the same.
type LineError struct {
	// Path is the journal, Line the number of the line, counted from 1.
	Path string
	Line int
	// Err is what is wrong with it.
	Err error
}

// Error names the line and what is wrong with it.
func (e *LineError) Error() string {
	return fmt.Sprintf("line %d of %q is damaged: %v", e.Line, e.Path, e.Err)
}

// Unwrap returns what is wrong with the line.
func (e *LineError) Unwrap() error { return e.Err }

// View is what stands in a journal: while [Journal.Update] or [Journal.Rewrite]
// holds its lock, and must then not be used after that, or in a [Snapshot].
type View struct {
	path  string
	file  io.ReaderAt
	size  int64
	whole func([]byte) bool
	info  fs.FileInfo // nil where there is no file
	// unfinished lets [Scan] show an unfinished last line.
	unfinished bool
}

// Lines yields the lines that stand in the journal when the iteration begins,
// without taking the lock. An unfinished last line is no line: a writer may be
// in the middle of it. A missing journal is an empty one.
//
// The error for a single line is a [*LineError], and the iteration goes on; any
// other error ends it. Memory stays constant on any file.
func (j *Journal) Lines() iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		snapshot, err := j.Snapshot()
		if err != nil {
			yield(Line{}, err)
			return
		}
		defer snapshot.Close()
		snapshot.Lines()(yield)
	}
}

// Lines yields the lines as [Journal.Lines] does.
func (v View) Lines() iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		if v.file == nil {
			return
		}
		s := scanner{r: bufio.NewReaderSize(io.NewSectionReader(v.file, 0, v.size), chunk)}
		for number := 1; ; number++ {
			raw, err := s.next()
			ended := err == nil || errors.Is(err, ErrLongLine)
			switch {
			case errors.Is(err, io.EOF):
				if len(raw) == 0 || v.whole == nil || !v.whole(raw) {
					return
				}
				err = nil
			case errors.Is(err, ErrLongLine):
				raw, err = nil, &LineError{Path: v.path, Line: number, Err: err}
			case err != nil:
				err = v.readError(err)
			}
			if !yield(Line{Number: number, Raw: raw}, err) || !ended {
				return
			}
		}
	}
}

// isWhole tells whether the unfinished line that begins at tail is a whole
// record. One that cannot be read is an error, for it may be.
func (v View) isWhole(tail int64) (bool, error) {
	n := v.size - tail
	if v.whole == nil || n > MaxLine {
		return false, nil
	}
	line := make([]byte, n)
	if err := readFull(v.file, line, tail); err != nil {
		return false, err
	}
	return v.whole(line), nil
}

// scanner cuts a file into lines of at most MaxLine bytes.
type scanner struct {
	r *bufio.Reader
	// long holds a line that does not fit into the reader's buffer.
	long []byte
}

// next returns the next line without its line feed; with io.EOF what stands
// behind the last line feed; with ErrLongLine nothing, having passed over it.
func (s *scanner) next() ([]byte, error) {
	part, err := s.r.ReadSlice('\n')
	if err == nil {
		return part[:len(part)-1], nil
	}
	tooLong := false
	s.long = s.long[:0]
	for {
		if len(s.long)+len(part) > MaxLine+1 {
			tooLong = true
		}
		if !tooLong {
			s.long = append(s.long, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
		part, err = s.r.ReadSlice('\n')
	}
	line, hasEnd := bytes.CutSuffix(s.long, []byte{'\n'})
	tooLong = tooLong || len(line) > MaxLine
	switch {
	case tooLong && err == nil:
		return nil, ErrLongLine
	case tooLong:
		return nil, err
	case hasEnd:
		return line, nil
	default:
		return line, err
	}
}
