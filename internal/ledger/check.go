package ledger

import (
	"context"
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
// Memory stays constant, but for the license keys that are revoked.
func (l *Ledger) Check(ctx context.Context, judge *Judge, progress Progress) (Report, error) {
	return l.check(ctx, judge, progress, maxSlots)
}

func (l *Ledger) check(ctx context.Context, judge *Judge, progress Progress, slots int) (Report, error) {
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
	c := checker{ctx: ctx, judge: judge, progress: progress, log: log.View, history: newHistory(slotsFor(log.Size(), slots))}
	for _, step := range []func() error{
		func() error { return c.lookAtActs(acts.View) },
		c.lookAtLog,
		c.lookBetween,
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
	history  *history
	report   Report
	found    findings
	issued   time.Time // of the record before
	// wanted are the license keys of revoked.jsonl that were not found in the log
	// yet, each with its last line.
	wanted map[string]int
}

// seenLine is what is left of a line when it was looked at.
type seenLine struct {
	number   int
	findings []Finding
	// The rest is only there for a record.
	isRecord bool
	key      string
	issued   time.Time // the zero time where it is none
	fact     fact
}

// lookAtLog looks at each line by itself.
func (c *checker) lookAtLog() error {
	var between findings
	var done int64
	err := c.batches(c.judge.lookAtBatch, func(batch lookedAt) {
		for i := range batch.lines {
			line := &batch.lines[i]
			c.report.Lines++
			c.found.add(line.findings...)
			if line.isRecord {
				c.report.Records++
				delete(c.wanted, line.key)
				c.inOrder(line)
				if !c.history.full {
					between.add(c.history.add(&line.fact)...)
				}
			}
		}
		if done += batch.size; c.progress != nil {
			c.progress(done, c.log.Size())
		}
	})
	if err == nil && !c.history.full {
		c.found.merge(&between)
	}
	return err
}

// inOrder tells of a record that was issued before the one above it.
func (c *checker) inOrder(line *seenLine) {
	if line.issued.Before(c.issued) && !line.issued.IsZero() {
		c.found.add(Finding{line.number, OutOfOrder, "it was issued before the license in the record above it"})
	}
	c.issued = line.issued
}

// lookBetween looks for what is wrong between the records of a log that was too
// long for that: one part of it after the other, each in a reading of its own.
func (c *checker) lookBetween() error {
	for parts := 1 + c.report.Records*5/4/capacity(len(c.history.blobs.heads)); c.history.full; parts *= 2 {
		var between findings
		for part := 0; part < parts; part++ {
			c.history.nextPart(part, parts)
			err := c.batches(factsOf, func(batch lookedAt) {
				for i := range batch.lines {
					if !c.history.full {
						between.add(c.history.add(&batch.lines[i].fact)...)
					}
				}
			})
			if err != nil {
				return err
			}
			if c.history.full {
				break
			}
			c.found.merge(&between)
			between = findings{}
		}
	}
	return nil
}

// lookedAt are some lines, and how many bytes they have.
type lookedAt struct {
	lines []seenLine
	size  int64
}

// batches calls look for the lines of the log on several processors, and then use
// for what came of it, in the order of the lines.
func (c *checker) batches(look func([]journal.Piece) lookedAt, use func(lookedAt)) error {
	for batch, err := range inOrder(c.log.Batches(), look) {
		if err == nil {
			err = c.ctx.Err()
		}
		if err != nil {
			return err
		}
		use(batch)
	}
	return nil
}

// lookAtBatch looks at lines and their licenses.
func (j *Judge) lookAtBatch(batch []journal.Piece) (seen lookedAt) {
	seen.lines = make([]seenLine, 0, len(batch))
	for _, p := range batch {
		l := j.lookAt(p, true)
		line := seenLine{number: p.Number, findings: l.findings, isRecord: l.isRecord()}
		if line.isRecord {
			line.key, line.issued, line.fact = l.record.LicenseKey, instant(l.record.IssuedAt), factOf(p.Number, &l.record)
		}
		seen.lines = append(seen.lines, line)
		seen.size += p.Size
	}
	return seen
}

// factsOf reads the records among some lines, without their licenses.
func factsOf(batch []journal.Piece) (seen lookedAt) {
	for _, p := range batch {
		whole, _, _ := bare(p.Raw)
		if r, err := Parse(whole); err == nil {
			seen.lines = append(seen.lines, seenLine{fact: factOf(p.Number, &r)})
		}
	}
	return seen
}

// lookAtActs looks at each line of the revocations.
func (c *checker) lookAtActs(acts journal.View) error {
	c.wanted = make(map[string]int)
	for batch, err := range acts.Batches() {
		if err == nil {
			err = c.ctx.Err()
		}
		if err != nil {
			return err
		}
		for _, p := range batch {
			c.report.Revocations++
			l, act := lookAtAct(p)
			c.found.add(l.findings...)
			if l.isRecord() {
				c.wanted[act.LicenseKey] = p.Number
			}
		}
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
