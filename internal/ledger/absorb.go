package ledger

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"github.com/dtlic/dtlic/internal/journal"
)

// Absorbed is what came of taking over the lines of another copy of a log.
type Absorbed struct {
	// Added is the number of lines that were added, or would be; Known that of
	// those that stood there already.
	Added, Known int
	// TooLong is the number of lines that are too long to be taken over: no
	// record is.
	TooLong int
}

// Text opens the log's text, as far as it is durable, for copying. It must be closed.
func (l *Ledger) Text(ctx context.Context) (*journal.Snapshot, error) { return l.journal.Durable(ctx) }

// Absorb adds to the log, at its end, the lines of a copy that it lacks, in the
// copy's order, and takes nothing away: a license is the same by its signed text,
// and what is no record by its bytes. Into an empty log the copy goes byte for
// byte. Readers have the log as it was, or with all of them.
//
// With dry nothing is changed; Absorbed says what would be. Memory grows by 16
// bytes for each line of the log.
func (l *Ledger) Absorb(ctx context.Context, other journal.View, dry bool) (Absorbed, error) {
	return absorb(ctx, &l.journal, other, dry, func(existing journal.View, w io.Writer) (done Absorbed, err error) {
		if existing.Size() == 0 {
			done, err = missing(ctx, existing, other, licenseIdentity, func([]byte) error { return nil })
			done.Added, done.TooLong = done.Added+done.TooLong, 0 // these come along
			if err == nil && other.Size() > 0 {
				err = other.CopyTo(w)
			}
			return done, err
		}
		begun := false
		return missing(ctx, existing, other, licenseIdentity, func(line []byte) error {
			if !begun { // not before it is known that there is something to add
				begun = true
				if err := existing.CopyTo(w); err != nil {
					return err
				}
			}
			return writeLine(w, line)
		})
	})
}

// Text opens the file's text, as far as it is durable, for copying. It must be closed.
func (r *Revocations) Text(ctx context.Context) (*journal.Snapshot, error) {
	return r.journal.Durable(ctx)
}

// Absorb is [Ledger.Absorb] for revocations: lines are the same by their bytes, and
// one that is lacked goes behind the last one that is no later by its member "at",
// because the last line about a license key counts. The lines that are lacked are
// held in memory.
func (r *Revocations) Absorb(ctx context.Context, other journal.View, dry bool) (Absorbed, error) {
	return absorb(ctx, &r.journal, other, dry, func(existing journal.View, w io.Writer) (Absorbed, error) {
		var lacked []actLine
		var last time.Time
		done, err := missing(ctx, existing, other, lineIdentity, func(line []byte) error {
			last = timeOf(line, last)
			lacked = append(lacked, actLine{last, bytes.Clone(line)})
			return nil
		})
		if err != nil || len(lacked) == 0 {
			return done, err
		}
		return done, weave(existing, lacked, w)
	})
}

// absorb runs merge, which writes the new text of a journal to its writer, and
// keeps the journal where there is nothing to add.
func absorb(ctx context.Context, j *journal.Journal, other journal.View, dry bool,
	merge func(existing journal.View, w io.Writer) (Absorbed, error),
) (done Absorbed, err error) {
	if dry {
		snapshot, err := j.Snapshot()
		if err != nil {
			return Absorbed{}, err
		}
		defer snapshot.Close()
		return merge(snapshot.View, writerUntil{ctx, io.Discard})
	}
	if other.Size() == 0 {
		return Absorbed{}, nil
	}
	err = j.Rewrite(ctx, func(existing journal.View, w io.Writer) (err error) {
		done, err = merge(existing, writerUntil{ctx, w})
		if err == nil && done.Added == 0 {
			err = journal.ErrKeep
		}
		return err
	})
	if err != nil {
		return Absorbed{}, err
	}
	return done, nil
}

// missing calls add with each line of other that existing lacks. Blank lines are
// none.
func missing(ctx context.Context, existing, other journal.View, identity func([]byte) textSum, add func([]byte) error) (done Absorbed, err error) {
	have, err := identities(ctx, existing, identity)
	if err != nil {
		return Absorbed{}, err
	}
	for line, err := range other.Lines() {
		if errors.Is(err, journal.ErrLongLine) {
			done.TooLong++
			continue
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return Absorbed{}, err
		}
		if len(bytes.TrimSpace(line.Raw)) == 0 {
			continue
		}
		if _, known := slices.BinarySearchFunc(have, identity(line.Raw), textSum.compare); known {
			done.Known++
			continue
		}
		done.Added++
		if err := add(line.Raw); err != nil {
			return Absorbed{}, err
		}
	}
	return done, nil
}

// lineIdentity is that of a line by its bytes.
func lineIdentity(line []byte) textSum { return sumOf(alias(bytes.TrimSpace(line))) }

// licenseIdentity is that of a record by its license's signed text, and of any
// other line by its bytes.
func licenseIdentity(line []byte) textSum {
	var record Record
	if err := parseInto(&record, line); err != nil || record.Blob == "" {
		return lineIdentity(line)
	}
	return lineIdentity([]byte(record.Blob))
}

// identities are those of all lines, sorted.
func identities(ctx context.Context, v journal.View, identity func([]byte) textSum) ([]textSum, error) {
	list := make([]textSum, 0, v.Size()/shortLine)
	for line, err := range v.Lines() {
		if errors.Is(err, journal.ErrLongLine) {
			continue
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		list = append(list, identity(line.Raw))
	}
	slices.SortFunc(list, textSum.compare)
	return list, nil
}

// actLine is a line of revocations, and when it was made.
type actLine struct {
	when time.Time
	raw  []byte
}

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
