package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"github.com/dtlic/dtlic/internal/journal"
)

// maxActs bounds the new lines of a merge of revocations, in bytes: they are held in
// memory, and a log of a million licenses has a thousandth of that.
const maxActs = 64 << 20

// MergingActs says what is to be merged into revocations.
type MergingActs struct {
	// Others are the files whose lines are taken over.
	Others []journal.View
	// Copies says that the others are copies of this file, as in [Merging].
	Copies bool
	// DryRun only looks what would be done.
	DryRun bool
}

// MergedActs tells what a merge of revocations did, or would do.
type MergedActs struct {
	// Added is how many lines are new, Duplicates how many of the others' stood in
	// the file, or in one of them, already.
	Added, Duplicates int
	// TooLong is how many lines of a copy are too long to be taken over.
	TooLong int
}

// Merge adds the acts of other logs' revocations that are not among these, byte for
// byte, where their times belong: the last act of a license key counts, whoever made
// it. All or nothing: a line of the others that is no act is an error that joins a
// [*journal.LineError] for each of the first of them, unless they are copies. Lines
// of these stay in their order. Memory grows with the lines of the file.
func (r *Revocations) Merge(ctx context.Context, what MergingActs) (MergedActs, error) {
	if !slices.ContainsFunc(what.Others, func(v journal.View) bool { return v.Size() > 0 }) {
		return MergedActs{}, nil // without a look at what nothing is added to
	}
	m := &actMerge{MergingActs: what, ctx: ctx}
	var err error
	if what.DryRun {
		ours, openErr := r.Snapshot()
		if openErr != nil {
			return MergedActs{}, openErr
		}
		defer ours.Close()
		err = m.write(ours.View, io.Discard)
	} else {
		err = r.journal.Rewrite(ctx, m.write)
	}
	if err != nil && !errors.Is(err, journal.ErrKeep) {
		return MergedActs{}, err
	}
	return m.done, nil
}

// actMerge is a merge of revocations under way.
type actMerge struct {
	MergingActs
	ctx context.Context
	// has are the sums of all lines, once they are there.
	has  map[textSum]bool
	done MergedActs
}

// actLine is a line of revocations, and when it was made.
type actLine struct {
	when time.Time
	raw  []byte
}

// write writes the new text of the file.
func (m *actMerge) write(ours journal.View, w io.Writer) error {
	w = writerUntil{m.ctx, w}
	if m.Copies && len(m.Others) == 1 && ours.Size() == 0 {
		return m.copy(w)
	}
	m.has = make(map[textSum]bool)
	for line, err := range ours.Lines() {
		if err != nil && !errors.Is(err, journal.ErrLongLine) {
			return err
		}
		m.has[lineSum(line.Raw)] = true
	}
	lacked, err := m.lacked()
	if err == nil && len(lacked) == 0 {
		err = journal.ErrKeep
	}
	if err != nil {
		return err
	}
	return weave(ours, lacked, w)
}

// copy writes the only copy as it is, for there is nothing else.
func (m *actMerge) copy(w io.Writer) error {
	for line, err := range m.Others[0].Lines() {
		if err != nil && !errors.Is(err, journal.ErrLongLine) {
			return err
		}
		if err != nil || !isBlank(line.Raw) {
			m.done.Added++
		}
	}
	if m.done.Added == 0 {
		return journal.ErrKeep
	}
	whole, _, err := m.Others[0].WholeLines()
	if err != nil {
		return err
	}
	return whole.CopyTo(w)
}

// lacked are the lines of the others that are not there, each once.
func (m *actMerge) lacked() (list []actLine, err error) {
	var damaged Damage
	size := 0
	for _, other := range m.Others {
		var last time.Time
		for line, err := range other.Lines() {
			if err == nil {
				err = m.check(line, other.Path())
			}
			switch {
			case m.Copies && errors.Is(err, journal.ErrLongLine):
				m.done.TooLong++
			case err != nil && !damaged.Add(err):
				return nil, err
			case err == nil && m.isNew(line.Raw):
				if size += len(line.Raw); size > maxActs {
					return nil, fmt.Errorf("%q has more than %d bytes that are new, which is more than can be merged", other.Path(), maxActs)
				}
				last = timeOf(line.Raw, last)
				list = append(list, actLine{last, bytes.Clone(line.Raw)})
			}
		}
	}
	return list, damaged.Err()
}

// check says why a line of the others is not taken.
func (m *actMerge) check(line journal.Line, path string) error {
	if err := m.ctx.Err(); err != nil || m.Copies || isBlank(line.Raw) {
		return err
	}
	if _, err := ParseAct(line.Raw); err != nil {
		return &journal.LineError{Path: path, Line: line.Number, Err: err}
	}
	return nil
}

// isNew tells whether a line is nowhere yet; blank lines are no lines.
func (m *actMerge) isNew(line []byte) bool {
	if isBlank(line) {
		return false
	}
	sum := lineSum(line)
	if m.has[sum] {
		m.done.Duplicates++
		return false
	}
	m.done.Added++
	m.has[sum] = true
	return true
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }

// lineSum stands for a line by its bytes.
func lineSum(line []byte) textSum { return sumOf(alias(bytes.TrimSpace(line))) }

// weave writes the lines of a view in their order, and each one that is lacked behind
// the last of them that is no later.
func weave(existing journal.View, lacked []actLine, w io.Writer) error {
	slices.SortStableFunc(lacked, func(a, b actLine) int { return a.when.Compare(b.when) })
	behind := make([]int, len(lacked)) // the numbers of lines
	var last time.Time
	for line, err := range existing.Lines() {
		if err != nil {
			return err // a line that cannot be copied must not be lost
		}
		last = timeOf(line.Raw, last)
		i, _ := slices.BinarySearchFunc(lacked, last, func(l actLine, at time.Time) int { return l.when.Compare(at) })
		if i < len(lacked) {
			behind[i] = line.Number
		}
	}
	next, place := 0, 0
	putUpTo := func(number int) error {
		for ; next < len(lacked); next++ {
			if place = max(place, behind[next]); place > number {
				break
			}
			if err := writeLine(w, lacked[next].raw); err != nil {
				return err
			}
		}
		return nil
	}
	if err := putUpTo(0); err != nil {
		return err
	}
	for line, err := range existing.Lines() {
		if err == nil {
			err = writeLine(w, line.Raw)
		}
		if err == nil {
			err = putUpTo(line.Number)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// timeOf is when a revocation was made; where it does not say, when the one before
// it was.
func timeOf(line []byte, before time.Time) time.Time {
	if at := instant(gjson.GetBytes(line, "at").Str); !at.IsZero() {
		return at
	}
	return before
}

func writeLine(w io.Writer, line []byte) error {
	if _, err := w.Write(line); err != nil {
		return err
	}
	_, err := w.Write([]byte{'\n'})
	return err
}

// writerUntil writes until ctx ends.
type writerUntil struct {
	ctx context.Context
	w   io.Writer
}

func (w writerUntil) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}
