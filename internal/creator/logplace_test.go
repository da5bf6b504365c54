package creator

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
)

// TestCheckLog: a log is appended to no other file of ours, by whatever path it is
// named, and lies anywhere else under any name.
func TestCheckLog(t *testing.T) {
	dir := t.TempDir()
	home := Home{Disk: fsys.OS, Path: filepath.Join(dir, "home")}
	p := &dtlic.Product{Name: "notes", Directory: ".notes"}
	for _, own := range []string{".notes-creator", ".notes"} {
		if err := os.MkdirAll(filepath.Join(home.Path, own), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	target, link := home.Place("notes").Dir, filepath.Join(dir, "link")
	if err := os.Symlink(target, link); err != nil || !isSame(link, target) {
		t.Logf("no symbolic links that are followed: %v", err)
	} else if err := home.CheckLog(p, filepath.Join(link, "key.env")); err == nil {
		t.Error("taken through a link to the directory")
	}
	for path, taken := range map[string]bool{
		"home/.notes-creator/issued.jsonl":                      true,
		"home/.notes-creator/second.JSONL":                      true,
		"home/.notes-creator/key.env":                           false,
		"home/.notes-creator/../.notes-creator/key.env":         false,
		"home/.notes-creator/Key.ENV":                           false,
		"home/.notes-creator/issued.jsonl.lock":                 false,
		"home/.notes-creator/issued.jsonl.torn-20261121T120000": false,
		"home/.other-creator/product.json":                      false,
		"home/.notes/license.json":                              false,
		"home/.notes/issued.jsonl":                              true,
		"home/.dtlic/default-product":                           false,
		"home/licenses.log":                                     true,
		"elsewhere/log":                                         true,
	} {
		err := home.CheckLog(p, filepath.Join(dir, filepath.FromSlash(path)))
		if (err == nil) != taken {
			t.Errorf("%s: %v", path, err)
		}
	}
	// Without a home there are no other directories of ours to be known.
	if err := (Home{Disk: fsys.OS}).CheckLog(p, filepath.Join(dir, "licenses.log")); err != nil {
		t.Error(err)
	}
	if err := (Home{Disk: fsys.OS}).CheckLog(p, filepath.Join(home.Path, ".notes-creator", "key.env")); err == nil {
		t.Error("taken where no home is known")
	}
}

// TestCheckLogInside: a relative path counts from the directory that a person is in.
func TestCheckLogInside(t *testing.T) {
	home := Home{Disk: fsys.OS, Path: t.TempDir()}
	place := home.Place("notes")
	if err := place.Make(func(s string) { t.Error(s) }); err != nil {
		t.Fatal(err)
	}
	t.Chdir(place.Dir)
	p := &dtlic.Product{Name: "notes", Directory: ".notes"}
	if err := home.CheckLog(p, "key.env"); err == nil {
		t.Error("key.env is taken")
	}
	if err := home.CheckLog(p, "second.jsonl"); err != nil {
		t.Error(err)
	}
}

func isSame(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
