package creatorcli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"filippo.io/age"

	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/signer"
)

// vault is a pair of age's keys, and where backups go.
type vault struct {
	recipient, identity, backup string
	ids                         backup.Identities
}

func newVault(t *testing.T) vault {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	v := vault{recipient: id.Recipient().String(), identity: filepath.Join(dir, "key.txt"), backup: filepath.Join(dir, "out", "notes.age")}
	v.ids, err = backup.WithIdentities(id.String())
	if err := errors.Join(err, os.WriteFile(v.identity, []byte(id.String()+"\n"), 0o600), os.Mkdir(filepath.Dir(v.backup), 0o700)); err != nil {
		t.Fatal(err)
	}
	return v
}

// files opens the backup and returns what it has.
func (v vault) files(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(v.backup)
	if err != nil {
		t.Fatal(err)
	}
	a, err := backup.Open(t.Context(), bytes.NewReader(data), int64(len(data)), v.ids)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range a.Files {
		text, err := io.ReadAll(a.Open(f.Name))
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name] = string(text)
	}
	return got
}

// line is a line of the log.
func line(n int) string {
	return fmt.Sprintf(`{"license_key":"K-%d","name":"Ada Buyer","email":"ada@example.com","tier":"basic","issued_at":"","expires_at":"","blob":"DTLIC2:%d"}`+"\n", n, n)
}

func revocation(n int) string {
	return fmt.Sprintf(`{"license_key":"K-%d","at":"2026-11-0%dT12:00:00Z"}`+"\n", n, n)
}

// quiet is the real file system without its slow fsync.
func quiet() fsys.FS { return faultfs.New(fsys.OS, faultfs.Fault{}) }

