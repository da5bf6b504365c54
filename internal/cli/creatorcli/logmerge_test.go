package creatorcli

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
)

// failing fails at what is done to files whose names end as told.
type failing struct {
	fsys.FS
	writes, looks string // "" for none
	err           error
}

func (f *failing) OpenFile(path string, flag int, perm fs.FileMode) (fsys.File, error) {
	file, err := f.FS.OpenFile(path, flag, perm)
	if err == nil && f.writes != "" && strings.HasSuffix(path, f.writes) {
		return failingFile{file, f.err}, nil
	}
	return file, err
}

// failingFile cannot be written.
type failingFile struct {
	fsys.File
	err error
}

func (f failingFile) Write([]byte) (int, error) { return 0, f.err }

func (f *failing) Lstat(path string) (fs.FileInfo, error) {
	if f.looks != "" && strings.HasSuffix(path, f.looks) {
		return nil, &fs.PathError{Op: "lstat", Path: path, Err: f.err}
	}
	return f.FS.Lstat(path)
}

// twoComputers is a bench with a license, and the log of another computer with one
// that is revoked there.
func twoComputers(t *testing.T) (b *bench, disk *failing, other string) {
	t.Helper()
	b, minted := newMinter(t)
	disk = &failing{FS: minted}
	b.env.Disk = disk
	other = filepath.Join(t.TempDir(), "issued.jsonl")
	beside := *b
	getenv := b.env.Getenv
	beside.env.Getenv = func(name string) string {
		if name == "NOTES_ISSUANCE_LOG" {
			return other
		}
		return getenv(name)
	}
	for _, args := range [][]string{
		{"mint", "--name", "Bob Buyer", "--email", "bob@example.com", "--license-key", "SOLD-2"},
		{"revoke", "SOLD-2", "--reason", "refunded"},
	} {
		if code := beside.run(args...); code != 0 {
			t.Fatalf("exit code %d: %s", code, &beside.out)
		}
	}
	return b, disk, other
}

// A merge that ends between the two files says which of them it has changed.
func TestAMergeByHalf(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		want string
	}{
		{syscall.ENOSPC, 1, "dtlic: error: the revocations were taken over, the licenses were not: "},
		{context.Canceled, 130, "dtlic: warning: the revocations were taken over, the licenses were not; run it again\n"},
	} {
		b, disk, other := twoComputers(t)
		disk.writes, disk.err = ".issued.jsonl.dtlic-new", c.err
		code := b.run("log", "merge", other)
		out := b.out.String()
		if code != c.code || !strings.Contains(out, c.want) || strings.Contains(out, "nothing was") || !strings.Contains(out, "run it again") {
			t.Errorf("%v: exit code %d: %s", c.err, code, out)
		}
		if log := b.read(b.path("issued.jsonl")); strings.Contains(log, "SOLD-2") || !strings.Contains(b.read(b.path("revoked.jsonl")), "SOLD-2") {
			t.Errorf("%v: the log has %s", c.err, log)
		}
		disk.writes = ""
		if code := b.run("log", "merge", other); code != 0 || !strings.Contains(b.read(b.path("issued.jsonl")), "SOLD-2") {
			t.Errorf("%v: again: exit code %d: %s", c.err, code, &b.out)
		}
	}
	// Before them nothing was changed, and it says so.
	b, disk, other := twoComputers(t)
	disk.writes, disk.err = ".revoked.jsonl.dtlic-new", syscall.ENOSPC
	if code := b.run("log", "merge", other); code != 1 || !strings.Contains(b.out.String(), "dtlic: error: nothing was merged: ") {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
	if _, err := os.Stat(b.path("revoked.jsonl")); !os.IsNotExist(err) {
		t.Errorf("revocations: %v", err)
	}
}

// A lock file that cannot be made is no lock that another program holds, whichever
// command wants it.
func TestALockOnAReadOnlyDisk(t *testing.T) {
	for _, args := range []string{
		"mint --name A --email a@b.example", "revoke SOLD-1 --reason refunded", "log merge OTHER", "log import --unverified OTHER", "log repair --yes",
		"restore BACKUP --identity KEY",
	} {
		b, disk, other := twoComputers(t)
		v := newVault(t)
		if strings.HasPrefix(args, "restore") {
			if code := b.run("backup", "-r", v.recipient, "-o", v.backup); code != 0 || os.Remove(b.path("issued.jsonl")) != nil {
				t.Fatalf("exit code %d: %s", code, &b.out)
			}
		}
		if strings.Contains(args, "repair") {
			if err := os.WriteFile(b.path("issued.jsonl"), []byte("nonsense\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		disk.looks, disk.err = ".jsonl.lock", syscall.EROFS
		words := strings.Fields(strings.NewReplacer("OTHER", other, "BACKUP", v.backup, "KEY", v.identity).Replace(args))
		code := b.run(append(words, "--json")...)
		if out := b.out.String(); code != 1 || !strings.Contains(out, `"code": "io"`) || !strings.Contains(out, "read-only") {
			t.Errorf("%s: exit code %d: %s", args, code, out)
		}
	}
}
