package ledger

import (
	"context"
	"strings"
	"time"

	"github.com/dtlic/dtlic/internal/journal"
)

// Report is what a check found.
type Report struct {
	// Lines and Records count those of the log, Revocations the lines of revoked.jsonl.
	Lines, Records, Revocations int
	// Findings are in the order of the lines, those about revoked.jsonl last: the
	// first thousand errors and the first thousand notes.
	Findings []Finding
	// Counts has the number of all findings by their class.
	Counts map[Class]int
}

// Errors counts the findings that are errors.
func (r *Report) Errors() int { return r.count(func(c Class) bool { return !c.IsNote() }) }

// Notes counts the findings that are notes.
func (r *Report) Notes() int { return r.count(Class.IsNote) }

func (r *Report) count(of func(Class) bool) (n int) {
	for class, count := range r.Counts {
		if of(class) {
			n += count
		}
	}
	return n
}

// Progress is told, from time to time, how many of so many bytes were looked at.
type Progress func(done, all int64)

// Check looks at every line of the log and of its revocations, as they stand now:
// whether it is a record, whether its license is genuine and says the same, and
// whether the records agree with each other. It takes no lock, unless to see
// whether an unfinished last line is being written. progress may be nil.
//
// Memory stays constant, but for some bits a line and the license keys that are
// revoked.
func (l *Ledger) Check(ctx context.Context, judge *Judge, progress Progress) (Report, error) {
	revocations := l.Revocations()
	acts, err := revocations.journal.Snapshot()
	if err != nil {
		return Report{}, err
	}
	defer acts.Close()
	log, err := l.journal.Snapshot()
	if err != nil {
		return Report{}, err
	}
	defer log.Close()
	c := checker{ctx: ctx, judge: judge, progress: progress, log: log.View, history: history{table: newTable(log.Size()/shortLine, true)}}
	for _, step := range []func() error{
		func() error { return c.lookAtActs(acts.View) },
		c.lookAtLog,
		c.lookAtMoreLicenses,
		c.lookAtKeys,
		func() error { return c.settle(&l.journal, TornTail, log.Size()) },
		func() error { return c.settle(&revocations.journal, TornTail.ofRevocations(), acts.Size()) },
	} {
		if err := step(); err != nil {
			return Report{}, err
		}
	}
	c.lookForRevoked()
	c.report.Findings, c.report.Counts = c.found.inOrder(), c.found.counts
	return c.report, nil
}

// checker is one check.
type checker struct {
	ctx      context.Context
	judge    *Judge
	progress Progress
	log      journal.View
	history  history
	report   Report
	found    findings
	issued   time.Time // of the record before
	// wanted are the license keys of revoked.jsonl that were not found in the log
	// yet, each with its last line.
	wanted map[string]int
}

// seen is what is left of a block when its lines were looked at: little, of however
// many lines.
type seen struct {
	findings findings // their lines are counted from 0
	records  []seenRecord
}

// seenRecord is what of a record is compared with others.
type seenRecord struct {
	index  int       // of its line in the block
	key    string    // a part of the block's text
	issued time.Time // the zero time where it is none
	fact   fact
}

// lookAtLog looks at each line by itself, and at the licenses that the history's
// table has room for.
func (c *checker) lookAtLog() error {
	var between findings
	for part, err := range journal.Scan(c.ctx, c.log.Unfinished(), c.lookAtBlock) {
		if err != nil {
			return err
		}
		c.report.Lines += part.Lines
		c.report.Records += len(part.Found.records)
		c.found.addOf(part.First, &part.Found.findings)
		for i := range part.Found.records {
			r := &part.Found.records[i]
			line := part.First + r.index
			delete(c.wanted, r.key)
			c.inOrder(line, r.issued, &between)
			c.history.addLicense(line, &r.fact, &between)
		}
		if c.progress != nil {
			c.progress(part.End(), c.log.Size())
		}
	}
	c.found.merge(&between)
	return nil
}