func (b *bench) write(files map[string]string) {
	b.t.Helper()
	for name, text := range files {
		if err := os.WriteFile(b.path(name), []byte(text), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}

// dir is what lies in the creator's directory, but for locks.
func (b *bench) dir() map[string]string {
	b.t.Helper()
	names, err := os.ReadDir(b.path(""))
	if err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	got := map[string]string{}
	for _, name := range names {
		if !strings.HasSuffix(name.Name(), ".lock") {
			got[name.Name()] = b.read(b.path(name.Name()))
		}
	}
	return got
}

// full is a creator's directory with all that can be in it.
func full(b *bench) map[string]string {
	return map[string]string{
		"product.json": b.read(b.path("product.json")), "key.env": keyText(1), "spare.env": keyText(2),
		"issued.jsonl": line(1) + line(2) + line(3), "revoked.jsonl": revocation(1) + revocation(2),
		"issued.jsonl.torn-20261121T120000Z": "{\"lic", "large.txt": strings.Repeat("x", maxHeld+1),
	}
}

func keyText(n byte) string {
	key, err := signer.Generate(bytes.NewReader(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		panic(err) // there is enough of it
	}
	return string(signer.KeyFile("NOTES", key))
}

// faultKinds are a full disk, and a kill in the middle.
var faultKinds = []faultfs.Fault{{Err: syscall.ENOSPC, Short: true}, {Err: syscall.EIO, Short: true, Crash: true}}

// Every call fails in turn. A backup is there whole or not at all, and never lacks
// a file because of a failure.
func TestBackupFaults(t *testing.T) {
	for _, fault := range faultKinds {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			disk := faultfs.New(fsys.OS, fault)
			b, v := newBench(t, disk), newVault(t)
			want := full(b)
			b.write(want)
			code := b.run("backup", "-o", v.backup, "-r", v.recipient)
			_, err := os.Lstat(v.backup)
			switch {
			case err == nil:
				if got := v.files(t); !maps.Equal(got, want) {
					t.Fatalf("%+v: the backup has %q: %s", fault, slices.Collect(maps.Keys(got)), &b.out)
				}
			case code == 0:
				t.Fatalf("%+v: done, and there is no backup: %s", fault, &b.out)
			}
			if !maps.Equal(b.dir(), want) {
				t.Fatalf("%+v: the creator's directory was changed", fault)
			}
			if disk.Injected() == 0 {
				break
			}
			injected++
			// The next run tidies up.
			if err := os.Remove(v.backup); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			b.env.Disk = quiet()
			if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 || !maps.Equal(v.files(t), want) {
				t.Fatalf("%+v: the next run: %s", fault, &b.out)
			}
			if left, err := os.ReadDir(filepath.Dir(v.backup)); err != nil || len(left) != 1 {
				t.Fatalf("%+v: left: %v", fault, left)
			}
		}
		t.Logf("%d faults", injected)
		if injected < 40 {
			t.Errorf("only %d faults", injected)
		}
	}
}

// Every call fails in turn while a backup is restored: into an empty home, and
// onto what went on since. Nothing that was there is lost or half there at any
// time, and the next run makes it complete.
func TestRestoreFaults(t *testing.T) {
	source, v := newBench(t, quiet()), newVault(t)
	saved := full(source)
	source.write(saved)
	if code := source.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 {
		t.Fatal(source.out.String())
	}
	mended := maps.Clone(saved)
	mended["product.json"] = strings.Replace(saved["product.json"], `"Notes"`, `"Notes 2"`, 1)
	later := maps.Clone(mended)
	delete(later, "key.env")
	delete(later, "large.txt")
	later["issued.jsonl"] = line(2) + line(4)
	later["revoked.jsonl"] = revocation(1) + revocation(4)
	mended["issued.jsonl"] = line(2) + line(4) + line(1) + line(3)
	mended["revoked.jsonl"] = revocation(1) + revocation(2) + revocation(4)
	mended["product.json.from-backup-20261121T120000Z"] = saved["product.json"]
	for name, c := range map[string]struct{ before, after map[string]string }{
		"an empty home": {nil, saved}, "what went on since": {later, mended},
	} {
		for _, fault := range faultKinds {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				injected := 0
				for fault.At = 1; ; fault.At++ {
					disk := faultfs.New(quiet(), fault)
					b := newBench(t, disk)
					if err := os.RemoveAll(b.path("")); err != nil {
						t.Fatal(err)
					}
					if c.before != nil {
						if err := os.Mkdir(b.path(""), 0o700); err != nil {
							t.Fatal(err)
						}
						b.write(c.before)
					}
					code := b.run("restore", v.backup, "-i", v.identity)
					for file, text := range b.dir() {
						unfinished := strings.HasSuffix(file, ".tmp") || strings.HasSuffix(file, ".dtlic-new") // never read
						if text != c.before[file] && text != c.after[file] && !unfinished {
							t.Fatalf("%s, %+v: %s is %.80q: %s", name, fault, file, text, &b.out)
						}
					}
					for file := range c.before {
						if _, err := os.Lstat(b.path(file)); err != nil {
							t.Fatalf("%s, %+v: %v", name, fault, err)
						}
					}
					done := b.dir()
					maps.DeleteFunc(done, func(name, _ string) bool {
						return strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".replaced")
					}) // could not be removed
					if code == 0 && !maps.Equal(done, c.after) {
						t.Fatalf("%s, %+v: done, and the directory has %q: %s", name, fault, slices.Sorted(maps.Keys(b.dir())), &b.out)
					}
					b.env.Disk = quiet()
					if code := b.run("restore", v.backup, "-i", v.identity); code != 0 || !maps.Equal(b.dir(), c.after) {
						t.Fatalf("%s, %+v: the next run: %q: %s", name, fault, slices.Sorted(maps.Keys(b.dir())), &b.out)
					}
					if disk.Injected() == 0 {
						break
					}
					injected++
				}
				t.Logf("%s: %d faults", name, injected)
				if injected < 90 {
					t.Errorf("%s: only %d faults", name, injected)
				}
			})
		}
	}
}

