package creatorcli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

// write makes a backup with these files, as somebody may do by hand.
func (v vault) write(t *testing.T, files map[string]string) {
	t.Helper()
	to, err := backup.ToRecipients(v.recipient)
	if err != nil {
		t.Fatal(err)
	}
	var sources []backup.Source
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sources = append(sources, backup.Source{File: backup.File{Name: name, Size: int64(len(files[name]))}, Copy: func(w io.Writer) error {
			_, err := io.WriteString(w, files[name])
			return err
		}})
	}
	var text bytes.Buffer
	if _, err := backup.Write(t.Context(), &text, "notes", time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), sources, to); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.backup, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The last record of a log counts, though whoever made the backup left no line feed
// behind it.
func TestRestoreOfALogWithoutItsLastLineFeed(t *testing.T) {
	for before, want := range map[string]string{"": line(1) + line(2), line(3): line(3) + line(1) + line(2)} {
		b, v := newBench(t, quiet()), newVault(t)
		files := map[string]string{"key.env": keyText(1)}
		if before != "" {
			files["issued.jsonl"] = before
		}
		b.write(files)
		v.write(t, map[string]string{"issued.jsonl": strings.TrimSuffix(line(1)+line(2), "\n")})
		if code := b.run("restore", v.backup, "-i", v.identity); code != 0 || !strings.Contains(b.out.String(), "issued.jsonl: 2 lines added, 0 there already\n") {
			t.Errorf("exit code %d: %s", code, &b.out)
		}
		if got := b.read(b.path("issued.jsonl")); got != want {
			t.Errorf("the log is\n%swant\n%s", got, want)
		}
	}
	// What is no record is none, and is told.
	b, v := newBench(t, quiet()), newVault(t)
	v.write(t, map[string]string{"issued.jsonl": line(1) + line(2)[:20]})
	if code := b.run("restore", v.backup, "-i", v.identity); code != 0 || !strings.Contains(b.out.String(), `the last line of "issued.jsonl of notes.age" is unfinished`) {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
	if got := b.read(b.path("issued.jsonl")); got != line(1) {
		t.Errorf("the log is\n%s", got)
	}
}

// What cannot be restored is found before anything is changed, in the backup and in
// what is there.
func TestRestoreIsCheckedFirst(t *testing.T) {
	long := strings.Repeat("x", journal.MaxLine+1) + "\n"
	for name, c := range map[string]struct {
		before, backup map[string]string
		code, want     string
	}{
		"revocations that cannot be woven": {
			map[string]string{"issued.jsonl": line(1), "revoked.jsonl": revocation(1) + long},
			map[string]string{"issued.jsonl": line(2), "revoked.jsonl": revocation(2), "mail.txt": "Hello"},
			"bad_record", "hint: dtlic log repair\n",
		},
		"what is no log": {
			map[string]string{"issued.jsonl": line(1), "revoked.jsonl": "LINK"},
			map[string]string{"issued.jsonl": line(2), "revoked.jsonl": revocation(2), "mail.txt": "Hello"},
			"io", `nothing was changed: refused to use `,
		},
		"no product file": {
			nil,
			map[string]string{"issued.jsonl": line(2), "product.json": `{"name":"notes"}`},
			"bad_record", `its product.json cannot be used: `,
		},
		"no product file, where a good one is": {
			map[string]string{},
			map[string]string{"issued.jsonl": line(2), "product.json": ""},
			"bad_record", " | tar -x brings out what is in it\n",
		},
		"the product file of another": {
			nil, map[string]string{"product.json": "MAPS"}, "bad_record", `its product file is of product "maps"`,
		},
	} {
		b, v := newBench(t, quiet()), newVault(t)
		if text, is := c.backup["product.json"]; is && text == "MAPS" {
			c.backup["product.json"] = strings.Replace(b.read(b.path("product.json")), `"notes"`, `"maps"`, 1)
		}
		if c.before == nil {
			if err := os.RemoveAll(b.path("")); err != nil {
				t.Fatal(err)
			}
		}
		b.write(c.before)
		if c.before["revoked.jsonl"] == "LINK" {
			if runtime.GOOS == "windows" {
				continue
			}
			if err := errors.Join(os.Remove(b.path("revoked.jsonl")), os.Symlink(b.path("product.json"), b.path("revoked.jsonl"))); err != nil {
				t.Fatal(err)
			}
		}
		v.write(t, c.backup)
		before := b.dir()
		for _, more := range [][]string{{"--dry-run"}, nil, {"--json"}} {
			code := b.run(append([]string{"restore", v.backup, "-i", v.identity}, more...)...)
			out := b.out.String()
			if len(more) > 0 && more[0] == "--json" {
				if !strings.Contains(out, `"code": "`+c.code+`"`) {
					t.Errorf("%s: %s", name, out)
				}
			} else if code != 1 || !strings.Contains(out, c.want) {
				t.Errorf("%s: exit code %d: %s", name, code, out)
			}
			if !maps.Equal(b.dir(), before) {
				t.Errorf("%s: the directory has %q", name, slices.Sorted(maps.Keys(b.dir())))
			}
		}
	}
}

// Conflicts are listed as a merge lists them, and kept.
func TestRestoreListsConflicts(t *testing.T) {
	b, v := newBench(t, quiet()), newVault(t)
	ours := line(1) + line(2)
	theirs := strings.Replace(line(3), `"K-3","name":"Ada Buyer"`, `"K-1","name":"Bob Buyer"`, 1) + strings.Replace(line(2), `}`, `,"note":"x"}`, 1)
	b.write(map[string]string{"issued.jsonl": ours})
	v.write(t, map[string]string{"issued.jsonl": theirs})
	other := filepath.Join(t.TempDir(), "issued.jsonl of notes.age")
	if err := os.WriteFile(other, []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	warnings := func(args ...string) (list []string) {
		if code := b.run(args...); code != 0 {
			t.Errorf("exit code %d: %s", code, &b.out)
		}
		for l := range strings.Lines(strings.ReplaceAll(b.out.String(), filepath.Dir(other)+string(filepath.Separator), "")) {
			if strings.Contains(l, "warning: ") && strings.Contains(l, "line ") {
				list = append(list, l)
			}
		}
		return list
	}
	conflicts := func(args ...string) (d map[string]any) {
		b.run(args...)
		text := b.out.String()
		text = text[strings.Index(text, "{"):]
		if err := json.NewDecoder(strings.NewReader(strings.ReplaceAll(text, filepath.Dir(other)+"/", ""))).Decode(&d); err != nil {
			t.Errorf("%v: %s", err, text)
		}
		return map[string]any{"count": d["conflict_count"], "list": d["conflicts"]}
	}
	merge, restore := []string{"log", "merge", other, "--dry-run"}, []string{"restore", v.backup, "-i", v.identity, "--dry-run"}
	want := warnings(merge...)
	if got := warnings(restore...); len(want) != 2 || !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if runtime.GOOS != "windows" { // whose paths look otherwise in JSON
		one, two := conflicts(append(merge, "--json")...), conflicts(append(restore, "--json")...)
		if a, b := asText(t, one), asText(t, two); a != b || !strings.Contains(a, "other_holder") {
			t.Errorf("%s, want %s", b, a)
		}
	}
	if got := warnings(restore[:4]...); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := b.read(b.path("issued.jsonl")); got != ours+theirs[:strings.Index(theirs, "\n")+1] {
		t.Errorf("the log is\n%s", got)
	}
}

func asText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// linkless is a disk without hard links.
type linkless struct {
	fsys.FS
	err error
}

func (l linkless) Link(from, to string) error {
	return &os.LinkError{Op: "link", Old: from, New: to, Err: l.err}
}

// On a disk without hard links a file takes its place in two steps. Whatever fails
// nothing empty stays, and what a kill leaves between the two is completed by the
// next run.
func TestRestoreWithoutHardLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("other errors say so there")
	}
	source, v := newBench(t, quiet()), newVault(t)
	saved := map[string]string{"product.json": source.read(source.path("product.json")), "key.env": keyText(1), "issued.jsonl": line(1)}
	source.write(saved)
	if code := source.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 {
		t.Fatal(source.out.String())
	}
	for none, faults := range map[syscall.Errno][]faultfs.Fault{
		syscall.EPERM: append([]faultfs.Fault{{Err: syscall.EIO}}, faultKinds...), syscall.ENOTSUP: {{Crash: true}},
	} {
		for _, fault := range faults {
			t.Run(none.Error(), func(t *testing.T) {
				t.Parallel()
				injected, left := 0, 0
				for fault.At = 1; ; fault.At++ {
					disk := faultfs.New(quiet(), fault)
					b := newBench(t, linkless{disk, none})
					if err := os.RemoveAll(b.path("")); err != nil {
						t.Fatal(err)
					}
					code := b.run("restore", v.backup, "-i", v.identity)
					for name, text := range b.dir() {
						if text == "" && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".replaced") {
							if left++; !fault.Crash {
								t.Errorf("%v, %+v: %s is empty: %s", none, fault, name, &b.out)
							}
						}
					}
					if code == 0 && b.dir()["key.env"] != saved["key.env"] {
						t.Errorf("%v, %+v: done, and the key is %q", none, fault, b.dir()["key.env"])
					}
					b.env.Disk = linkless{quiet(), none}
					if code := b.run("restore", v.backup, "-i", v.identity); code != 0 || !maps.Equal(b.dir(), saved) {
						t.Fatalf("%v, %+v: the next run: exit code %d, %q: %s", none, fault, code, slices.Sorted(maps.Keys(b.dir())), &b.out)
					}
					if disk.Injected() == 0 {
						break
					}
					injected++
				}
				t.Logf("%v, %+v: %d faults, %d times an empty file", none, fault, injected, left)
				if injected < 50 || fault.Crash && left == 0 {
					t.Errorf("%v, %+v: %d faults, %d times an empty file", none, fault, injected, left)
				}
			})
		}
	}
}

