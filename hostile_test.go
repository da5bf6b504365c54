package dtlic_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// Fields are for showing: changing them changes no answer.
func TestChangedFieldsDecideNothing(t *testing.T) {
	l, err := verifier(t, product(t)).Verify(signed(t, members{"updates_until": "2026-12-01T00:00:00Z"}))
	if err != nil {
		t.Fatal(err)
	}
	end := l.ExpiresAt
	l.ExpiresAt, l.UpdatesUntil = dtlic.Perpetual(), time.Time{}
	if s := dtlic.Evaluate(l, end); !errors.Is(s.Err, dtlic.ErrExpired) {
		t.Errorf("Evaluate goes by a changed field: %v", s.Err)
	}
	if err := l.Covers(end); !errors.Is(err, dtlic.ErrUpdatesEnded) {
		t.Errorf("Covers goes by a changed field: %v", err)
	}
}

// A build that the linker gave no date is covered by nothing that ends.
func TestCoversNeedsABuildDate(t *testing.T) {
	for until, want := range map[string]error{"2026-12-01T00:00:00Z": dtlic.ErrUpdatesEnded, "": nil} {
		changes := members{}
		if until != "" {
			changes["updates_until"] = until
		}
		l, err := verifier(t, product(t)).Verify(signed(t, changes))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Covers(time.Time{}); !errors.Is(err, want) {
			t.Errorf("updates until %q: %v, want %v", until, err, want)
		}
	}
}

// A text of thousands of licenses is refused before they are judged.
func TestChooseJudgesNoCrowd(t *testing.T) {
	var text strings.Builder
	for n := range 65 {
		fmt.Fprintf(&text, "%s\n", signed(t, members{"license_key": fmt.Sprintf("K-%d", n)}))
	}
	_, err := verifier(t, product(t)).Choose(text.String())
	if !errors.Is(err, dtlic.ErrMalformed) || !strings.Contains(err.Error(), "65 of them") {
		t.Errorf("got %v", err)
	}
}

func TestNilErrorsHaveNoClass(t *testing.T) {
	var none *dtlic.Error
	if dtlic.CodeOf(none) != "" || errors.Is(error(none), dtlic.ErrIO) || none.Is(dtlic.ErrIO) {
		t.Error("a nil *Error has a class")
	}
}

// Another program's file is not replaced, whatever a variable says of it.
func TestAVariableNamesAnotherProgramsFile(t *testing.T) {
	m := newMachine(t)
	config := filepath.Join(m.home, "config.json")
	m.put(config, `{"my":"config"}`)
	o := m.options()
	o.Getenv = func(name string) string {
		return map[string]string{"DATATOOLS_LICENSE_FILE": config}[name]
	}
	done, err := dtlic.Activate(m.p, signed(t, nil), dtlic.Holder{Name: "Ada Løvelace", Email: "ada@example.com"}, o)
	if err != nil || done.Path != m.file() || done.HiddenBy != "DATATOOLS_LICENSE_FILE" {
		t.Errorf("activated in %q, hidden by %q, %v", done.Path, done.HiddenBy, err)
	}
	if text, err := os.ReadFile(config); err != nil || string(text) != `{"my":"config"}` {
		t.Errorf("the other program's file: %q, %v", text, err)
	}
}

// Nobody vouches for a license.json, so no more of it is read than one needs.
func TestALargeRecord(t *testing.T) {
	m := newMachine(t)
	m.put(m.file(), `{"version":1,"blob":[`+strings.Repeat("0,", 40_000)+`0]}`)
	if s := dtlic.Stored(m.p, m.options()); !errors.Is(s.Err, dtlic.ErrMalformed) || !strings.Contains(s.Err.Error(), "more than 65536") {
		t.Errorf("got %v", s.Err)
	}
}

// The buyer's own directory is closed to others by the next activation.
func TestAnOpenDirectoryIsClosed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no modes on Windows")
	}
	m := newMachine(t)
	dir := filepath.Dir(m.file())
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	m.activate(nil)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// An error means an unchanged file, also when it is the directory that cannot be
// closed to others.
func TestADirectoryThatStaysOpen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no modes on Windows")
	}
	m := newMachine(t)
	m.activate(nil)
	before := m.content()
	if err := os.Chmod(filepath.Dir(m.file()), 0o777); err != nil {
		t.Fatal(err)
	}
	later := signed(t, members{"expires_at": "2028-01-01T00:00:00Z"})
	o := m.options().OnDisk(faultfs.New(unsynced{fsys.OS}, faultfs.Fault{At: 1, Op: faultfs.OpChmod, Err: syscall.EPERM}))
	if _, err := dtlic.Renew(m.p, later, o); !errors.Is(err, dtlic.ErrIO) || m.content() != before {
		t.Errorf("%v, and the file changed: %t", err, m.content() != before)
	}
	if _, err := dtlic.Renew(m.p, later, m.options()); err != nil || m.content() == before {
		t.Errorf("the next one: %v", err)
	}
}
