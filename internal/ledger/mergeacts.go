package ledger

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/dtlic/dtlic/internal/journal"
)

// maxActs bounds the revocations that are merged, in bytes: they are held in
// memory, and a log of a million licenses has a thousandth of that.
const maxActs = 64 << 20

// actLine is a line of revocations, and when it was written.
type actLine struct {
	when time.Time
	raw  []byte
}

// Merge adds the acts of other logs' revocations that are not among these,
// byte for byte, and orders all of them by their times: the last act of a license
// key counts, whoever made it. added is how many are new. All or nothing: a line of
// the others that is no act is an error that joins a [*journal.LineError] for
// each of the first of them. Lines of these that are none stay behind the line
// that they stand behind. With dryRun nothing is written.
func (r *Revocations) Merge(ctx context.Context, others []*Revocations, dryRun bool) (added int, err error) {
	var theirs []actLine
	for _, other := range others {
		lines, err := other.read()
		if err != nil {
			return 0, err
		}
		theirs = append(theirs, lines...)
	}
	if len(theirs) == 0 {
		return 0, nil
	}
	if dryRun {
		snapshot, err := r.journal.Snapshot()
		if err != nil {
			return 0, err
		}
		defer snapshot.Close()
		_, added, err = r.union(snapshot.View, theirs)
		return added, err
	}
	err = r.journal.Rewrite(ctx, func(existing journal.View, w io.Writer) error {
		var all []actLine
		if all, added, err = r.union(existing, theirs); err != nil {
			return err
		}
		if added == 0 {
			return journal.ErrKeep
		}
		for _, l := range all {
			if _, err := w.Write(append(l.raw, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// read reads all acts of a file that is merged into another.
func (r *Revocations) read() (lines []actLine, err error) {
	var damaged Damage
	size := 0
	for line, err := range r.journal.Lines() {
		var act Act
		if err == nil && len(bytes.TrimSpace(line.Raw)) == 0 {
			continue
		}
		if err == nil {
			if act, err = ParseAct(line.Raw); err != nil {
				err = &journal.LineError{Path: r.Path(), Line: line.Number, Err: err}
			}
		}
		if err != nil {
			if !damaged.Add(err) {
				return nil, err
			}
			continue
		}
		if size += len(line.Raw); size > maxActs {
			return nil, tooManyActs(r.Path())
		}
		when, _ := time.Parse(time.RFC3339, act.At) // ParseAct takes no other
		lines = append(lines, actLine{when, bytes.Clone(line.Raw)})
	}
	return lines, damaged.Err()
}

func tooManyActs(path string) error {
	return fmt.Errorf("%q has more than %d bytes, which is more than can be merged", path, maxActs)
}

// union is what stands in the file and those of the others that are new, in the
// order of their times.
func (r *Revocations) union(existing journal.View, theirs []actLine) (all []actLine, added int, err error) {
	known := make(map[string]bool)
	var last time.Time
	size := 0
	for line, err := range existing.Lines() {
		if err != nil {
			return nil, 0, err // too long to be held, and not to be lost
		}
		if size += len(line.Raw); size > maxActs {
			return nil, 0, tooManyActs(r.Path())
		}
		if act, err := ParseAct(line.Raw); err == nil {
			last, _ = time.Parse(time.RFC3339, act.At) // ParseAct takes no other
		}
		all = append(all, actLine{last, bytes.Clone(line.Raw)})
		known[string(line.Raw)] = true
	}
	for _, l := range theirs {
		if !known[string(l.raw)] {
			known[string(l.raw)] = true
			all = append(all, l)
			added++
		}
	}
	slices.SortStableFunc(all, func(a, b actLine) int { return a.when.Compare(b.when) })
	return all, added, nil
}
