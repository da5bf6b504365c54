package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/store"
)

func TestWriteAtomicMakesPrivatePlaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "license.json")
	mustWrite(t, path, newText)
	for _, p := range []string{path, filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
		if info, err := os.Stat(p); err != nil || fsys.TooOpen(info) {
			t.Errorf("%q is %v, %v", p, info, err)
		}
	}
	onlyFile(t, path)
}

func TestWriteAtomicRefusesADirectory(t *testing.T) {
	err := store.WriteAtomic(fsys.OS, t.TempDir(), newText, 0o600)
	if !errors.Is(err, store.ErrNotPlain) || !strings.Contains(err.Error(), "it is a directory") {
		t.Errorf("error %v", err)
	}
}

func TestLeftoversOfDeadRunsAreRemovedAndLiveOnesStay(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "license.json")
	dead, live := filepath.Join(dir, ".license.json.7.tmp"), filepath.Join(dir, ".license.json.1.tmp")
	others := []string{".license.json.x.tmp", ".other.json.1.tmp", ".license.json.01.tmp", "license.json.1.tmp"}
	for _, name := range append(others, filepath.Base(dead)) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := fsys.OS.OpenFile(live, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if ok, err := f.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	mustWrite(t, path, newText)
	if _, err := os.Lstat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the dead run's file is still there: %v", err)
	}
	for _, name := range append(others, filepath.Base(live)) {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, path, newText)
	if _, err := os.Lstat(live); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there after its writer closed it: %v", err)
	}
}

func TestManyWritersLeaveOneWholeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "license.json")
	var wg sync.WaitGroup
	for w := range 8 {
		text := bytes.Repeat([]byte{byte('a' + w)}, 5000+w)
		wg.Go(func() {
			for range 25 {
				if err := store.WriteAtomic(fsys.OS, path, text, 0o600); err != nil {
					t.Error(err)
				}
				got, err := store.ReadSmall(fsys.OS, path, 1<<20, store.ReadOptions{})
				if err != nil || len(got) != 5000+int(got[0]-'a') || len(bytes.Trim(got, string(got[:1]))) != 0 {
					t.Errorf("read %d bytes, %v", len(got), err)
				}
			}
		})
	}
	wg.Wait()
	mustWrite(t, path, newText)
	onlyFile(t, path)
}

// An error of the function that writes is the caller's own, and nothing is left.
func TestCreateFromKeepsNothingOfWhatFailed(t *testing.T) {
	refuse := errors.New("refused")
	for _, disk := range []fsys.FS{fsys.OS, noLinks{fsys.OS}} {
		dir := t.TempDir()
		path := filepath.Join(dir, "notes.age")
		err := store.CreateFrom(disk, path, 0o600, func(w io.Writer) error {
			_, err := w.Write(newText)
			return errors.Join(err, refuse)
		})
		if !errors.Is(err, refuse) {
			t.Errorf("error %v", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("left: %v, %v", left, err)
		}
		err = store.CreateFrom(disk, path, 0o600, func(w io.Writer) error {
			for part := range slices.Chunk(newText, 5) {
				if _, err := w.Write(part); err != nil {
					return err
				}
			}
			return nil
		})
		if got := read(t, path); err != nil || !bytes.Equal(got, newText) {
			t.Errorf("%q, %v", got, err)
		}
		onlyFile(t, path)
	}
}

func TestCreateExclusiveHasOneWinner(t *testing.T) {
	for _, disk := range []fsys.FS{fsys.OS, noLinks{fsys.OS}} {
		path := filepath.Join(t.TempDir(), "key.env")
		results := make([]error, 8)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() { results[i] = store.CreateExclusive(disk, path, fmt.Appendf(nil, "writer %d", i), 0o600) })
		}
		wg.Wait()
		winner := -1
		for i, err := range results {
			switch {
			case err == nil && winner < 0:
				winner = i
			case err == nil:
				t.Errorf("%d and %d both created the file", winner, i)
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		}
		if got := string(read(t, path)); got != fmt.Sprintf("writer %d", winner) {
			t.Errorf("writer %d won, but the file holds %q", winner, got)
		}
		onlyFile(t, path)
	}
}

func TestCreateExclusiveNeedsItsDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent", "key.env")
	if err := store.CreateExclusive(fsys.OS, path, newText, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "license.json")
	if err := store.Remove(fsys.OS, path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	mustWrite(t, path, newText)
	disk := faultfs.New(fsys.OS, faultfs.Fault{})
	if err := store.Remove(disk, path); err != nil || disk.Count(faultfs.OpSyncDir) != 1 {
		t.Errorf("error %v after %q", err, disk.Calls())
	}
}

func TestReadSmallLimits(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	mustWrite(t, path, []byte("12345"))
	for limit, fits := range map[int64]bool{4: false, 5: true, 6: true} {
		data, err := store.ReadSmall(fsys.OS, path, limit, store.ReadOptions{})
		if fits != (err == nil) || fits != (string(data) == "12345") || !fits && !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("limit %d: %q, %v", limit, data, err)
		}
	}
	if _, err := store.ReadSmall(fsys.OS, filepath.Join(dir, "absent"), 5, store.ReadOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if _, err := store.ReadSmall(fsys.OS, dir, 5, store.ReadOptions{Follow: true}); !errors.Is(err, store.ErrNotPlain) {
		t.Errorf("a directory: %v", err)
	}
}
