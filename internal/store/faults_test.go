package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/store"
)

var (
	oldText = []byte("the old content\n")
	newText = []byte("the new content, which is longer\n")
)

// kinds are the ways in which a call fails.
var kinds = map[string]faultfs.Fault{
	"error":       {Err: syscall.EIO},
	"full disk":   {Err: syscall.ENOSPC, Short: true},
	"kill":        {Crash: true},
	"kill, short": {Crash: true, Short: true},
}

// eachFault runs try with every call failing in turn, until a run meets no
// fault, and makes sure that at least atLeast faults were met.
func eachFault(t *testing.T, atLeast int, try func(t *testing.T, disk *faultfs.FS, kind string)) {
	t.Helper()
	for kind, fault := range kinds {
		injected := 0
		for n := 1; ; n++ {
			fault.At = n
			disk := faultfs.New(fsys.OS, fault)
			try(t, disk, kind)
			if t.Failed() {
				t.Fatalf("%s at call %d of %q", kind, n, disk.Calls())
			}
			if disk.Injected() == 0 {
				break
			}
			injected++
		}
		t.Logf("%s: %d faults", kind, injected)
		if injected < atLeast {
			t.Errorf("%s: only %d faults were injected", kind, injected)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return data
}

// onlyFile makes sure that a directory holds one file and no leftovers.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	names, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(names) != 1 || names[0].Name() != filepath.Base(path) {
		t.Errorf("the directory holds %v, %v", names, err)
	}
}

func temps(t *testing.T, dir string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, ".*.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func TestWriteAtomicSurvivesEveryFault(t *testing.T) {
	for _, before := range [][]byte{nil, oldText} {
		eachFault(t, 10, func(t *testing.T, disk *faultfs.FS, kind string) {
			path := filepath.Join(t.TempDir(), "sub", "license.json")
			if before != nil {
				mustWrite(t, path, before)
			}
			err := store.WriteAtomic(disk, path, newText, 0o600)
			got := read(t, path)
			if !bytes.Equal(got, before) && !bytes.Equal(got, newText) {
				t.Errorf("the file holds %q", got)
			}
			if err == nil && !bytes.Equal(got, newText) {
				t.Errorf("success, but the file holds %q", got)
			}
			if err == nil && disk.Count(faultfs.OpSync) != 1 {
				t.Errorf("success after %d calls of fsync", disk.Count(faultfs.OpSync))
			}
			if n := temps(t, filepath.Dir(path)); err != nil && !strings.HasPrefix(kind, "kill") && n != 0 && !lost(disk) {
				t.Errorf("%d temporary files are left after %v", n, err)
			}
			mustWrite(t, path, newText)
			if got := read(t, path); !bytes.Equal(got, newText) {
				t.Errorf("the next write left %q", got)
			}
			onlyFile(t, path)
		})
	}
}

// lost tells whether the call that failed was the one that cleans up.
func lost(disk *faultfs.FS) bool {
	return disk.Count(faultfs.OpRemove) > 0
}

func TestCreateExclusiveSurvivesEveryFault(t *testing.T) {
	eachFault(t, 8, func(t *testing.T, disk *faultfs.FS, kind string) {
		path := filepath.Join(t.TempDir(), "key.env")
		err := store.CreateExclusive(disk, path, newText, 0o600)
		got := read(t, path)
		if got != nil && !bytes.Equal(got, newText) {
			t.Errorf("the file holds %q", got)
		}
		if err == nil && got == nil {
			t.Error("success, but there is no file")
		}
		if err != nil && got != nil && !strings.HasPrefix(kind, "kill") {
			t.Errorf("the file is left after %v", err)
		}
		again := store.CreateExclusive(fsys.OS, path, newText, 0o600)
		if (got == nil) != (again == nil) || again != nil && !errors.Is(again, fs.ErrExist) {
			t.Errorf("the next run: %v", again)
		}
		onlyFile(t, path)
	})
}

