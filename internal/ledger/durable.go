package ledger

import (
	"context"

	"github.com/dtlic/dtlic/internal/journal"
)

// Durable is [Ledger.Snapshot] for whoever hands licenses out: without one whose
// mint has written it and not yet made it durable, and may take it back. It waits
// for that mint.
func (l *Ledger) Durable(ctx context.Context) (*Snapshot, error) {
	return l.snapshot(func() (*journal.Snapshot, error) { return l.journal.Durable(ctx) })
}
