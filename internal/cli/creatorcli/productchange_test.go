package creatorcli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/ui"
)

// beside runs a command as another program in the same home does, and returns
// what it said.
func (b *bench) beside(args ...string) string {
	b.t.Helper()
	var out bytes.Buffer
	env := b.env
	env.Args, env.Stdout, env.Stderr = args, &out, &out
	app, root := New(env)
	if code := app.Run(root); code != 0 {
		b.t.Errorf("%q: exit code %d: %s", args, code, &out)
	}
	return out.String()
}

func (b *bench) product() dtlic.Product {
	b.t.Helper()
	p, err := dtlic.ParseProduct([]byte(b.read(b.path("product.json"))))
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// Flag edits that run at once are all in the file, and each says that it was done.
func TestManyEditsAtOnce(t *testing.T) {
	const edits = 24
	b := newBench(t, faultfs.New(fsys.OS, faultfs.Fault{})) // without its slow fsync
	var done sync.WaitGroup
	for i := range edits {
		var out bytes.Buffer
		env := b.env
		env.Stdout, env.Stderr = &out, &out
		env.Args = []string{"product", "edit", "--yes", "--limit", fmt.Sprintf("%s.n%d=%d", [...]string{"basic", "studio"}[i%2], i, i)}
		app, root := New(env)
		done.Go(func() {
			if code := app.Run(root); code != 0 || !strings.Contains(out.String(), "wrote") {
				t.Errorf("exit code %d: %s", code, &out)
			}
		})
	}
	done.Wait()
	p := b.product()
	for i := range edits {
		tier := [...]string{"basic", "studio"}[i%2]
		if n, there := p.Tiers[tier].Limits[fmt.Sprintf("n%d", i)]; !there || n != int64(i) {
			t.Errorf("the change of %s.n%d is lost", tier, i)
		}
	}
}

// answers is a terminal at which somebody answers each question with yes, after
// something else has happened.
type answers struct {
	before func(question int)
	asked  int
}

func (a *answers) Read(p []byte) (int, error) {
	a.asked++
	a.before(a.asked)
	return copy(p, "y\n"), nil
}
func (a *answers) Write(p []byte) (int, error) { return len(p), nil }
func (a *answers) Raw() (func(), error)        { return func() {}, nil }
func (a *answers) Ready(time.Duration) bool    { return false }
func (a *answers) Close() error                { return nil }
func (a *answers) open() (ui.Terminal, error)  { return a, nil }
func (b *bench) at(terminal *answers) *answers {
	b.env.Terminal, b.env.StdinTTY = terminal.open, true
	return terminal
}

// While a person thinks about a question, others can change the file: both
// changes are in it then. What is taken away only now is asked about, too.
func TestEditDuringTheQuestion(t *testing.T) {
	b := newBench(t, fsys.OS)
	person := b.at(&answers{before: func(int) { b.beside("product", "edit", "--title", "Theirs") }})
	code := b.run("product", "edit", "--limit", "studio.seats=5")
	p := b.product()
	if code != 0 || person.asked != 1 || p.Title != "Theirs" || p.Tiers["studio"].Limits["seats"] != 5 {
		t.Errorf("exit code %d, asked %d times, %+v: %s", code, person.asked, p, &b.out)
	}
	if n := strings.Count(b.out.String(), "is limited to seats 5"); n != 1 {
		t.Errorf("said %d times: %s", n, &b.out)
	}

	// They add a tier, which --tiers of this one does not have.
	person = b.at(&answers{before: func(question int) {
		if question == 1 {
			b.beside("product", "edit", "--tiers", "basic=export,studio=export+batch,team=export")
		}
	}})
	code = b.run("product", "edit", "--tiers", "basic=export")
	p = b.product()
	if code != 0 || person.asked != 2 || len(p.Tiers) != 1 || !strings.Contains(b.out.String(), `tier "team" is removed`) {
		t.Errorf("exit code %d, asked %d times, %+v: %s", code, person.asked, p, &b.out)
	}
}

// What was typed while somebody else changed the file is not put over that, and
// nothing is advised that would.
func TestEditMeanwhile(t *testing.T) {
	for name, typed := range map[string]func(string) string{
		"a good text": func(text string) string { return strings.Replace(text, `"Notes"`, `"Ours"`, 1) },
		"a bad text":  func(text string) string { return strings.Replace(text, "help@example.com", "nobody", 1) },
	} {
		b := newBench(t, fsys.OS)
		b.env.Edit = func(argv []string) error {
			text := b.read(argv[2])
			b.beside("product", "edit", "--title", "Theirs")
			return os.WriteFile(argv[2], []byte(typed(text)), 0o600)
		}
		code := b.run("product", "edit")
		out := b.out.String()
		if code != 1 || b.product().Title != "Theirs" || len(b.copies()) != 1 {
			t.Errorf("%s: exit code %d, copies %q: %s", name, code, b.copies(), out)
		}
		if strings.Contains(out, "--from") || !strings.Contains(out, "is kept in") || !strings.Contains(out, "bring your change over from there") {
			t.Errorf("%s: the advice is %s", name, out)
		}
	}
	// Who typed nothing has nothing to lose.
	b := newBench(t, fsys.OS)
	b.env.Edit = func([]string) error { b.beside("product", "edit", "--title", "Theirs"); return nil }
	if code := b.run("product", "edit"); code != 0 || b.product().Title != "Theirs" || len(b.copies()) > 0 {
		t.Errorf("exit code %d, copies %q: %s", code, b.copies(), &b.out)
	}
}

// A clash that was there before does not keep anybody from another change; one
// that the change makes does.
func TestEditAndClash(t *testing.T) {
	b := newBench(t, fsys.OS)
	p := notes(t)
	p.Name = "maps"
	file, err := p.File()
	if err == nil {
		dir := filepath.Join(b.home, ".maps-creator")
		err = errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "product.json"), file, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	code := b.run("product", "edit", "--title", "Notes 2")
	for _, want := range []string{
		`warning: two products cannot share their environment variables: env_prefix NOTES is that of product "maps"; give one of them another env_prefix with dtlic product edit`,
		`warning: two products cannot share their buyers' directory: directory ".notes" is that of product "maps"`,
	} {
		if code != 0 || !strings.Contains(b.out.String(), want) || b.product().Title != "Notes 2" {
			t.Errorf("exit code %d, want %q: %s", code, want, &b.out)
		}
	}

	change := func(former, text string) {
		b.env.Edit = func(argv []string) error {
			return os.WriteFile(argv[2], []byte(strings.Replace(b.read(argv[2]), former, text, 1)), 0o600)
		}
	}
	change(`"env_prefix": "NOTES"`, `"env_prefix": "N"`)
	if code := b.run("product", "edit", "--yes"); code != 0 || strings.Contains(b.out.String(), "share their environment") {
		t.Errorf("the clash is mended: exit code %d: %s", code, &b.out)
	}
	change(`"env_prefix": "N"`, `"env_prefix": "NOTES"`)
	if code := b.run("product", "edit", "--yes", "--json"); code != 1 || b.product().EnvPrefix != "N" {
		t.Errorf("a new clash: exit code %d: %s", code, &b.out)
	}
	var answer struct{ Error struct{ Code, Hint string } }
	_, document, _ := strings.Cut(b.out.String(), "\n{")
	if err := json.Unmarshal([]byte("{"+document), &answer); err != nil || answer.Error.Code != "bad_record" ||
		answer.Error.Hint != `choose another env_prefix, or give product "maps" another one first: dtlic --product maps product edit` {
		t.Errorf("%+v, %v: %s", answer, err, &b.out)
	}
}

// Every call to the file system fails in turn, once alone and once with all that
// follow: the file is the former one or the new one, and is said to be new only
// where it is.
func TestEditByFlagsFaults(t *testing.T) {
	for _, fault := range []faultfs.Fault{{Err: syscall.EIO}, {Err: syscall.ENOSPC, Short: true}, {Err: syscall.EIO, Short: true, Crash: true}} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			disk := faultfs.New(fsys.OS, fault)
			b := newBench(t, disk)
			former := b.read(b.path("product.json"))
			code := b.run("product", "edit", "--title", "Notes 2")
			now := b.read(b.path("product.json"))
			switch {
			case now != former && b.product().Title != "Notes 2":
				t.Fatalf("%+v: the product file is %q", fault, now)
			case code == 0 && now == former:
				t.Fatalf("%+v: done, and nothing was changed: %s", fault, &b.out)
			case now != former && b.read(b.path("product.json.before")) != former:
				t.Fatalf("%+v: the former file is lost", fault)
			case strings.Contains(b.out.String(), "wrote") && now == former:
				t.Fatalf("%+v: not true: %s", fault, &b.out)
			}
			if disk.Injected() == 0 {
				if code != 0 {
					t.Fatalf("exit code %d: %s", code, &b.out)
				}
				break
			}
			injected++
		}
		if injected < 25 {
			t.Errorf("%d faults injected: the file system is not asked", injected)
		}
	}
}

// A lock that cannot be had is said, and nothing is changed; so is an interrupted
// wait for it.
func TestEditUnderALock(t *testing.T) {
	b := newBench(t, faultfs.New(fsys.OS, faultfs.Fault{At: 1, Op: faultfs.OpTryLock, Err: syscall.ENOLCK}))
	former := b.read(b.path("product.json"))
	if code := b.run("product", "edit", "--title", "T", "--json"); code != 1 || !strings.Contains(b.out.String(), `"code": "locked"`) {
		t.Errorf("no locks: exit code %d: %s", code, &b.out)
	}
	unlock, err := creator.Home{Disk: fsys.OS, Path: b.home}.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	b.env.Context = func() context.Context {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return ctx
	}
	if code := b.run("product", "edit", "--title", "T"); code != 130 {
		t.Errorf("interrupted: exit code %d: %s", code, &b.out)
	}
	if now := b.read(b.path("product.json")); now != former {
		t.Errorf("the product file is %q", now)
	}
}
