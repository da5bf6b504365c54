package ledger

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// syncing calls meanwhile while a record is written and not yet durable, and fails
// then.
type syncing struct {
	fsys.FS
	meanwhile func()
}

func (s syncing) OpenFile(name string, flag int, perm fs.FileMode) (fsys.File, error) {
	f, err := s.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return syncingFile{f, s.meanwhile}, nil
}

type syncingFile struct {
	fsys.File
	meanwhile func()
}

func (f syncingFile) Sync() error {
	f.meanwhile()
	return errors.New("the disk is gone")
}

// A record that its mint takes back again is handed out to nobody.
func TestDurableWaitsForTheMintUnderWay(t *testing.T) {
	path := logPath(t)
	if err := issue(t, on(noFault(), path), "", "K-1"); err != nil {
		t.Fatal(err)
	}
	keys := make(chan []string, 1)
	plain := 0
	disk := syncing{faultfs.New(fsys.OS, faultfs.Fault{}), func() {
		s, err := on(fsys.OS, path).Snapshot()
		if err != nil {
			t.Error(err)
		}
		plain = len(keysOf(t, s))
		go func() {
			s, err := on(fsys.OS, path).Durable(context.Background())
			if err != nil {
				t.Error(err)
			}
			keys <- keysOf(t, s)
		}()
	}}
	if err := issue(t, on(disk, path), "", "K-2"); err == nil {
		t.Fatal("a mint succeeded without fsync")
	}
	if got := <-keys; plain != 2 || len(got) != 1 || got[0] != "K-1" {
		t.Errorf("handed out %q; a plain snapshot has %d", got, plain)
	}
}

func TestDurableWithoutALogMakesNothing(t *testing.T) {
	path := logPath(t)
	s, err := on(noFault(), path).Durable(t.Context())
	if err != nil || s.Size() != 0 {
		t.Fatalf("%v", err)
	}
	s.Close()
	if _, err := os.Lstat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory was made: %v", err)
	}
}

func keysOf(t *testing.T, s *Snapshot) (keys []string) {
	defer s.Close()
	for e, err := range s.Records() {
		if err != nil {
			t.Error(err)
		}
		keys = append(keys, e.Record.LicenseKey)
	}
	return keys
}
