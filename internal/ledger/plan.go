package ledger

import (
	"io"
	"math/bits"

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

// standing is where a license is: in a whole record, and else, counted from 1, in
// the first of the salvaged ones. rest is that of its fingerprint: a license that
// only looks the same is never taken for it.
type standing struct {
	rest     uint64
	isWhole  bool
	salvaged uint32
}

// look decides about all lines of a file.
func (m mending) look(v journal.View) (plan, error) {
	var p plan
	known := newSeen[standing](slotsFor(v.Size(), m.slots))
	licenses := 0
	full, err := m.lookAtPart(&p, v, known, 0, 1, func(l *mended) {
		p.tally(l)
		licenses += max(1, len(l.salvage))
	})
	for parts := 1 + licenses*5/4/capacity(len(known.heads)); err == nil && full; parts *= 2 {
		p.twice, p.back = nil, nil
		full = false
		for part := 0; part < parts && !full && err == nil; part++ {
			full, err = m.lookAtPart(&p, v, known, part, parts, func(*mended) {})
		}
	}
	p.sum()
	return p, err
}

// lookAtPart decides about the licenses whose fingerprints are in one of so many
// parts. It is full when there were too many to remember.
func (m mending) lookAtPart(p *plan, v journal.View, known *seen[standing], part, parts int, use func(*mended)) (full bool, err error) {
	known.clear()
	salvaged := 0
	put := func(f fingerprint) *standing {
		if m.judge == nil || parts > 1 && f.part(parts) != part {
			return nil
		}
		at, isNew := known.put(f)
		switch {
		case at == nil:
			full = true
		case isNew:
			at.rest = f.rest
		case at.rest != f.rest:
			return &standing{rest: f.rest}
		}
		return at
	}
	err = m.pass(v, func(l *mended) error {
		use(l)
		if l.stays() {
			at := put(l.blob)
			switch {
			case at == nil:
			case at.isWhole:
				p.twice.set(l.piece.Number)
			case at.salvaged > 0:
				p.back.unset(int(at.salvaged) - 1)
			}
			if at != nil {
				at.isWhole = true
			}
			return nil
		}
		for i := range l.salvage {
			s := &l.salvage[i]
			if at := put(fingerprintOf(s.blob)); at != nil && !at.isWhole && at.salvaged == 0 {
				at.salvaged = uint32(salvaged) + 1
				p.back.set(salvaged)
			}
			if s.rebuilt {
				p.rebuilt.set(salvaged)
			}
			salvaged++
		}
		return nil
	})
	return full, err
}

// tally counts a line.
func (p *plan) tally(l *mended) {
	p.done.Lines++
	switch {
	case !l.stays():
		p.done.SetAside++
		if len(p.done.Moved) < maxFindings {
			p.done.Moved = append(p.done.Moved, l.damage)
		}
	case l.trimmed:
		p.trimmed.set(l.piece.Number)
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
		p.trimmed.unset(line)
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
	err := m.pass(v, func(l *mended) error {
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

// bitset is a set of numbers from 0 on, in a bit each.
type bitset []uint64

func (b *bitset) set(n int) {
	for len(*b) <= n/64 {
		*b = append(*b, 0)
	}
	(*b)[n/64] |= 1 << (n % 64)
}

func (b bitset) unset(n int) {
	if n/64 < len(b) {
		b[n/64] &^= 1 << (n % 64)
	}
}

func (b bitset) has(n int) bool { return n/64 < len(b) && b[n/64]&(1<<(n%64)) != 0 }

// all yields the numbers in their order.
func (b bitset) all() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i, word := range b {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}
