package creator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

func TestChangeMail(t *testing.T) {
	home := homeWith(t, fsys.OS, "{}")
	place := home.Place("notes")
	if _, err := place.MailText(10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	for i, step := range []struct {
		text      string // "" removes it
		changed   bool
		now, kept string
	}{
		{"", false, "", ""},
		{"one", true, "one", ""},
		{"one", false, "one", ""},
		{"two", true, "two", "one"},
		{"", true, "", "two"},
		{"", false, "", "two"},
		{"three", true, "three", "two"},
	} {
		var text []byte
		if step.text != "" {
			text = []byte(step.text)
		}
		changed, err := home.ChangeMail(t.Context(), "notes", text)
		now, _ := os.ReadFile(place.MailFile())
		kept, _ := os.ReadFile(place.FormerMailFile())
		if err != nil || changed != step.changed || string(now) != step.now || string(kept) != step.kept {
			t.Errorf("step %d: changed %v, %q, %q, %v", i, changed, now, kept, err)
		}
	}
}

// A text that is too long for use can still be replaced, and what is no file not.
func TestChangeMailOfOddFiles(t *testing.T) {
	home := homeWith(t, fsys.OS, "{}")
	place := home.Place("notes")
	long := strings.Repeat("x", 100_000)
	if err := os.WriteFile(place.MailFile(), []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	if changed, err := home.ChangeMail(t.Context(), "notes", []byte("short")); !changed || err != nil {
		t.Errorf("%v, %v", changed, err)
	}
	if kept, err := os.ReadFile(place.FormerMailFile()); string(kept) != long {
		t.Errorf("%d bytes are kept, %v", len(kept), err)
	}
	if runtime.GOOS != "windows" {
		other := filepath.Join(home.Path, "other.txt")
		if err := errors.Join(os.Remove(place.MailFile()), os.WriteFile(other, []byte("theirs"), 0o600), os.Symlink(other, place.MailFile())); err != nil {
			t.Fatal(err)
		}
		if text, err := place.MailText(10); string(text) != "theirs" {
			t.Errorf("%q, %v", text, err)
		}
		if changed, err := home.ChangeMail(t.Context(), "notes", nil); changed || err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("%v, %v", changed, err)
		}
	}
	if err := errors.Join(os.Remove(place.MailFile()), os.Mkdir(place.MailFile(), 0o700)); err != nil {
		t.Fatal(err)
	}
	if changed, err := home.ChangeMail(t.Context(), "notes", []byte("text")); changed || err == nil {
		t.Errorf("over a directory: %v, %v", changed, err)
	}
}

// Every call fails in turn: the text is the former or the new one, and where it is
// the new one the former is kept.
func TestChangeMailFaults(t *testing.T) {
	for _, text := range [][]byte{[]byte("new"), nil} {
		for _, fault := range []faultfs.Fault{{Err: syscall.EIO}, {Err: syscall.ENOSPC, Short: true}, {Err: syscall.EIO, Short: true, Crash: true}} {
			injected := 0
			for fault.At = 1; ; fault.At++ {
				disk := faultfs.New(fsys.OS, fault)
				home := homeWith(t, disk, "{}")
				place := home.Place("notes")
				if err := os.WriteFile(place.MailFile(), []byte("former"), 0o600); err != nil {
					t.Fatal(err)
				}
				changed, err := home.ChangeMail(t.Context(), "notes", text)
				now, _ := os.ReadFile(place.MailFile())
				kept, _ := os.ReadFile(place.FormerMailFile())
				isNew := string(now) == string(text)
				switch {
				case !isNew && string(now) != "former":
					t.Fatalf("%+v: %q", fault, now)
				case isNew && string(kept) != "former":
					t.Fatalf("%+v: the former text is lost, kept is %q", fault, kept)
				case err == nil && (!isNew || !changed):
					t.Fatalf("%+v: done, changed %v, and it holds %q", fault, changed, now)
				}
				if disk.Injected() == 0 {
					break
				}
				injected++
			}
			if injected < 15 {
				t.Errorf("%d faults injected: the file system is not asked", injected)
			}
		}
	}
}
