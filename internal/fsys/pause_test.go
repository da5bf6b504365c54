package fsys_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
)

func TestPause(t *testing.T) {
	if err := fsys.Pause(t.Context(), time.Nanosecond); err != nil {
		t.Errorf("to its end: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := fsys.Pause(ended, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("in a context that has ended: %v", err)
	}
}
