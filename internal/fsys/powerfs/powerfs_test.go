package powerfs

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
)

// fixture is a directory with one file that is on the disk.
func fixture(t *testing.T) (*FS, func(...string) string) {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "old"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	disk, err := New(root)
	if err != nil {
		t.Fatal(err)
	}
	return disk, func(names ...string) string { return filepath.Join(append([]string{root}, names...)...) }
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, disk *FS, path, text string) fsys.File {
	t.Helper()
	f, err := disk.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	_, err = f.Write([]byte(text))
	must(t, err)
	return f
}

// left is what a power loss leaves under a name; "absent" for no file.
func left(disk *FS, random *rand.Rand, name string) string {
	text, there := disk.Cut(random)[name]
	if !there {
		return "absent"
	}
	return string(text)
}

func TestOnlyWhatWasSyncedIsLeft(t *testing.T) {
	disk, at := fixture(t)
	check := func(name, want string) {
		t.Helper()
		if got := left(disk, nil, name); got != want {
			t.Errorf("%s: %q is left, want %q", name, got, want)
		}
	}
	check("old", "old")
	f := create(t, disk, at("new"), "text")
	must(t, f.Sync())
	check("new", "absent")
	must(t, disk.SyncDir(at()))
	check("new", "text")
	_, err := f.Write([]byte(" and more"))
	must(t, err)
	check("new", "text")
	must(t, f.Truncate(2))
	must(t, f.Sync())
	check("new", "te")

	must(t, disk.Rename(at("new"), at("old")))
	check("old", "old")
	check("new", "te")
	must(t, disk.SyncDir(at()))
	check("old", "te")
	check("new", "absent")

	must(t, disk.Link(at("old"), at("second")))
	must(t, disk.Remove(at("old")))
	check("old", "te")
	must(t, disk.SyncDir(at()))
	check("old", "absent")
	check("second", "te")
}

// A file whose directory is not on the disk is lost with it.
func TestALostDirectoryTakesItsFilesAlong(t *testing.T) {
	disk, at := fixture(t)
	must(t, disk.Mkdir(at("dir"), 0o700))
	must(t, create(t, disk, at("dir", "file"), "text").Sync())
	must(t, disk.SyncDir(at("dir")))
	if got := left(disk, nil, "dir/file"); got != "absent" {
		t.Errorf("%q is left", got)
	}
	must(t, disk.SyncDir(at()))
	if got := left(disk, nil, "dir/file"); got != "text" {
		t.Errorf("%q is left", got)
	}
}

// With chance in it, what was not synced may be left, in part or as a whole.
func TestWhatMayBeLeft(t *testing.T) {
	disk, at := fixture(t)
	f := create(t, disk, at("new"), "ab")
	must(t, f.Sync())
	_, err := f.Write([]byte("cd"))
	must(t, err)
	random := rand.New(rand.NewPCG(1, 0))
	seen := make(map[string]bool)
	for range 200 {
		seen[left(disk, random, "new")] = true
	}
	for _, want := range []string{"absent", "ab", "abc", "abcd"} {
		if !seen[want] {
			t.Errorf("%q was never left", want)
		}
		delete(seen, want)
	}
	if len(seen) > 0 {
		t.Errorf("left, and never there: %v", seen)
	}
}
