package ledger

import (
	"io"
	"math"

	"github.com/dtlic/dtlic/internal/journal"
)

// plan says what is to become of each line of a file.
type plan struct {
	done Repaired
	// twice has the numbers of whole records whose license stands in a line before,
	// and trimmed those of lines that lose a byte-order mark or a carriage return.
	twice, trimmed bitset
	// back has the salvaged records that are put back, and rebuilt those that were
	// made anew; they are counted from 0 in the order of the file.
	back, rebuilt bitset
}

// A table keeps where a license is: in its lower half [inWhole] for a whole record,
// and else, counted from 1, which of the salvaged ones is its first. The upper half
// is [licenseID].rest: a license that only looks the same is never taken for it.
const inWhole = math.MaxUint32

// look decides about all lines of a file.
func (m mending) look(v journal.View) (p plan, err error) {
	known := newTable(v.Size()/shortLine, true)
	for first := true; first || known.again(); first = false {
		salvaged := 0
		err := m.pass(v, known, func(l *mended) error {
			if first {
				p.tally(l)
			}
			if m.judge == nil {
				return nil
			}
			if l.stays() {
				p.keep(known, l)
			}
			for i := range l.salvage {
				p.bringBack(known, &l.salvage[i], salvaged)
				salvaged++
			}
			return nil
		})
		if err != nil {
			return p, err
		}
	}
	p.sum()
	return p, nil
}

// keep decides about a whole record.
func (p *plan) keep(known *table, l *mended) {
	slot, found := known.find(l.license.key)
	if slot < 0 {
		return
	}
	rest, salvaged := known.values[slot]>>32, known.values[slot]&inWhole
	switch {
	case found && uint32(rest) != l.license.rest:
		return
	case found && salvaged == inWhole:
		p.twice.add(l.piece.Number)
	case found:
		p.back.remove(int(salvaged) - 1)
	}
	known.values[slot] = uint64(l.license.rest)<<32 | inWhole
}

// bringBack decides about the nth of the salvaged records.
func (p *plan) bringBack(known *table, s *salvaged, n int) {
	if s.rebuilt {
		p.rebuilt.add(n)
	}
	license := known.license(s.blob)
	if slot, found := known.find(license.key); slot >= 0 && !found {
		known.values[slot] = uint64(license.rest)<<32 | uint64(n+1)
		p.back.add(n)
	}
}

// tally counts lines.
func (p *plan) tally(l *mended) {
	p.done.Lines += l.lines
	switch {
	case !l.stays():
		p.done.SetAside += l.lines
		p.done.Moved = addFirst(p.done.Moved, 0, l.damage)
	case l.trimmed:
		p.trimmed.add(l.piece.Number)
	}
}

// sum counts what all lines together come to.
func (p *plan) sum() {
	d := &p.done
	for line := range p.twice.all() {
		d.Duplicates++
		if len(d.Moved) < 2*maxFindings {
			d.Moved = append(d.Moved, Finding{line, SameLicense, "the same license stands in a line before"})
		}
		p.trimmed.remove(line)
	}
	d.Moved = firstOf(d.Moved)
	for range p.trimmed.all() {
		d.Trimmed++
	}
	for n := range p.back.all() {
		d.Recovered++
		if p.rebuilt.has(n) {
			d.Rebuilt++
		}
	}
	d.SetAside += d.Duplicates
	d.Kept = d.Lines - d.SetAside
}

// write writes what stays of a file to w, and what leaves it into a file beside,
// which is durable when write returns.
func (m mending) write(p *plan, j *journal.Journal, v journal.View, w io.Writer) error {
	salvaged := 0
	var aside *journal.Aside
	put := func(line []byte) error {
		_, err := w.Write(append(line[:len(line):len(line)], '\n'))
		return err
	}
	leave := func(piece journal.Piece) (err error) {
		if aside == nil {
			if aside, err = j.Aside(asideKind); err != nil {
				return err
			}
		}
		return v.Copy(aside, piece)
	}
	err := m.pass(v, nil, func(l *mended) error {
		if l.stays() && !p.twice.has(l.piece.Number) {
			return put(l.whole)
		}
		if err := leave(l.piece); err != nil {
			return err
		}
		for _, s := range l.salvage {
			salvaged++
			if p.back.has(salvaged - 1) {
				if err := put(s.line); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if aside == nil {
		return err
	}
	if err == nil {
		err = aside.Keep()
	}
	if err != nil {
		return aside.Discard(err)
	}
	p.done.Aside = aside.Path()
	return nil
}
