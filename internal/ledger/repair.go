package ledger

import (
	"context"
	"fmt"
	"io"

	"github.com/dtlic/dtlic/internal/journal"
)

// Repaired says what a repair does to a file, or did.
type Repaired struct {
	// Path is the file.
	Path string
	// Lines counts its lines before, and Kept those that stay, byte for byte but
	// for byte-order marks and carriage returns.
	Lines, Kept int
	// SetAside counts the lines that leave the file, and Moved has the first
	// thousand of them.
	SetAside int
	Moved    []Finding
	// Duplicates counts those among them whose license stands in a line before.
	Duplicates int
	// Recovered counts the records that were had back from lines that leave, and
	// Rebuilt those among them that were made anew from their licenses.
	Recovered, Rebuilt int
	// Trimmed counts the lines that lose a byte-order mark or a carriage return.
	Trimmed int
	// Aside is the file that lines went to; "" where none did yet.
	Aside string
}

// IsNothing tells that there is nothing to repair.
func (r *Repaired) IsNothing() bool { return r.SetAside == 0 && r.Trimmed == 0 }

// Repair moves every line that is no record into a new file beside the log, and
// puts back what can be had of it: whole records that stand in it, and, made anew,
// the records of genuine licenses in it that stand nowhere else. A license that
// stands in several lines stays in the first. Whole records stay as they are, in
// their order, whatever is wrong with their licenses, unless strict says that these
// too are to leave: those with an error of their own in [Ledger.Check].
//
// The file beside is durable before the log is replaced. After an error the log is
// as it was, unless the error says otherwise. Where there is nothing to repair the
// log is not touched. Memory stays constant, but for two bits a line.
func (l *Ledger) Repair(ctx context.Context, judge *Judge, strict bool, progress Progress) (Repaired, error) {
	return mending{ctx: ctx, judge: judge, strict: strict, progress: progress}.repair(&l.journal)
}

// PlanRepair tells what [Ledger.Repair] would do to the log as it stands now.
func (l *Ledger) PlanRepair(ctx context.Context, judge *Judge, strict bool, progress Progress) (Repaired, error) {
	return mending{ctx: ctx, judge: judge, strict: strict, progress: progress}.plan(&l.journal)
}

// Repair moves every line that is none of revoked.jsonl into a new file beside it.
// The rest is as with [Ledger.Repair].
func (r *Revocations) Repair(ctx context.Context) (Repaired, error) {
	return mending{ctx: ctx}.repair(&r.journal)
}

// PlanRepair tells what [Revocations.Repair] would do to the file as it stands now.
func (r *Revocations) PlanRepair(ctx context.Context) (Repaired, error) {
	return mending{ctx: ctx}.plan(&r.journal)
}

// mending is how a file is mended.
type mending struct {
	ctx context.Context
	// judge is nil for the revocations, whose lines may repeat each other and
	// cannot be had back.
	judge    *Judge
	strict   bool
	progress Progress
}

// asideKind is in the names of the files that a repair makes.
const asideKind = "set-aside"

func (m mending) plan(j *journal.Journal) (Repaired, error) {
	s, err := j.Snapshot()
	if err != nil {
		return Repaired{}, err
	}
	defer s.Close()
	p, err := m.look(s.View)
	p.done.Path = j.Path
	return p.done, err
}

func (m mending) repair(j *journal.Journal) (Repaired, error) {
	var p plan
	err := j.Mend(m.ctx, func(existing journal.View, w io.Writer) (err error) {
		if p, err = m.look(existing); err != nil {
			return err
		}
		if p.done.IsNothing() {
			return journal.ErrKeep
		}
		return m.write(&p, j, existing, w)
	})
	if err != nil && p.done.Aside != "" {
		// Nobody can tell whether the log was replaced, so this file stays.
		err = fmt.Errorf("%w; the lines that were to leave are in %q too", err, p.done.Aside)
	}
	p.done.Path = j.Path
	return p.done, err
}

// mended is what is to become of a line, or of several one behind the other that
// leave and of which nothing can be had: a block may have a hundred thousand of
// these. Its texts are parts of the block's.
type mended struct {
	// piece is the line, or the first of several with the size of all of them.
	piece journal.Piece
	lines int
	// whole is the line as it stays; nil where it leaves.
	whole   []byte
	trimmed bool
	license licenseID
	salvage []salvaged
	// damage is why the lines leave, as far as that is told.
	damage []Finding
}

func (m *mended) stays() bool { return m.whole != nil }

// mendBlock decides about the lines of a block, each by itself.
func (m mending) mendBlock(p *journal.Block, known *table, all []mended) []mended {
	told := 0
	for piece := range p.Pieces() {
		line, damage := m.mend(piece, known)
		if n := len(all); n > 0 && line.isLost() && all[n-1].isLost() {
			all[n-1].piece.Size += piece.Size
			all[n-1].lines++
		} else {
			all = append(all, line)
		}
		if last := &all[len(all)-1]; !last.stays() && told < maxFindings {
			told++
			last.damage = append(last.damage, damage)
		}
	}
	return all
}

// isLost tells that nothing of it can be had back.
func (m *mended) isLost() bool { return !m.stays() && len(m.salvage) == 0 }

// mend decides about a line by itself, and tells why it leaves.
func (m mending) mend(p journal.Piece, known *table) (line mended, damage Finding) {
	l := m.lookAt(p)
	line = mended{piece: p, lines: 1, salvage: l.salvage}
	if !l.isRecord() {
		return line, l.findings[0]
	}
	line.whole, line.trimmed = l.whole, len(l.whole) != len(p.Raw)
	if m.judge != nil && known != nil {
		line.license = known.license(l.record.Blob)
	}
	return line, Finding{}
}

func (m mending) lookAt(p journal.Piece) look {
	if m.judge == nil {
		l, _ := lookAtAct(p)
		return l
	}
	l := m.judge.lookAt(p, m.strict)
	if !l.isRecord() || !m.strict {
		return l
	}
	for _, f := range l.findings {
		if f.Class.IsMendedStrictly() {
			// What the license says is had back; the record is not whole any more.
			l.damage, l.findings = f.Class, []Finding{f}
			l.salvage = m.judge.salvage(l.whole, true)
			break
		}
	}
	return l
}

// pass looks at all lines of a file, in their order. The table, where there is one,
// says what stands for their licenses.
func (m mending) pass(v journal.View, known *table, use func(*mended) error) error {
	for part, err := range journal.Scan(m.ctx, v.Unfinished(), func(p *journal.Block, all *[]mended) {
		*all = m.mendBlock(p, known, (*all)[:0])
	}) {
		if err != nil {
			return err
		}
		for i := range part.Found {
			l := &part.Found[i]
			l.piece.Number += part.First
			for n := range l.damage {
				l.damage[n].Line += part.First
			}
			if err := use(l); err != nil {
				return err
			}
		}
		if m.progress != nil {
			m.progress(part.End(), v.Size())
		}
	}
	return nil
}
