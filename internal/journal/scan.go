package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"sync"

	"github.com/dtlic/dtlic/internal/fsys"
)

// The sizes are variables for tests.
var (
	// blockSize is how much of a file a worker takes at a time: little enough to
	// stay in a core's own cache between reading and looking at it.
	blockSize int64 = 256 << 10
	// overlap is read with each block for the end of its last line.
	overlap int64 = 4 << 10
)

// maxWorkers bounds the memory of [Scan] on a machine of many cores.
const maxWorkers = 8

// Block is a part of a journal: all lines that begin in one stretch of the file.
// The stretches are the same in every scan of one view.
type Block struct {
	// Index counts the blocks from 0.
	Index int
	// Offset is where Text begins in the file.
	Offset int64
	// Text is whole lines, each with its line feed; the file's last line may lack
	// it.
	Text []byte
	// TooLong says that one more line begins behind Text, over [MaxLine].
	TooLong bool
	// long is that line.
	long Piece
	// Lines is how many lines begin in the block, one that is too long among them.
	Lines int

	buffer []byte
	// ended says that the file ends with the buffer.
	ended bool
}

// Part is a block and what was found in it.
type Part[T any] struct {
	Block
	// First is the number of the block's first line, counted from 1.
	First int
	Found T
	err   error
}

// Scan goes through a view on all cores. work is called for one block each, at
// the same time on several blocks in no certain order, and puts what it finds
// into found, which holds what it was left with for an earlier block: buffers in
// it are used again. The iteration yields the parts in the order of the file,
// each until the next one is asked for; the text of the block is there as long.
//
// An error ends the iteration: one of reading, or ctx's. No call of work is under
// way any more when the iteration has ended. Memory stays constant on any file.
func Scan[T any](ctx context.Context, v View, work func(p *Block, found *T)) iter.Seq2[*Part[T], error] {
	return func(yield func(*Part[T], error) bool) {
		s := scan[T]{view: v, work: work, blocks: v.blocks()}
		defer s.start(min(runtime.GOMAXPROCS(0), maxWorkers, s.blocks))()
		first := 1
		for i := range s.blocks {
			part := s.take(i)
			err := ctx.Err()
			if err == nil {
				err = part.err
			}
			if err != nil {
				yield(nil, err)
				return
			}
			part.First = first
			first += part.Lines
			if !yield(part, nil) {
				return
			}
			s.give(i)
		}
	}
}

// scan is one scan under way: a ring of parts, of which block i is in part
// i modulo their number. The consumer gives numbers of blocks out, and takes the
// parts back in the same order.
type scan[T any] struct {
	view   View
	work   func(*Block, *T)
	blocks int
	ring   []Part[T]
	done   []chan struct{} // one token for each part that is ready
	todo   chan int
}

// start starts the workers and gives them their first blocks. What it returns
// ends them, and waits until they have ended.
func (s *scan[T]) start(workers int) (stop func()) {
	if workers <= 1 { // take does the work
		s.ring = make([]Part[T], 1)
		return func() {}
	}
	s.ring = make([]Part[T], 2*workers)
	s.done = make([]chan struct{}, len(s.ring))
	s.todo = make(chan int, len(s.ring))
	for i := range s.ring {
		s.done[i] = make(chan struct{}, 1)
		if i < s.blocks {
			s.todo <- i
		}
	}
	var running sync.WaitGroup
	for range workers - 1 {
		running.Go(func() {
			for i := range s.todo {
				s.fill(i)
			}
		})
	}
	return func() {
		for len(s.todo) > 0 {
			select {
			case <-s.todo: // nobody wants it any more
			default:
			}
		}
		close(s.todo)
		running.Wait()
	}
}

func (s *scan[T]) fill(i int) {
	part := &s.ring[i%len(s.ring)]
	if part.err = s.view.read(&part.Block, i); part.err == nil {
		s.work(&part.Block, &part.Found)
	}
	if s.todo != nil {
		s.done[i%len(s.ring)] <- struct{}{}
	}
}

// take waits for a block, and works while it waits: the consumer is one of the
// workers, so that no core has two of them to choose from.
func (s *scan[T]) take(i int) *Part[T] {
	place := i % len(s.ring)
	if s.todo == nil {
		s.fill(i)
		return &s.ring[place]
	}
	for {
		select {
		case <-s.done[place]:
			return &s.ring[place]
		default:
		}
		select {
		case <-s.done[place]:
			return &s.ring[place]
		case next := <-s.todo:
			s.fill(next)
		}
	}
}

