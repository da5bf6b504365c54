package creatorcli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/keys"
)

// bench is a creator's home with the product notes in it.
type bench struct {
	t    *testing.T
	home string
	env  cli.Env
	out  bytes.Buffer
}

func newBench(t *testing.T, disk fsys.FS) *bench {
	t.Helper()
	if keys.BuildChannel() == keys.Product {
		t.Skip("a product build has no product files")
	}
	b := &bench{t: t, home: t.TempDir()}
	p := notes(t)
	file, err := p.File()
	if err == nil {
		err = errors.Join(os.Mkdir(b.path(""), 0o700), os.WriteFile(b.path("product.json"), file, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	b.env = cli.Env{
		Stdin: strings.NewReader(""), Stdout: &b.out, Stderr: &b.out, Width: 80,
		Getenv: func(name string) string { return map[string]string{"DTLIC_PRODUCT": "notes", "EDITOR": "ed -s"}[name] },
		Home:   b.home, Now: func() time.Time { return time.Unix(1795262400, 0) }, Location: time.UTC,
		Random: rand.Reader, Disk: disk, Context: context.Background,
	}
	return b
}

func (b *bench) path(name string) string { return filepath.Join(b.home, ".notes-creator", name) }

func (b *bench) run(args ...string) int {
	b.env.Args = args
	b.out.Reset()
	app, root := New(b.env)
	return app.Run(root)
}

func (b *bench) read(path string) string {
	b.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

// copies are the copies that edits have left.
func (b *bench) copies() []string {
	paths, err := filepath.Glob(b.path("product-edit-*"))
	if err != nil {
		b.t.Fatal(err)
	}
	return paths
}

// Every call to the file system fails in turn, once alone and once with all that
// follow, while the product file is edited. It is the former one or the new one,
// never a part; and what a person typed is in it, or in the copy that is kept.
func TestEditFaults(t *testing.T) {
	for _, fault := range []faultfs.Fault{{Err: syscall.EIO}, {Err: syscall.ENOSPC, Short: true}, {Err: syscall.EIO, Short: true, Crash: true}} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			disk := faultfs.New(fsys.OS, fault)
			b := newBench(t, disk)
			former := b.read(b.path("product.json"))
			typed := strings.Replace(former, `"Notes"`, `"Notes 2"`, 1)
			edited := false
			b.env.Edit = func(argv []string) error {
				if strings.Join(argv[:2], " ") != "ed -s" || len(argv) != 3 || b.read(argv[2]) != former {
					t.Errorf("the editor is called as %q", argv)
				}
				edited = true
				return os.WriteFile(argv[2], []byte(typed), 0o600)
			}
			code := b.run("product", "edit")
			now := b.read(b.path("product.json"))
			switch copies := b.copies(); {
			case now != former && now != typed:
				t.Fatalf("%+v: the product file is %q", fault, now)
			case code == 0 && now != typed:
				t.Fatalf("%+v: done, and nothing was changed: %s", fault, &b.out)
			case now == typed && b.read(b.path("product.json.before")) != former:
				t.Fatalf("%+v: the former file is lost", fault)
			case edited && now == former && (len(copies) != 1 || b.read(copies[0]) != typed):
				t.Fatalf("%+v: what was typed is lost; %q are left: %s", fault, copies, &b.out)
			case disk.Injected() == 0 && (code != 0 || len(copies) > 0):
				t.Fatalf("exit code %d, %q are left: %s", code, copies, &b.out)
			}
			if disk.Injected() == 0 {
				break
			}
			injected++
		}
		if injected < 20 {
			t.Errorf("%d faults injected: the file system is not asked", injected)
		}
	}
}

// An editor that cannot be named is asked for; the one that the system has is
// used where there is one.
func TestDefaultEditor(t *testing.T) {
	b := newBench(t, fsys.OS)
	b.env.Getenv = func(name string) string { return map[string]string{"DTLIC_PRODUCT": "notes", "VISUAL": " "}[name] }
	if code := b.run("product", "edit"); code != 2 || len(b.copies()) > 0 {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
	b.env.DefaultEditor = "notepad"
	b.env.Edit = func(argv []string) error {
		if len(argv) != 2 || argv[0] != "notepad" || filepath.Ext(argv[1]) != ".json" {
			t.Errorf("called as %q", argv)
		}
		return nil
	}
	if code := b.run("product", "edit"); code != 0 || !strings.Contains(b.out.String(), "nothing was changed") || len(b.copies()) > 0 {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
}

// Line ends of Windows are no change of a product, and no error.
func TestEditWithWindowsLineEnds(t *testing.T) {
	b := newBench(t, fsys.OS)
	b.env.Edit = func(argv []string) error {
		return os.WriteFile(argv[2], []byte(strings.ReplaceAll(b.read(argv[2]), "\n", "\r\n")), 0o600)
	}
	if code := b.run("product", "edit"); code != 0 {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
	if code := b.run("product", "edit", "--title", "Notes 2"); code != 0 || !strings.Contains(b.read(b.path("product.json")), `"Notes 2"`) {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
}

func TestSameTiers(t *testing.T) {
	p := notes(t)
	if got := sameTiers(&p); len(got) > 0 {
		t.Errorf("%+v", got)
	}
	for name, features := range map[string]string{"a": "export+batch", "b": "batch+export", "c": "batch+export+print"} {
		p.Tiers[name] = dtlic.Tier{Features: strings.Split(features, "+")}
	}
	got := fmt.Sprint(sameTiers(&p))
	if len(sameTiers(&p)) != 2 || !strings.Contains(got, "a and b") || !strings.Contains(got, "a and studio") {
		t.Errorf("%s", got)
	}
}
