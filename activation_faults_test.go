package dtlic_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// action is something that changes license.json.
type action struct {
	name    string
	prepare func(m *machine)
	run     func(m *machine, o dtlic.Options) (dtlic.Activation, error)
}

func actions(t *testing.T) []action {
	t.Helper()
	later := signed(t, members{"expires_at": "2028-11-01T00:00:00Z"})
	activate := func(m *machine, o dtlic.Options) (dtlic.Activation, error) {
		return dtlic.Activate(m.p, later, ada, o)
	}
	running := func(m *machine) { m.activate(nil) }
	return []action{
		{"activate at first", func(*machine) {}, activate},
		{"activate over another", running, activate},
		{"activate over what is none", func(m *machine) { m.put(m.file(), "somebody's text") }, activate},
		{"renew", running, func(m *machine, o dtlic.Options) (dtlic.Activation, error) { return dtlic.Renew(m.p, later, o) }},
		{"deactivate", running, func(m *machine, o dtlic.Options) (dtlic.Activation, error) { return dtlic.Deactivate(m.p, o) }},
	}
}

// Every call to the file system fails in turn, once alone and once with all
// that come after it, as when a process dies. The license is the old or the new
// one, never half of one; an error comes with a zero license; and the next run
// does what was asked for.
func TestFaults(t *testing.T) {
	for _, a := range actions(t) {
		for _, fault := range []faultfs.Fault{
			{Err: syscall.EIO}, {Err: syscall.ENOSPC, Short: true}, {Err: syscall.EACCES}, {Err: syscall.EIO, Short: true, Crash: true},
		} {
			t.Run(fmt.Sprintf("%s, %v, crash %v", a.name, fault.Err, fault.Crash), func(t *testing.T) {
				injected := 0
				for fault.At = 1; ; fault.At++ {
					if !failOnce(t, a, fault) {
						break
					}
					injected++
				}
				if injected < 3 {
					t.Errorf("%d faults injected: the file system is not asked", injected)
				}
			})
		}
	}
}

// failOnce runs the action with one fault, and tells whether there was one.
func failOnce(t *testing.T, a action, fault faultfs.Fault) bool {
	t.Helper()
	clean := newMachine(t)
	a.prepare(clean)
	before := clean.content()
	if _, err := a.run(clean, clean.options()); err != nil {
		t.Fatal(err)
	}
	after := clean.content()

	m := newMachine(t)
	a.prepare(m)
	disk := faultfs.New(unsynced{fsys.OS}, fault)
	done, err := a.run(m, m.options().OnDisk(disk))
	if got := m.content(); got != before && got != after {
		t.Errorf("call %d: the file is neither old nor new: %q", fault.At, got)
	}
	switch {
	case err == nil && m.content() != after:
		t.Errorf("call %d: no error, and nothing done; calls %q", fault.At, disk.Calls())
	case err != nil && (!errors.Is(err, dtlic.ErrIO) || !errors.Is(err, fault.Err)):
		t.Errorf("call %d: class %q: %v", fault.At, dtlic.CodeOf(err), err)
	case err != nil && (done.Changed || done.License.Has("clean")):
		t.Errorf("call %d: %v comes with %+v", fault.At, err, done)
	}
	if _, err := a.run(m, m.options()); err != nil && !errors.Is(err, dtlic.ErrNotActivated) || m.content() != after {
		t.Errorf("call %d: the next run: %v, file %q", fault.At, err, m.content())
	}
	// Temporary files of a dead run stay until the next write of that file.
	for _, name := range leftovers(t, m) {
		t.Errorf("call %d: %s is left behind", fault.At, name)
	}
	return disk.Injected() > 0
}

// leftovers are files beside license.json that nobody needs.
func leftovers(t *testing.T, m *machine) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(m.home + "/.datatools")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name, _ := strings.CutPrefix(e.Name(), ".")
		if name, _ = strings.CutSuffix(name, ".1.tmp"); name != "license.json" && name != "license.json.replaced" {
			names = append(names, e.Name())
		}
	}
	return names
}

// Reading fails too, and nothing is granted.
func TestFaultsOfReading(t *testing.T) {
	m := newMachine(t)
	m.activate(nil)
	for n := 1; ; n++ {
		disk := faultfs.New(unsynced{fsys.OS}, faultfs.Fault{At: n})
		l, err := dtlic.Load(m.p, m.options().OnDisk(disk))
		if disk.Injected() == 0 {
			if n < 4 || err != nil {
				t.Errorf("after %d calls: %v", n-1, err)
			}
			return
		}
		// A failing close of what was only read changes nothing.
		if err == nil && disk.Count(faultfs.OpClose) == 1 && l.Has("clean") {
			continue
		}
		if !errors.Is(err, dtlic.ErrIO) || l.Has("clean") {
			t.Errorf("call %d: %v", n, err)
		}
	}
}
