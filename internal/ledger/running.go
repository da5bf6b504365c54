package ledger

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/dtlic/dtlic/internal/journal"
)

// running knows which records of a log are the running ones of their license keys.
type running struct {
	// replaced has a bit for each line that is not, and before the number of lines
	// before each block.
	replaced []uint64
	before   []int
	lines    int
	touched  uint64 // nothing; see touch
}

// issuance is what the search for running licenses needs of a record.
type issuance struct {
	key   uint64 // the fingerprint of the license key
	at    uint32 // see seconds
	index int32  // of the line in its block
}

// shortLine is how long a short line of a log is: so many records are expected.
const shortLine = 512

// maxLines bounds a log to some two terabytes: line numbers stand in 32 bits.
const maxLines = math.MaxUint32

// findRunning goes through the log, several times when it has more license keys
// than a table holds. tell is called once for each damaged line, in order; when it
// returns false the search ends without an answer.
func (s *Snapshot) findRunning(ctx context.Context, revoked *InForce, tell func(*journal.LineError) bool) (*running, error) {
	a := &running{}
	t := newTable(revoked.beside(s.Size()/shortLine), true)
	for first := true; first || t.again(); first = false {
		low := t.first
		for part, err := range scan(ctx, s.View, nil, func(_ *journal.Block, r *reading, items []issuance) []issuance {
			if key := t.fingerprint(r.LicenseKey); key >= low {
				items = append(items, issuance{key, seconds(r.IssuedAt), int32(r.index)})
			}
			return items
		}) {
			if err != nil {
				return nil, err
			}
			if first {
				for bad := range damaged(s.path, part) {
					if !tell(bad) {
						return nil, nil
					}
				}
				if err := a.extend(s.path, part.Lines); err != nil {
					return nil, err
				}
			}
			a.decide(t, part.Found.items, a.before[part.Index])
		}
	}
	if t = nil; a.lines > 1<<16 {
		runtime.GC() // so that what comes next takes the table's memory, and not as much again
	}
	return a, nil
}

// extend adds a block with so many lines.
func (a *running) extend(path string, lines int) error {
	a.before = append(a.before, a.lines)
	if a.lines += lines; int64(a.lines) > maxLines {
		return fmt.Errorf("%q has more than %d lines", path, int64(maxLines))
	}
	for len(a.replaced) < (a.lines+63)/64 {
		a.replaced = append(a.replaced, 0)
	}
	return nil
}

// decide lets the records of a block, with so many lines before it, replace those
// before them that were issued no later.
func (a *running) decide(t *table, issues []issuance, before int) {
	for _, i := range issues {
		a.touched ^= t.touch(i.key)
	}
	for _, i := range issues {
		line := before + int(i.index)
		value := uint64(i.at)<<32 | uint64(line)
		slot, found := t.find(i.key)
		switch {
		case slot < 0: // of the next pass
		case !found:
			t.values[slot] = value
		case value>>32 >= t.values[slot]>>32:
			a.replace(int(t.values[slot] & maxLines))
			t.values[slot] = value
		default:
			a.replace(line)
		}
	}
}

// A program that edits the log in its place can put lines there that a pass before
// did not see: what is said of them may be wrong, and nothing breaks.

func (a *running) replace(line int) {
	if line < a.lines {
		a.replaced[line/64] |= 1 << (line % 64)
	}
}

// lineOf is the number of a line, counted from 0, by its index in a block.
func (a *running) lineOf(p *journal.Block, index int) int { return a.before[p.Index] + index }

// isReplaced tells whether a line, counted from 0, was replaced.
func (a *running) isReplaced(line int) bool {
	return line < a.lines && a.replaced[line/64]>>(line%64)&1 != 0
}

// seconds is a time of the log in Unix seconds, by which the license that was
// issued last is found. Before 1970, or no time at all, is 0; after February 2106
// is the greatest.
func seconds(text string) uint32 { return secondsOf(instant(text)) }

func secondsOf(t time.Time) uint32 { return uint32(min(max(t.Unix(), 0), math.MaxUint32)) }
