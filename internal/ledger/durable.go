package ledger

import "context"

// Durable is [Ledger.Snapshot] for whoever hands licenses out: without one whose
// mint has written it and not yet made it durable, and may take it back. It waits
// for that mint.
func (l *Ledger) Durable(ctx context.Context) (*Snapshot, error) {
	s, err := l.journal.Durable(ctx)
	if err != nil {
		return nil, err
	}
	return &Snapshot{s, l.Path()}, nil
}
