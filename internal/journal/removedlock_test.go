package journal

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
)

// A lock file that somebody takes for stale and removes lets nobody in: the log
// is locked as well.
func TestARemovedLockFileLetsNobodyIn(t *testing.T) {
	if !fsys.RemovesOpen {
		t.Skip("an open lock file cannot be removed here")
	}
	for name, first := range map[string]func(f *fixture, meanwhile func()) error{
		"update": func(f *fixture, meanwhile func()) error {
			return f.Update(context.Background(), func(View) ([][]byte, error) {
				meanwhile()
				return [][]byte{[]byte("<2>")}, nil
			})
		},
		"rewrite": func(f *fixture, meanwhile func()) error {
			return f.Rewrite(context.Background(), func(existing View, w io.Writer) error {
				meanwhile()
				if err := existing.CopyTo(w); err != nil {
					return err
				}
				_, err := io.WriteString(w, "<2>\n")
				return err
			})
		},
	} {
		path := logIn(t)
		write(t, path, "<1>\n")
		waits, done := make(chan struct{}, 1), make(chan error, 1)
		second := newFixture(fsys.OS, path)
		second.pause = func(ctx context.Context, d time.Duration) error {
			select {
			case waits <- struct{}{}:
			default:
			}
			return fsys.Pause(ctx, d)
		}
		err := first(newFixture(fsys.OS, path), func() {
			if err := os.Remove(path + ".lock"); err != nil {
				t.Error(err)
			}
			go func() { done <- second.add("<3>") }()
			select {
			case <-waits:
			case err := <-done:
				t.Errorf("%s: another one came in: %v", name, err)
				done <- err
			}
		})
		if err2 := <-done; err != nil || err2 != nil {
			t.Errorf("%s: %v, %v", name, err, err2)
		}
		if got := read(t, path); got != "<1>\n<2>\n<3>\n" {
			t.Errorf("%s: the log holds %q", name, got)
		}
	}
}
