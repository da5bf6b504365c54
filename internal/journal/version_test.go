package journal

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
)

// versionOf is the version of a journal as a snapshot has it, and as an update
// under the lock does, which must agree.
func versionOf(t *testing.T, f *fixture) Version {
	t.Helper()
	s, err := f.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	err = f.Update(context.Background(), func(v View) ([][]byte, error) {
		if !v.Version().Same(s.Version()) || !s.Version().Same(v.Version()) {
			t.Error("a snapshot and an update see different versions of one journal")
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Version()
}

func TestVersionTellsEveryChange(t *testing.T) {
	f := newFixture(fsys.OS, filepath.Join(t.TempDir(), "own", "issued.jsonl"))
	versions := []Version{versionOf(t, f)}
	change := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		now := versionOf(t, f)
		for i, former := range versions {
			if now.Same(former) || former.Same(now) {
				t.Errorf("%s: the version is that of step %d", name, i)
			}
		}
		versions = append(versions, now)
	}
	change("the first record", f.add("<1>"))
	change("another record", f.add("<2>"))
	text := read(t, f.Path)
	copied := f.Path + ".new"
	write(t, copied, text)
	change("another file of the same text", os.Rename(copied, f.Path))
	change("a record less", os.Truncate(f.Path, int64(len("<1>\n"))))
	if !(Version{}).Same(versions[0]) {
		t.Error("a missing journal has another version than the zero one")
	}
}