func TestCreateExclusiveWithoutLinksSurvivesEveryFault(t *testing.T) {
	eachFault(t, 10, func(t *testing.T, disk *faultfs.FS, kind string) {
		path := filepath.Join(t.TempDir(), "key.env")
		err := store.CreateExclusive(noLinks{disk}, path, newText, 0o600)
		got := read(t, path)
		if err == nil && !bytes.Equal(got, newText) {
			t.Errorf("success, but the file holds %q", got)
		}
		if len(got) > 0 && !bytes.Equal(got, newText) {
			t.Errorf("a part is left: %q", got)
		}
		if _, there := os.Lstat(path); err != nil && there == nil && !strings.HasPrefix(kind, "kill") {
			t.Errorf("the file is left after %v", err)
		}
	})
}

// errNoLinks is what Link answers on a file system without hard links.
const errNoLinks = syscall.ENOSYS

// noLinks is a file system without hard links.
type noLinks struct{ fsys.FS }

func (noLinks) Link(from, to string) error {
	return &os.LinkError{Op: "link", Old: from, New: to, Err: errNoLinks}
}

func TestRemoveSurvivesEveryFault(t *testing.T) {
	eachFault(t, 2, func(t *testing.T, disk *faultfs.FS, _ string) {
		path := filepath.Join(t.TempDir(), "license.json")
		mustWrite(t, path, oldText)
		if err := store.Remove(disk, path); (err != nil) != (disk.Injected() > 0) {
			t.Errorf("error %v", err)
		}
		if got := read(t, path); got != nil && !bytes.Equal(got, oldText) {
			t.Errorf("the file holds %q", got)
		}
	})
}

func TestReadSmallReportsEveryFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "license.json")
	mustWrite(t, path, oldText)
	eachFault(t, 4, func(t *testing.T, disk *faultfs.FS, _ string) {
		got, err := store.ReadSmall(disk, path, 100, store.ReadOptions{})
		if err == nil && !bytes.Equal(got, oldText) || err != nil && got != nil {
			t.Errorf("read %q, %v", got, err)
		}
	})
}

// TestDirectoryIsSyncedLast: a new name is durable when its directory is, so
// that is synced after the name is there, and the content before it.
func TestDirectoryIsSyncedLast(t *testing.T) {
	for op, write := range map[string]func(fsys.FS, string, []byte, fs.FileMode) error{
		faultfs.OpRename: store.WriteAtomic,
		faultfs.OpLink:   store.CreateExclusive,
		faultfs.OpOpen: func(disk fsys.FS, path string, data []byte, perm fs.FileMode) error {
			return store.CreateExclusive(noLinks{disk}, path, data, perm)
		},
		faultfs.OpRemove: func(disk fsys.FS, path string, data []byte, perm fs.FileMode) error {
			return errors.Join(os.WriteFile(path, data, perm), store.Remove(disk, path))
		},
	} {
		t.Run(op, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			disk := faultfs.New(fsys.OS, faultfs.Fault{})
			if err := write(disk, path, newText, 0o600); err != nil {
				t.Fatal(err)
			}
			calls := disk.Calls()
			named := slices.Index(calls, op+" "+path)
			sync := faultfs.OpSyncDir + " " + dir
			synced := slices.Index(calls, sync)
			if named < 0 || synced < named || slices.Contains(calls[synced+1:], sync) {
				t.Errorf("no sync of the directory behind the %s: %q", op, calls)
			}
			content := slices.IndexFunc(calls, func(call string) bool { return strings.HasPrefix(call, faultfs.OpSync+" ") })
			if op == faultfs.OpRemove {
				return
			}
			if content < 0 || content > synced || op != faultfs.OpOpen && content > named {
				t.Errorf("the content is not durable before its name: %q", calls)
			}
		})
	}
}

// TestDirectoryThatCannotBeSynced: what may not survive a power loss is an error.
func TestDirectoryThatCannotBeSynced(t *testing.T) {
	for name, write := range map[string]func(fsys.FS, string, []byte, fs.FileMode) error{
		"WriteAtomic": store.WriteAtomic, "CreateExclusive": store.CreateExclusive,
	} {
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: 1, Op: faultfs.OpSyncDir})
		err := write(disk, filepath.Join(t.TempDir(), "file"), newText, 0o600)
		if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "power loss") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func mustWrite(t *testing.T, path string, data []byte) {
	t.Helper()
	disk := faultfs.New(fsys.OS, faultfs.Fault{}) // without its slow fsync
	if err := store.WriteAtomic(disk, path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
