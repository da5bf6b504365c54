package creator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
)

func TestPlaces(t *testing.T) {
	home := Home{Disk: fsys.OS, Path: t.TempDir()}
	place := home.Place("notes")
	for path, want := range map[string]string{
		place.Dir:           ".notes-creator",
		place.ProductFile(): ".notes-creator/product.json",
		place.KeyFile():     ".notes-creator/key.env",
		place.SpareFile():   ".notes-creator/spare.env",
		place.Log():         ".notes-creator/issued.jsonl",
	} {
		if path != filepath.Join(home.Path, filepath.FromSlash(want)) {
			t.Errorf("%s, want %s", path, want)
		}
	}
	if _, err := place.Product(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a product without a file: %v", err)
	}
	if _, err := place.ReadKey(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key without a file: %v", err)
	}
}

func TestDefault(t *testing.T) {
	home := Home{Disk: fsys.OS, Path: t.TempDir()}
	if name, err := home.Default(); name != "" || err != nil {
		t.Errorf("%q, %v before one was set", name, err)
	}
	for _, name := range []string{"notes", "maps"} {
		if err := home.SetDefault(name); err != nil {
			t.Fatal(err)
		}
		if got, err := home.Default(); got != name || err != nil {
			t.Errorf("%q, %v, want %q", got, err, name)
		}
	}
}

// TestOpenKey: a key file that others can read is tightened, and said; what is
// no plain file is never read.
func TestOpenKey(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no modes")
	}
	place := Home{Disk: fsys.OS, Path: t.TempDir()}.Place("notes")
	if err := place.Make(func(s string) { t.Error(s) }); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(place.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v, %v", info, err)
	}
	if err := os.WriteFile(place.KeyFile(), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	warn := func(s string) { warnings = append(warnings, s) }
	for range 2 {
		if text, err := place.ReadKey(warn); text != "text" || err != nil {
			t.Fatalf("%q, %v", text, err)
		}
	}
	info, err := os.Stat(place.KeyFile())
	if err != nil || info.Mode().Perm() != 0o600 || len(warnings) != 1 || !strings.Contains(warnings[0], "the key file") {
		t.Errorf("%v, %v, warnings %q", info.Mode(), err, warnings)
	}
	if err := os.Symlink(os.DevNull, place.SpareFile()); err != nil {
		t.Fatal(err)
	}
	if _, err := place.ReadSpare(warn); err == nil {
		t.Error("a device was read as a key")
	}
	if err := os.WriteFile(place.ProductFile(), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := place.Product(); err == nil || !strings.Contains(err.Error(), place.ProductFile()) {
		t.Errorf("an error without the file's name: %v", err)
	}
}

func TestProducts(t *testing.T) {
	home := Home{Disk: fsys.OS, Path: t.TempDir()}
	for _, path := range []string{".notes-creator/product.json", ".maps-creator/product.json", ".empty-creator/key.env", ".Bad-creator/product.json", "atlas-creator/product.json", ".notes/license.json"} {
		path = filepath.Join(home.Path, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := home.Products(); err != nil || strings.Join(names, " ") != "maps notes" {
		t.Errorf("%q, %v", names, err)
	}
	home.Path = filepath.Join(home.Path, "missing")
	if names, err := home.Products(); !errors.Is(err, fs.ErrNotExist) || names != nil {
		t.Errorf("%q, %v", names, err)
	}
}
