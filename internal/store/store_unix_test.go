//go:build unix

package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/store"
)

func TestCreateExclusiveRefusesADanglingSymlink(t *testing.T) {
	for _, disk := range []fsys.FS{fsys.OS, noLinks{fsys.OS}} {
		dir := t.TempDir()
		link := filepath.Join(dir, "key.env")
		if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil {
			t.Fatal(err)
		}
		if err := store.CreateExclusive(disk, link, newText, 0o600); !errors.Is(err, fs.ErrExist) {
			t.Errorf("error %v", err)
		}
		onlyFile(t, link)
	}
}

func TestModesDoNotDependOnTheUmask(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	for _, perm := range []fs.FileMode{0o600, 0o644} {
		for _, disk := range []fsys.FS{fsys.OS, noLinks{fsys.OS}} {
			path := filepath.Join(t.TempDir(), "f")
			if err := store.CreateExclusive(disk, path, newText, perm); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode() != perm {
				t.Errorf("mode %v, %v; want %v", info.Mode(), err, perm)
			}
		}
	}
}

func TestWriteAtomicReplacesASymlinkAndNoDevice(t *testing.T) {
	dir := t.TempDir()
	target, link, fifo := filepath.Join(dir, "target"), filepath.Join(dir, "link"), filepath.Join(dir, "fifo")
	mustWrite(t, target, oldText)
	if err := errors.Join(os.Symlink(target, link), syscall.Mkfifo(fifo, 0o600)); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, link, newText)
	if got := string(read(t, target)); got != string(oldText) {
		t.Errorf("the link's target holds %q", got)
	}
	for _, path := range []string{fifo, os.DevNull} {
		if err := store.WriteAtomic(fsys.OS, path, newText, 0o600); !errors.Is(err, store.ErrNotPlain) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestASymlinkInTheTempFilesPlaceIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	mustWrite(t, target, oldText)
	if err := os.Symlink(target, filepath.Join(dir, ".license.json.1.tmp")); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, "license.json"), newText)
	if got := string(read(t, target)); got != string(oldText) {
		t.Errorf("the link's target holds %q", got)
	}
}

func TestReadSmallKinds(t *testing.T) {
	dir := t.TempDir()
	file, link, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "fifo")
	mustWrite(t, file, oldText)
	if err := errors.Join(os.Symlink(file, link), syscall.Mkfifo(fifo, 0o600)); err != nil {
		t.Fatal(err)
	}
	strict, follow := store.ReadOptions{RegularOnly: true}, store.ReadOptions{RegularOnly: true, Follow: true}
	for _, c := range []struct {
		path string
		opt  store.ReadOptions
		ok   bool
	}{
		{file, strict, true},
		{link, strict, false},
		{link, store.ReadOptions{}, false},
		{link, follow, true},
		{fifo, strict, false},
		{fifo, follow, false},
		{os.DevNull, follow, false},
		{os.DevNull, store.ReadOptions{}, true},
		{"/dev/zero", store.ReadOptions{Follow: true}, false},
	} {
		_, err := store.ReadSmall(fsys.OS, c.path, 1000, c.opt)
		if c.ok != (err == nil) {
			t.Errorf("%s with %+v: %v", c.path, c.opt, err)
		}
		if err != nil && !errors.Is(err, store.ErrNotPlain) && !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("%s with %+v: %v", c.path, c.opt, err)
		}
	}
}

func TestAFIFOIsReadWhereItIsAllowed(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(fifo, newText, 0) }()
	got, err := store.ReadSmall(fsys.OS, fifo, 1000, store.ReadOptions{})
	if err != nil || string(got) != string(newText) {
		t.Errorf("read %q, %v", got, err)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
}
