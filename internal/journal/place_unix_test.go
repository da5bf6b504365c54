//go:build unix

package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
)

// intruders put something else into a file's place, and say what the error
// calls it.
var intruders = map[string]func(t *testing.T, path string) error{
	"a symbolic link": func(t *testing.T, path string) error {
		target := filepath.Join(t.TempDir(), "target")
		write(t, target, "")
		return os.Symlink(target, path)
	},
	"a symbolic link, a dangling one": func(t *testing.T, path string) error {
		return os.Symlink(filepath.Join(t.TempDir(), "target"), path)
	},
	"a symbolic link, to a device": func(t *testing.T, path string) error { return os.Symlink(os.DevNull, path) },
	"a directory":                  func(t *testing.T, path string) error { return os.Mkdir(path, 0o700) },
	"a named pipe":                 func(t *testing.T, path string) error { return syscall.Mkfifo(path, 0o600) },
}

func TestWhatIsNoPlainFileIsRefused(t *testing.T) {
	for name, intrude := range intruders {
		for _, suffix := range []string{"", ".lock"} {
			f := newFixture(fsys.OS, logIn(t))
			if err := intrude(t, f.Path+suffix); err != nil {
				t.Fatal(err)
			}
			word, _, _ := strings.Cut(name, ",")
			err := f.add("<1>")
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "it is "+word) {
				t.Errorf("%s%s: %v", name, suffix, err)
			}
			if _, err := os.Lstat(f.Path); suffix != "" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s%s: the log was made: %v", name, suffix, err)
			}
			if suffix != "" {
				continue
			}
			for _, err := range f.Lines() {
				if !errors.Is(err, ErrRefused) {
					t.Errorf("%s%s: reading: %v", name, suffix, err)
				}
			}
		}
	}
}

func TestADeviceIsRefused(t *testing.T) {
	f := newFixture(fsys.OS, os.DevNull)
	if _, _, err := f.open(os.O_RDWR); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "it is a device") {
		t.Errorf("error %v", err)
	}
	for _, err := range f.Lines() {
		if !errors.Is(err, ErrRefused) {
			t.Errorf("reading: %v", err)
		}
	}
}

// swapFS puts a FIFO in the log's place between the look and the opening.
type swapFS struct {
	fsys.FS
	path string
}

func (s swapFS) OpenFile(name string, flag int, perm fs.FileMode) (fsys.File, error) {
	if name == s.path {
		if err := errors.Join(os.Remove(name), syscall.Mkfifo(name, 0o600)); err != nil {
			return nil, err
		}
	}
	return s.FS.OpenFile(name, flag, perm)
}

func TestAFIFOThatComesLateIsRefused(t *testing.T) {
	path := logIn(t)
	write(t, path, "<1>\n")
	if err := newFixture(swapFS{fsys.OS, path}, path).add("<2>"); !errors.Is(err, ErrRefused) {
		t.Errorf("error %v", err)
	}
}

func TestAnotherUsersFileIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("giving a file to another user takes root")
	}
	for _, suffix := range []string{"", ".lock", "/.."} {
		f := newFixture(fsys.OS, logIn(t))
		write(t, f.Path, "<1>\n")
		write(t, f.Path+".lock", "")
		victim := f.Path + suffix
		if suffix == "/.." {
			victim = filepath.Dir(f.Path)
		}
		if err := os.Chown(victim, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if err := f.add("<2>"); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "another user") {
			t.Errorf("%s: %v", victim, err)
		}
		if got := read(t, f.Path); got != "<1>\n" {
			t.Errorf("%s: the log holds %q", victim, got)
		}
	}
}

func TestModesTooOpenAreTightenedAndSaid(t *testing.T) {
	for _, own := range []bool{true, false} {
		f := newFixture(fsys.OS, logIn(t))
		f.OwnDir = own
		write(t, f.Path, "<1>\n")
		dir := filepath.Dir(f.Path)
		if err := errors.Join(os.Chmod(f.Path, 0o644), os.Chmod(dir, 0o755)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.add("<2>"), f.add("<3>")); err != nil {
			t.Fatal(err)
		}
		wantDir, wantWarnings := fs.FileMode(0o755), 1
		if own {
			wantDir, wantWarnings = 0o700, 2
		}
		for path, want := range map[string]fs.FileMode{f.Path: 0o600, f.Path + ".lock": 0o600, dir: wantDir} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("own %v: %s is %v, %v", own, path, info.Mode(), err)
			}
		}
		if len(f.warnings) != wantWarnings {
			t.Errorf("own %v: warnings %q", own, f.warnings)
		}
	}
}

func TestNewPlacesArePrivate(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	f := newFixture(fsys.OS, filepath.Join(t.TempDir(), "a", "b", "issued.jsonl"))
	f.OwnDir = false
	if err := f.add("<1>"); err != nil {
		t.Fatal(err)
	}
	for path := f.Path; filepath.Base(path) != "001"; path = filepath.Dir(path) {
		if info, err := os.Stat(path); err != nil || fsys.TooOpen(info) {
			t.Errorf("%s is %v, %v", path, info.Mode(), err)
		}
	}
}