// While eight mint, each backup has whole lines only, in the order of the log, and
// as many as were there when it began at the least.
func TestBackupWhileEightMint(t *testing.T) {
	const minters, each = 8, 12
	b, v := newBench(t, quiet()), newVault(t)
	b.write(map[string]string{"key.env": keyText(1)})
	log := b.path("issued.jsonl")
	var done sync.WaitGroup
	for range minters {
		var out bytes.Buffer
		env := b.env
		env.Stdout, env.Stderr = &out, &out
		done.Go(func() {
			for range each {
				env.Args = []string{"mint", "--name", "Ada Buyer", "--email", "ada@example.com"}
				app, root := New(env)
				if code := app.Run(root); code != 0 {
					t.Errorf("exit code %d: %s", code, &out)
				}
			}
		})
	}
	minted := make(chan struct{})
	go func() { done.Wait(); close(minted) }()
	var logs []string
	for running := true; running; {
		select {
		case <-minted:
			running = false
		default:
		}
		before, err := os.ReadFile(log)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err := os.Remove(v.backup); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 {
			t.Fatal(b.out.String())
		}
		got := v.files(t)["issued.jsonl"]
		if whole := before[:bytes.LastIndexByte(before, '\n')+1]; !strings.HasPrefix(got, string(whole)) || got != "" && !strings.HasSuffix(got, "\n") {
			t.Fatalf("a backup has %d bytes of a log that had %d", len(got), len(before))
		}
		logs = append(logs, got)
	}
	final := b.read(log)
	for _, got := range logs {
		if !strings.HasPrefix(final, got) {
			t.Errorf("a backup has a log that never was: %d bytes", len(got))
		}
	}
	if n := strings.Count(logs[len(logs)-1], "\n"); n != minters*each {
		t.Errorf("the last backup has %d records", n)
	}
	t.Logf("%d backups", len(logs))
}

// Ctrl-C, wherever it comes, leaves nothing half done.
func TestInterruptedBackupAndRestore(t *testing.T) {
	b, v := newBench(t, quiet()), newVault(t)
	files := full(b)
	b.write(files)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	b.env.Context = func() context.Context { return canceled }
	if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 130 {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
	if left, err := os.ReadDir(filepath.Dir(v.backup)); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	b.env.Context = context.Background
	if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 {
		t.Fatal(b.out.String())
	}
	// It ends at the n-th time that somebody asks whether it does.
	for n := 1; ; n++ {
		other := newBench(t, quiet())
		if err := os.RemoveAll(other.path("")); err != nil {
			t.Fatal(err)
		}
		ctx := &endsAfter{Context: t.Context(), n: n}
		other.env.Context = func() context.Context { return ctx }
		code := other.run("restore", v.backup, "-i", v.identity)
		for name, text := range other.dir() {
			if text != files[name] {
				t.Fatalf("at %d: %s is %.80q", n, name, text)
			}
		}
		if code == 0 {
			if n < 10 {
				t.Errorf("asked only %d times", n)
			}
			break
		}
		if code != 130 || !strings.Contains(other.out.String(), "interrupted") {
			t.Fatalf("at %d: exit code %d: %s", n, code, &other.out)
		}
	}
}

// endsAfter is a context that is canceled when its error is asked for the n-th
// time.
type endsAfter struct {
	context.Context
	mu sync.Mutex
	n  int
}

func (c *endsAfter) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n--; c.n <= 0 {
		return context.Canceled
	}
	return nil
}

// More files than a backup may have are refused before they are read, with what to
// do about it.
func TestBackupOfTooManyFiles(t *testing.T) {
	b, v := newBench(t, quiet()), newVault(t)
	files := map[string]string{"key.env": keyText(1)}
	for n := range backup.MaxFiles - 2 { // the product file is one, too
		files[fmt.Sprintf("invoice-%04d.txt", n)] = strings.Repeat("x", 3*maxHeldInAll/2/backup.MaxFiles)
	}
	b.write(files)
	if code := b.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 || !strings.Contains(b.out.String(), "1000 files") {
		t.Fatalf("as many as may be: exit code %d: %s", code, &b.out)
	}
	if got := v.files(t); !maps.Equal(got, b.dir()) {
		t.Errorf("the backup has other files: %d", len(got))
	}
	b.write(map[string]string{"one-more.txt": "x"})
	other := filepath.Join(filepath.Dir(v.backup), "other.age")
	if code := b.run("backup", "-o", other, "-r", v.recipient); code != 1 || !strings.Contains(b.out.String(), "has more than 1000\ndtlic: hint: move those that are not the product's") {
		t.Errorf("one more: exit code %d: %s", code, &b.out)
	}
	if _, err := os.Lstat(other); err == nil {
		t.Error("a backup was written")
	}
}