// lookAtBlock looks at the lines of a block, and their licenses.
func (c *checker) lookAtBlock(p *journal.Block, all *seen) {
	all.findings.reset()
	all.records = all.records[:0]
	for piece := range p.Pieces() {
		l := c.judge.lookAt(piece, true)
		all.findings.add(l.findings...)
		if l.isRecord() {
			all.records = append(all.records, seenRecord{
				piece.Number, l.record.LicenseKey, instant(l.record.IssuedAt), c.history.table.factOf(&l.record),
			})
		}
	}
}

// inOrder tells of a record that was issued before the one above it.
func (c *checker) inOrder(line int, issued time.Time, found *findings) {
	if issued.Before(c.issued) && !issued.IsZero() {
		found.add(Finding{line, OutOfOrder, "it was issued before the license in the record above it"})
	}
	c.issued = issued
}

// lookAtMoreLicenses looks at the licenses that the table had no room for.
func (c *checker) lookAtMoreLicenses() error {
	table := c.history.table
	for table.again() {
		if err := passOver(c, table.factOf, c.history.addLicense); err != nil {
			return err
		}
	}
	return nil
}

// lookAtKeys looks at the license keys, in passes of their own: a table for these
// and one for the licenses would not go into memory together.
func (c *checker) lookAtKeys() error {
	table := c.history.table
	table.restart()
	for first := true; first || table.again(); first = false {
		if err := passOver(c, table.holdingOf, c.history.addKey); err != nil {
			return err
		}
	}
	return nil
}

// passOver reads the records of the log once more, without looking at what was
// looked at before.
func passOver[T any](c *checker, take func(*Record) T, add func(line int, of *T, found *findings)) error {
	type indexed struct {
		index int
		of    T
	}
	var between findings
	for part, err := range journal.Scan(c.ctx, c.log.Unfinished(), func(p *journal.Block, all *[]indexed) {
		*all = (*all)[:0]
		var r Record
		for piece := range p.Pieces() {
			if whole, _, _ := bare(piece.Raw); parseInto(&r, whole) == nil {
				*all = append(*all, indexed{piece.Number, take(&r)})
			}
		}
	}) {
		if err != nil {
			return err
		}
		for i := range part.Found {
			add(part.First+part.Found[i].index, &part.Found[i].of, &between)
		}
	}
	c.found.merge(&between)
	return nil
}

// lookAtActs looks at each line of the revocations.
func (c *checker) lookAtActs(acts journal.View) error {
	c.wanted = make(map[string]int)
	for part, err := range journal.Scan(c.ctx, acts.Unfinished(), func(*journal.Block, *struct{}) {}) {
		if err != nil {
			return err
		}
		c.report.Revocations += part.Lines
		var found findings
		for p := range part.Pieces() {
			l, act := lookAtAct(p)
			found.add(l.findings...)
			if l.isRecord() {
				c.wanted[strings.Clone(act.LicenseKey)] = part.First + p.Number // it is a part of the line
			}
		}
		c.found.addOf(part.First, &found)
	}
	return nil
}

// lookForRevoked tells which license keys of the revocations the log does not know.
func (c *checker) lookForRevoked() {
	var unknown findings
	for key, line := range c.wanted {
		unknown.add(Finding{line, RevokedUnknown, "the log has no license key " + quoted(key)})
	}
	c.found.merge(&unknown)
}

// settle takes the finding about an unfinished last line back where a mint was
// only in the middle of writing it: under the lock nobody is.
func (c *checker) settle(j *journal.Journal, class Class, size int64) error {
	if c.found.counts[class] == 0 {
		return nil
	}
	now := size
	err := j.Update(c.ctx, func(existing journal.View) ([][]byte, error) {
		now = existing.Size()
		return nil, nil
	})
	if err == nil && now != size {
		c.found.drop(class)
		if class == TornTail {
			c.report.Lines--
		} else {
			c.report.Revocations--
		}
	}
	// A log that cannot be locked, as one on a disk that is read only, has nobody
	// who writes it.
	return c.ctx.Err()
}
