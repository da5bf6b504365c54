package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/dtlic/dtlic/internal/journal"
)

// Renewed is a running license that is to be renewed.
type Renewed struct {
	// Record is its record, as the log had it.
	Record Record
	// Seen is what the log was, at the latest, when the record was looked up.
	Seen journal.Version
}

// BlobHash names a license by its text, as the member replaces does: SHA-256, 64
// lower-case hex digits.
func BlobHash(blob string) string {
	sum := sha256.Sum256([]byte(blob))
	return hex.EncodeToString(sum[:])
}

// Version returns what the log is now. Asked for before a license is looked up,
// it lets [Ledger.Issue] spare itself a second search in a log that nobody has
// written to since.
func (l *Ledger) Version() (journal.Version, error) {
	s, err := l.journal.Snapshot()
	if err != nil {
		return journal.Version{}, err
	}
	defer s.Close()
	return s.Version(), nil
}

// mustStillRun makes sure that a license is still the running one of its license
// key, by the rule of [Snapshot.Ask]. Damaged lines are passed over, as there:
// whoever looked the license up was told of them.
func (l *Ledger) mustStillRun(ctx context.Context, existing journal.View, r *Renewed) error {
	if existing.Version().Same(r.Seen) {
		return nil
	}
	key := r.Record.LicenseKey
	var running Entry
	for entry, err := range issuesOf(ctx, existing, l.Path(), key) {
		if err != nil {
			return fmt.Errorf("cannot tell whether %q was renewed meanwhile: %w", key, err)
		}
		if running.Line == 0 || seconds(entry.Record.IssuedAt) >= seconds(running.Record.IssuedAt) {
			running = entry
		}
	}
	if running.Record.Blob == r.Record.Blob {
		return nil
	}
	if running.Line == 0 {
		return fmt.Errorf("%w: %q stands in %q no longer", ErrSuperseded, key, l.Path())
	}
	return fmt.Errorf("%w: the running license of %q stands in line %d of %q now", ErrSuperseded, key, running.Line, l.Path())
}