// The lock is held from the decision to the end: nobody else puts a key there in
// between.
func TestRestoreHoldsTheLock(t *testing.T) {
	source, v := newBench(t, quiet()), newVault(t)
	source.write(full(source))
	if code := source.run("backup", "-o", v.backup, "-r", v.recipient); code != 0 {
		t.Fatal(source.out.String())
	}
	var b *bench
	looked := map[string]int{}
	look := func(name string) {
		lock, err := fsys.OS.OpenFile(filepath.Join(b.env.Home, ".dtlic", "lock"), os.O_RDWR, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if free, err := lock.TryLock(); free || err != nil {
			t.Errorf("%s: the lock is free, %v", name, err)
		}
		_ = lock.Close() // and with it the lock, where it was free
		looked[filepath.Base(name)]++
	}
	b = newBench(t, watchedFS{FS: quiet(), opening: func(name string) {
		if base := filepath.Base(name); base == "key.env" || base == "issued.jsonl" {
			look(name)
		}
	}, linking: look})
	b.write(map[string]string{"key.env": keyText(1), "issued.jsonl": line(1)})
	if err := os.Remove(b.path("product.json")); err != nil {
		t.Fatal(err)
	}
	if code := b.run("restore", v.backup, "-i", v.identity); code != 0 {
		t.Fatal(b.out.String())
	}
	if looked["key.env"] == 0 || looked["issued.jsonl"] == 0 || looked[".product.json.1.tmp"] != 1 {
		t.Errorf("looked at %v", looked)
	}
}

// Of two backups with different keys that are restored into one home at once, one
// is restored, and the other is refused whole.
func TestTwoRestoresAtOnce(t *testing.T) {
	var backups [2]vault
	var saved [2]map[string]string
	for i := range backups {
		source := newBench(t, quiet())
		backups[i] = newVault(t)
		saved[i] = map[string]string{"product.json": source.read(source.path("product.json")), "key.env": keyText(byte(i + 1)), "issued.jsonl": line(i)}
		source.write(saved[i])
		if code := source.run("backup", "-o", backups[i].backup, "-r", backups[i].recipient); code != 0 {
			t.Fatal(source.out.String())
		}
	}
	b := newBench(t, nil)
	if err := os.RemoveAll(b.path("")); err != nil {
		t.Fatal(err)
	}
	// The second begins when the first has decided and is about to put its key there.
	second := *b
	second.env.Disk = quiet()
	var out bytes.Buffer
	second.env.Stdout, second.env.Stderr = &out, &out
	var running sync.WaitGroup
	begun, code := false, 0
	b.env.Disk = watchedFS{FS: quiet(), linking: func(name string) {
		if !begun && strings.Contains(name, "key.env") {
			begun = true
			waits := make(chan bool, 1)
			second.env.Disk = waitingFS{quiet(), waits}
			running.Go(func() {
				env := second.env
				env.Args = []string{"restore", backups[1].backup, "-i", backups[1].identity}
				app, root := New(env)
				code = app.Run(root)
				close(waits)
			})
			<-waits
		}
	}}
	if code := b.run("restore", backups[0].backup, "-i", backups[0].identity); code != 0 {
		t.Error(b.out.String())
	}
	running.Wait()
	if !begun || code != 1 || !strings.Contains(out.String(), "the backup has another signing key, and nothing was changed") {
		t.Errorf("the second: exit code %d: %s", code, &out)
	}
	if got := b.dir(); !maps.Equal(got, saved[0]) {
		t.Errorf("the directory has %q", got)
	}
}

// waitingFS tells when a lock was tried for and could not be had.
type waitingFS struct {
	fsys.FS
	waits chan<- bool
}

func (w waitingFS) OpenFile(name string, flag int, perm fs.FileMode) (fsys.File, error) {
	file, err := w.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return waitingFile{file, w.waits}, nil
}

type waitingFile struct {
	fsys.File
	waits chan<- bool
}

func (w waitingFile) TryLock() (bool, error) {
	ok, err := w.File.TryLock()
	if !ok {
		select {
		case w.waits <- true:
		default:
		}
	}
	return ok, err
}
