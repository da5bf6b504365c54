package creator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
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

// Every call fails in turn, once alone and once with all that follow: the product
// file is the former one or the new one, and where it is the new one the former
// is kept. What somebody else wrote meanwhile is never lost.
func TestReplaceProductFaults(t *testing.T) {
	const former, text = `{"former":1}`, `{"text":2}`
	for _, fault := range []faultfs.Fault{{Err: syscall.EIO}, {Err: syscall.ENOSPC, Short: true}, {Err: syscall.EIO, Short: true, Crash: true}} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			disk := faultfs.New(fsys.OS, fault)
			place := Home{Disk: disk, Path: t.TempDir()}.Place("notes")
			real := Place{fsys.OS, place.Dir}
			if err := errors.Join(os.Mkdir(place.Dir, 0o700), os.WriteFile(place.ProductFile(), []byte(former), 0o600)); err != nil {
				t.Fatal(err)
			}
			err := place.ReplaceProduct([]byte(former), []byte(text))
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
			if err := real.ReplaceProduct(now, []byte(text)); err != nil {
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
		if injected < 10 {
			t.Errorf("%d faults injected: the file system is not asked", injected)
		}
	}
}

func TestReplaceProductOfAnother(t *testing.T) {
	place := Home{Disk: fsys.OS, Path: t.TempDir()}.Place("notes")
	if err := errors.Join(os.Mkdir(place.Dir, 0o700), os.WriteFile(place.ProductFile(), []byte("theirs"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := place.ReplaceProduct([]byte("former"), []byte("ours")); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	if now, err := os.ReadFile(place.ProductFile()); err != nil || string(now) != "theirs" {
		t.Errorf("%q, %v", now, err)
	}
}
