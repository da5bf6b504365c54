package ledger

import (
	"context"
	"errors"
	"iter"

	"github.com/dtlic/dtlic/internal/journal"
)

// taken is what a scan took from the records of a block.
type taken[T any] struct {
	items []T
	bad   []badLine
}

// badLine is a damaged line of a block.
type badLine struct {
	index int
	err   error
}

// scan lets take see the records of a log, many blocks at a time: those that seek
// finds. It collects the damaged lines that have its text in them, and those that
// are too long to tell.
func scan[T any](ctx context.Context, v journal.View, seek *probe, take func(*journal.Block, *reading, []T) []T) iter.Seq2[*journal.Part[taken[T]], error] {
	return journal.Scan(ctx, v, func(p *journal.Block, f *taken[T]) {
		f.items, f.bad = f.items[:0], f.bad[:0]
		seek.read(p, func(r *reading) {
			switch {
			case r.err == nil:
				f.items = take(p, r, f.items)
			case seek.holds(r.text), errors.Is(r.err, journal.ErrLongLine):
				f.bad = append(f.bad, badLine{r.index, r.err})
			}
		})
	})
}

// damaged are the errors about the damaged lines of a part.
func damaged[T any](path string, part *journal.Part[taken[T]]) iter.Seq[*journal.LineError] {
	return func(yield func(*journal.LineError) bool) {
		for _, b := range part.Found.bad {
			if !yield(&journal.LineError{Path: path, Line: part.First + b.index, Err: b.err}) {
				return
			}
		}
	}
}

// readRecords yields the records that seek finds and wanted lets through, and the
// damaged lines that may be among them, in the order of the file.
func readRecords(ctx context.Context, v journal.View, path string, seek *probe, wanted func(*Record) bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for part, err := range scan(ctx, v, seek, func(_ *journal.Block, r *reading, items []Entry) []Entry {
			if wanted(&r.Record) {
				items = append(items, r.entry())
			}
			return items
		}) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if !yieldPart(path, part, yield) {
				return
			}
		}
	}
}

// yieldPart yields the records and the damaged lines of a part in their order.
func yieldPart(path string, part *journal.Part[taken[Entry]], yield func(Entry, error) bool) bool {
	bad := part.Found.bad
	tell := func(before int) bool {
		for ; len(bad) > 0 && bad[0].index < before; bad = bad[1:] {
			line := part.First + bad[0].index
			if !yield(Entry{Line: line}, &journal.LineError{Path: path, Line: line, Err: bad[0].err}) {
				return false
			}
		}
		return true
	}
	for _, e := range part.Found.items {
		index := e.Line
		e.Line += part.First
		if !tell(index) || !yield(e, nil) {
			return false
		}
	}
	return tell(part.Lines)
}