// give lets the part of a block that was taken be used for a later one.
func (s *scan[T]) give(i int) {
	if next := i + len(s.ring); s.todo != nil && next < s.blocks {
		s.todo <- next
	}
}

// blocks is how many blocks the view has.
func (v View) blocks() int {
	if v.file == nil {
		return 0
	}
	return int((v.size + blockSize - 1) / blockSize)
}

// read reads a block: the lines that begin behind a line feed between
// index*blockSize and the next block, and the first of the file.
//
// What is read begins where the stretch does: the kernel copies from and to
// places that are aligned alike in a third of the time that others take.
func (v View) read(p *Block, index int) error {
	from := int64(index) * blockSize
	end := min(from+blockSize, v.size)
	*p = Block{Index: index, buffer: p.buffer[:0]}
	if err := v.extend(p, from, end+overlap); err != nil {
		return err
	}
	begin, stretch := 0, min(int(end-from), len(p.buffer))
	if index > 0 {
		if begin = bytes.IndexByte(p.buffer[:stretch], '\n') + 1; begin == 0 {
			return nil // all of it belongs to a line that began before
		}
	}
	last, err := v.readLast(p, from, stretch)
	if err != nil {
		return err
	}
	p.Offset, p.Text = from+int64(begin), p.buffer[begin:last]
	p.Lines = bytes.Count(p.Text, []byte{'\n'})
	if last > begin && p.buffer[last-1] != '\n' {
		p.Lines++
	}
	if p.TooLong {
		p.Lines++
	}
	return nil
}

// readLast reads the last line of the block, which begins within stretch bytes of
// p's buffer or right behind them, to its end, and returns where that is in the
// buffer: where the line begins, when it is too long or no line.
func (v View) readLast(p *Block, from int64, stretch int) (end int, err error) {
	begin := bytes.LastIndexByte(p.buffer[:stretch], '\n') + 1
	for searched := stretch; ; {
		if at := bytes.IndexByte(p.buffer[searched:], '\n'); at >= 0 {
			if p.TooLong = searched+at-begin > MaxLine; p.TooLong {
				p.long = Piece{At: from + int64(begin), Size: int64(searched + at + 1 - begin), Ended: true}
				return begin, nil
			}
			return searched + at + 1, nil
		}
		searched = len(p.buffer)
		switch {
		case searched-begin > MaxLine:
			p.long, err = v.longLine(from+int64(begin), from+int64(searched))
			p.TooLong = p.long.Ended || v.unfinished
			return begin, err
		case !p.ended:
			if err := v.extend(p, from, from+int64(min(2*searched, begin+MaxLine+1))); err != nil {
				return 0, err
			}
		case searched > begin && (v.unfinished || v.whole != nil && v.whole(p.buffer[begin:])):
			return searched, nil
		default: // a writer may be in the middle of it
			return begin, nil
		}
	}
}

// extend lets p's buffer, which begins at one place of the file, reach up to
// another, or to the end of the view, or of the file: a writer that failed takes
// back what it wrote, which may have been in the view.
func (v View) extend(p *Block, from, to int64) error {
	had, has := len(p.buffer), int(min(to, v.size)-from)
	p.buffer = slices.Grow(p.buffer, has-had)[:has]
	n, err := v.file.ReadAt(p.buffer[had:], from+int64(had))
	p.buffer = p.buffer[:had+n]
	p.ended = to >= v.size || errors.Is(err, io.EOF)
	if len(p.buffer) == has || errors.Is(err, io.EOF) {
		return nil
	}
	return v.readError(err)
}

// longLine is a line that is too long to be read, of which what lies before a
// place has no line feed.
func (v View) longLine(begin, searched int64) (Piece, error) {
	p := Piece{At: begin, Size: searched - begin}
	rest := bufio.NewReaderSize(io.NewSectionReader(v.file, searched, v.size-searched), chunk)
	for {
		part, err := rest.ReadSlice('\n')
		p.Size += int64(len(part))
		switch {
		case err == nil:
			p.Ended = true
			return p, nil
		case errors.Is(err, io.EOF):
			return p, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return p, v.readError(err)
		}
	}
}

func (v View) readError(err error) error {
	return fmt.Errorf("cannot read %q: %w", v.path, fsys.Reason(err))
}
