package creator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// homeWith is a home whose product notes has a file of this text.
func homeWith(t *testing.T, disk fsys.FS, text string) Home {
	t.Helper()
	home := Home{Disk: disk, Path: t.TempDir()}
	place := home.Place("notes")
	if err := errors.Join(os.Mkdir(place.Dir, 0o700), os.WriteFile(place.ProductFile(), []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	return home
}

// Every call fails in turn, once alone and once with all that follow: the product
// file is the former one or the new one, and where it is the new one the former
// is kept. The lock is free afterwards.
func TestChangeProductFaults(t *testing.T) {
	const former, text = `{"former":1}`, `{"text":2}`
	change := func([]byte) ([]byte, error) { return []byte(text), nil }
	for _, fault := range []faultfs.Fault{{Err: syscall.EIO}, {Err: syscall.ENOSPC, Short: true}, {Err: syscall.EIO, Short: true, Crash: true}} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			disk := faultfs.New(fsys.OS, fault)
			home := homeWith(t, disk, former)
			place := home.Place("notes")
			err := home.ChangeProduct(t.Context(), "notes", change)
			now, readErr := os.ReadFile(place.ProductFile())
			kept, _ := os.ReadFile(place.FormerFile())
			switch {
			case readErr != nil || string(now) != former && string(now) != text:
				t.Fatalf("%+v: %q, %v", fault, now, readErr)
			case string(now) == text && string(kept) != former:
				t.Fatalf("%+v: the former file is lost, kept is %q", fault, kept)
			case err == nil && string(now) != text:
				t.Fatalf("%+v: done, and it holds %q", fault, now)
			}
			next := Home{Disk: fsys.OS, Path: home.Path, pause: func(context.Context, time.Duration) error {
				return errors.New("the lock is still held")
			}}
			if err := next.ChangeProduct(t.Context(), "notes", change); err != nil {
				t.Fatalf("%+v: the next run: %v", fault, err)
			}
			entries, err := os.ReadDir(place.Dir)
			if err != nil || len(entries) != 2 {
				t.Fatalf("%+v: %v are left, %v", fault, entries, err)
			}
			if disk.Injected() == 0 {
				break
			}
			injected++
		}
		if injected < 15 {
			t.Errorf("%d faults injected: the file system is not asked", injected)
		}
	}
}

// Nothing is written where there is no change, or the change fails.
func TestChangeProductLeavesItAlone(t *testing.T) {
	home := homeWith(t, fsys.OS, "theirs")
	failure := errors.New("no")
	for _, want := range []error{nil, failure} {
		err := home.ChangeProduct(t.Context(), "notes", func(now []byte) ([]byte, error) {
			if string(now) != "theirs" {
				t.Errorf("given %q", now)
			}
			return nil, want
		})
		if err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	place := home.Place("notes")
	if now, err := os.ReadFile(place.ProductFile()); err != nil || string(now) != "theirs" {
		t.Errorf("%q, %v", now, err)
	}
	if there, err := place.Exists(place.FormerFile()); there || err != nil {
		t.Errorf("a former file: %v", err)
	}
	err := home.ChangeProduct(t.Context(), "maps", func([]byte) ([]byte, error) {
		t.Error("called without a file")
		return nil, nil
	})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
}

// Many changes at once are all in the file afterwards, each once.
func TestManyChangesAtOnce(t *testing.T) {
	const writers, rounds = 8, 8
	home := homeWith(t, faultfs.New(fsys.OS, faultfs.Fault{}), "") // without its slow fsync
	var done sync.WaitGroup
	for w := range writers {
		done.Go(func() {
			for r := range rounds {
				err := home.ChangeProduct(t.Context(), "notes", func(now []byte) ([]byte, error) {
					return fmt.Appendf(now, "<%d.%d>", w, r), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	now, err := home.Place("notes").ProductText()
	if err != nil {
		t.Fatal(err)
	}
	for w := range writers {
		for r := range rounds {
			if one := fmt.Sprintf("<%d.%d>", w, r); strings.Count(string(now), one) != 1 {
				t.Errorf("%s stands %d times in %s", one, strings.Count(string(now), one), now)
			}
		}
	}
}
