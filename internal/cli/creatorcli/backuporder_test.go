package creatorcli

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
)

// watchedFS tells a test of what is opened, linked, read and written before it is
// done.
type watchedFS struct {
	fsys.FS
	opening, linking, reading, writing func(name string)
}

func (w watchedFS) OpenFile(name string, flag int, perm fs.FileMode) (fsys.File, error) {
	if w.opening != nil {
		w.opening(name)
	}
	file, err := w.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return watchedFile{file, w, name}, nil
}

func (w watchedFS) Link(from, to string) error {
	if w.linking != nil {
		w.linking(from)
	}
	return w.FS.Link(from, to)
}

type watchedFile struct {
	fsys.File
	by   watchedFS
	name string
}

func (w watchedFile) Write(p []byte) (int, error) {
	if w.by.writing != nil {
		w.by.writing(w.name)
	}
	return w.File.Write(p)
}

func (w watchedFile) ReadAt(p []byte, at int64) (int, error) {
	if w.by.reading != nil {
		w.by.reading(w.name)
	}
	return w.File.ReadAt(p, at)
}

// appendTo adds to a file as another process does.
func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil || file.Close() != nil {
		t.Fatal(err)
	}
}

// A license that is minted and revoked between the two logs are taken is in the
// backup's revocations only where its record is there too.
func TestBackupTakesRevocationsFirst(t *testing.T) {
	opened := 0
	var b *bench
	disk := watchedFS{FS: quiet(), opening: func(name string) {
		if base := filepath.Base(name); base == "issued.jsonl" || base == "revoked.jsonl" {
			if opened++; opened == 2 {
				appendTo(t, b.path("issued.jsonl"), line(9))
				appendTo(t, b.path("revoked.jsonl"), revocation(9))
			}
		}
	}}
	b = newBench(t, disk)
	v := newVault(t)
	b.write(full(b))
	if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 {
		t.Fatal(b.out.String())
	}
	got := v.files(t)
	if opened < 2 || !strings.Contains(got["issued.jsonl"], `"K-9"`) || strings.Contains(got["revoked.jsonl"], `"K-9"`) {
		t.Errorf("opened %d times; issued.jsonl: %q, revoked.jsonl: %q", opened, got["issued.jsonl"], got["revoked.jsonl"])
	}
}

// A log whose unfinished line is set aside while it is being taken is taken anew.
func TestBackupWhileALineIsSetAside(t *testing.T) {
	var b *bench
	cut := false
	b = newBench(t, watchedFS{FS: quiet(), reading: func(name string) {
		if filepath.Base(name) == "issued.jsonl" && !cut {
			cut = true
			if err := os.Truncate(name, int64(len(line(1)))); err != nil {
				t.Fatal(err)
			}
		}
	}})
	v := newVault(t)
	files := full(b)
	files["issued.jsonl"] = line(1) + `{"license_key":"K-`
	b.write(files)
	if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 || !cut {
		t.Fatal(b.out.String())
	}
	if got := v.files(t)["issued.jsonl"]; got != line(1) {
		t.Errorf("the backup has %q", got)
	}
}

// A backup that the disk keeps otherwise than it was written is found at once.
func TestBackupIsReadBack(t *testing.T) {
	b, v := newBench(t, watchedFS{FS: quiet(), linking: func(name string) {
		text, err := os.ReadFile(name)
		if err == nil {
			text[len(text)-20] ^= 1
			err = os.WriteFile(name, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}}), newVault(t)
	if runtime.GOOS == "windows" {
		t.Skip("the temporary file is locked against others")
	}
	b.write(full(b))
	if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 1 || !strings.Contains(b.out.String(), "cannot be read back") {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
}

// The files that a command reads through a symbolic link are backed up through it.
func TestBackupFollowsLinks(t *testing.T) {
	b, v := newBench(t, quiet()), newVault(t)
	want := full(b)
	b.write(want)
	elsewhere := t.TempDir()
	for _, name := range []string{"product.json", "key.env", "spare.env"} {
		if err := os.Rename(b.path(name), filepath.Join(elsewhere, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(elsewhere, name), b.path(name)); err != nil {
			t.Skip(err) // Windows asks for a right that few have
		}
	}
	if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 || !maps.Equal(v.files(t), want) {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
}

// Ctrl-C inside a file that is being restored ends the restore there.
func TestRestoreInterruptedInsideAFile(t *testing.T) {
	source, v := newBench(t, quiet()), newVault(t)
	source.write(full(source))
	if code := source.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 {
		t.Fatal(source.out.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	b := newBench(t, watchedFS{FS: quiet(), writing: func(name string) {
		if strings.Contains(name, "large.txt") {
			cancel()
		}
	}})
	b.env.Context = func() context.Context { return ctx }
	if code := b.run("restore", v.backup, "-i", v.identity); code != 130 || ctx.Err() == nil {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
	if _, there := b.dir()["large.txt"]; there {
		t.Error("the file that was being written is there")
	}
}
