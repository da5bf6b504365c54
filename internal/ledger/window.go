package ledger

import (
	"cmp"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/dtlic/dtlic/internal/journal"
)

// A window is a part of a sorted answer, held in memory up to these bounds. They
// are variables for tests.
var (
	windowRecords = 3 << 15
	windowBytes   = 8 << 20
)

// ranked is a record and what it is sorted by, or a place between two.
type ranked struct {
	text   string
	line   int
	offset int64 // of its line in the file
	length int
}

// compare tells which of two comes first.
func (a *asking) compare(x, y *ranked) int {
	c := cmp.Compare(x.text, y.text) // strings.Compare would put what it compares on the heap
	if a.Reverse {
		c = -c
	}
	if c == 0 {
		if c = x.line - y.line; a.Sort == ByLog && a.Reverse {
			c = -c
		}
	}
	return c
}

// sorted yields matches in their order, up to the limit.
func (a *asking) sorted(list []Match) {
	type keyed struct {
		ranked
		*Match
	}
	var order []keyed
	for i := range list {
		order = append(order, keyed{ranked{text: a.Sort.key(&list[i].Record), line: list[i].Line}, &list[i]})
	}
	slices.SortFunc(order, func(x, y keyed) int { return a.compare(&x.ranked, &y.ranked) })
	if a.Limit > 0 && len(order) > a.Limit {
		order = order[:a.Limit]
	}
	for _, k := range order {
		if !a.yield(*k.Match, nil) {
			return
		}
	}
}

// windows yields the records asked about in their order, a window after the other,
// each found in a pass over the log.
func (a *asking) windows(found *running) {
	w := window{asking: a, running: found, left: a.Limit}
	for more := true; more; {
		if err := w.fill(); err != nil {
			a.fail(err)
			return
		}
		for i := range w.list {
			if !w.deliver(&w.list[i]) {
				return
			}
		}
		w.left -= len(w.list)
		more = w.advance() && (a.Limit == 0 || w.left > 0)
	}
}

// window is one window of a sorted answer.
type window struct {
	*asking
	*running
	left int // of the limit
	// The window has records behind after and not behind upTo; nil is no bound.
	after, upTo *ranked
	list        []ranked
	size        int     // of the texts in list, in bytes
	last        *ranked // of those that there was room for, when there was not for all
	// sample are some records of the whole answer, and total is how many it has:
	// they tell where a window may end, so that most of its records have room.
	sample []ranked
	total  int
}

// samples is how many records are in a sample.
const samples = 1024

// fill finds the records of the window.
func (w *window) fill() error {
	w.list, w.size, w.last = w.list[:0], 0, nil
	sampling := w.sample == nil
	chance := rand.New(rand.NewPCG(0, 0)) // any numbers do: the answer is the same
	for part, err := range scan(w.ctx, w.log.View, nil, w.take) {
		if err != nil {
			return err
		}
		for i := range part.Found.items {
			r := &part.Found.items[i]
			if sampling {
				w.addSample(r, chance)
			}
			if w.last == nil || w.compare(r, w.last) <= 0 {
				w.add(r)
			}
		}
	}
	if sampling {
		slices.SortFunc(w.sample, func(x, y ranked) int { return w.compare(&x, &y) })
	}
	w.prune()
	return nil
}

// take takes the records that are within the window.
func (w *window) take(p *journal.Block, r *reading, items []ranked) []ranked {
	if _, ok := w.answers(w.running, p, r); !ok {
		return items
	}
	var room [256]byte
	at := ranked{text: w.Sort.keyIn(room[:0], &r.Record), line: w.lineOf(p, r.index) + 1}
	if w.after != nil && w.compare(&at, w.after) <= 0 || w.upTo != nil && w.compare(&at, w.upTo) > 0 {
		return items
	}
	return append(items, ranked{
		text: strings.Clone(at.text), line: at.line, // the text is a part of the block's, or in room
		offset: p.Offset + int64(r.offset), length: len(r.text),
	})
}

// addSample gives every record of the answer the same chance to be in the sample.
func (w *window) addSample(r *ranked, chance *rand.Rand) {
	w.total++
	place := len(w.sample)
	if place < samples {
		w.sample = append(w.sample, ranked{})
	} else if place = chance.IntN(w.total); place >= samples {
		return
	}
	w.sample[place] = ranked{text: r.text, line: r.line}
}

func (w *window) add(r *ranked) {
	w.list = append(w.list, *r)
	if w.size += len(r.text); len(w.list) >= 2*w.room() || w.size > 2*windowBytes {
		w.prune()
	}
}

// room is how many records the window has room for.
func (w *window) room() int {
	if w.left > 0 {
		return min(windowRecords, w.left)
	}
	return windowRecords
}

// prune puts the records in their order, and leaves those away for which there is
// no room.
func (w *window) prune() {
	slices.SortFunc(w.list, func(x, y ranked) int { return w.compare(&x, &y) })
	keep, size := 0, 0
	for keep < len(w.list) && keep < w.room() && (keep == 0 || size+len(w.list[keep].text) <= windowBytes) {
		size += len(w.list[keep].text)
		keep++
	}
	if keep < len(w.list) {
		last := w.list[keep-1]
		w.last = &last
	}
	clear(w.list[keep:])
	w.list, w.size = w.list[:keep], size
}

// advance moves the window on; it returns false when there are no more records.
func (w *window) advance() bool {
	switch {
	case w.last != nil:
		w.after = w.last
	case w.upTo != nil:
		w.after = w.upTo
	default:
		return false
	}
	w.upTo = nil
	if w.Limit == 0 || w.left > windowRecords {
		next, _ := slices.BinarySearchFunc(w.sample, *w.after, func(x, y ranked) int { return w.compare(&x, &y) })
		if next += max(1, samples*(windowRecords/4*3)/w.total); next < len(w.sample) {
			w.upTo = &w.sample[next]
		}
	}
	return true
}

// deliver reads a record of the list again and yields it.
func (w *window) deliver(r *ranked) bool {
	raw := make([]byte, r.length)
	err := w.log.ReadAt(raw, r.offset)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		w.fail(err)
		return false
	}
	line := reading{}
	if line.read(alias(raw), 0); err != nil || line.err != nil || line.text == "" {
		return true // its writer failed and took it back: it was never issued
	}
	state := w.stateOf(&line.Record, w.isReplaced(r.line-1))
	return w.yield(Match{Entry{r.line, line.Record, raw}, state}, nil)
}
