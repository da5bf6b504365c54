package ledger

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dtlic/dtlic/internal/journal"
)

// maxActs bounds the revocations that are merged, in bytes: they are held in
// memory, and a log of a million licenses has a thousandth of that.
const maxActs = 64 << 20

// Merge adds the acts of other logs' revocations that are not among these, byte for
// byte, where their times belong: the last act of a license key counts, whoever made
// it. added is how many are new. All or nothing: a line of the others that is no act
// is an error that joins a [*journal.LineError] for each of the first of them. Lines
// of these stay in their order. With dryRun nothing is written.
func (r *Revocations) Merge(ctx context.Context, others []*Revocations, dryRun bool) (added int, err error) {
	var theirs bytes.Buffer
	has := make(map[textSum]bool)
	for _, other := range others {
		if err := other.read(&theirs, has); err != nil {
			return 0, err
		}
	}
	view := journal.NewView("the other revocations", bytes.NewReader(theirs.Bytes()), int64(theirs.Len()))
	done, err := r.Absorb(ctx, view, dryRun)
	return done.Added, err
}

// read appends the lines of all acts of a file that is merged into another to a text,
// but for those that it has.
func (r *Revocations) read(text *bytes.Buffer, has map[textSum]bool) error {
	var damaged Damage
	for line, err := range r.journal.Lines() {
		if err == nil && len(bytes.TrimSpace(line.Raw)) == 0 {
			continue
		}
		if err == nil {
			if _, err = ParseAct(line.Raw); err != nil {
				err = &journal.LineError{Path: r.Path(), Line: line.Number, Err: err}
			}
		}
		if err != nil {
			if !damaged.Add(err) {
				return err
			}
			continue
		}
		id := lineIdentity(line.Raw)
		if has[id] {
			continue
		}
		has[id] = true
		if text.Len()+len(line.Raw) > maxActs {
			return fmt.Errorf("%q has more than %d bytes, which is more than can be merged", r.Path(), maxActs)
		}
		text.Write(line.Raw)
		text.WriteByte('\n')
	}
	return damaged.Err()
}
