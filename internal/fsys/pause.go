package fsys

import (
	"context"
	"time"
)

// Pause waits between two tries for a lock: for a time, or for the end of the
// context, whose error it returns then.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
