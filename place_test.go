package dtlic_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dtlic/dtlic"
)

// Where a license is read and written, for all ways to set home and the two
// variables. Each place holds a license with a key that names it.
func TestPlaces(t *testing.T) {
	// What a license file that a variable names can be.
	const unset, none, record, text, missing = "unset", "empty", "license.json", "text", "missing"
	for _, home := range []bool{true, false} {
		for _, file := range []string{unset, none, record, text, missing} {
			for _, variable := range []string{unset, none, "license"} {
				t.Run(fmt.Sprintf("home %v, file %s, variable %s", home, file, variable), func(t *testing.T) {
					m := newMachine(t)
					m.activate(members{"license_key": "HOME"})
					ownPath := m.file()
					named := filepath.Join(t.TempDir(), "named")
					switch file {
					case record:
						m.put(named, `{"version":1,"blob":"`+signed(t, members{"license_key": "FILE"})+`"}`)
					case text:
						m.put(named, "Hello\n> "+signed(t, members{"license_key": "FILE"})+"\n")
					}
					if file != unset {
						m.env["DATATOOLS_LICENSE_FILE"] = map[bool]string{true: "", false: named}[file == none]
					}
					if variable != unset {
						m.env["DATATOOLS_LICENSE"] = map[bool]string{true: "", false: signed(t, members{"license_key": "VARIABLE"})}[variable == none]
					}
					if !home {
						m.home, ownPath = "", ""
					}

					// What the format says about them.
					key, source, hidden := "HOME", dtlic.Source{Path: ownPath}, ""
					if !home {
						key = ""
					}
					switch file {
					case record, missing:
						key, source, ownPath = "FILE", dtlic.Source{Variable: "DATATOOLS_LICENSE_FILE", Path: named}, named
						if file == missing {
							key = ""
						}
					case text:
						key, source, hidden = "FILE", dtlic.Source{Variable: "DATATOOLS_LICENSE_FILE", Path: named}, "DATATOOLS_LICENSE_FILE"
					}
					if variable == "license" {
						key, source, hidden = "VARIABLE", dtlic.Source{Variable: "DATATOOLS_LICENSE"}, "DATATOOLS_LICENSE"
					}
					checkPlace(t, m, key, source, ownPath, hidden)
				})
			}
		}
	}
}

func checkPlace(t *testing.T, m *machine, key string, source dtlic.Source, own, hidden string) {
	t.Helper()
	s := dtlic.Stored(m.p, m.options())
	if s.License.LicenseKey != key || s.Source != source {
		t.Errorf("read %q from %+v (%v), want %q from %+v", s.License.LicenseKey, s.Source, s.Err, key, source)
	}
	switch {
	case key == "" && source.Path == "" && !errors.Is(s.Err, dtlic.ErrIO):
		t.Errorf("no place at all: %v", s.Err)
	case key == "" && source.Path != "" && !errors.Is(s.Err, dtlic.ErrNotActivated):
		t.Errorf("nothing there: %v", s.Err)
	}

	before := map[string]string{}
	for name, value := range m.env {
		if data, err := os.ReadFile(value); err == nil {
			before[name] = string(data)
		}
	}
	next := signed(t, members{"license_key": "NEXT", "expires_at": "2028-01-01T00:00:00Z"})
	done, err := dtlic.Activate(m.p, next, ada, m.options())
	if own == "" {
		if !errors.Is(err, dtlic.ErrIO) {
			t.Errorf("activate without a place: %+v, %v", done, err)
		}
		return
	}
	if err != nil || done.Path != own || done.HiddenBy != hidden || !done.Changed {
		t.Errorf("activate: %+v, %v, want a change of %s, hidden by %q", done, err, own, hidden)
	}
	if data, err := os.ReadFile(m.env[source.Variable]); err == nil && own != source.Path && string(data) != before[source.Variable] {
		t.Errorf("the text that is read only was written: %q", data)
	}
	want := "NEXT"
	if hidden != "" {
		want = key
	}
	if s := dtlic.Stored(m.p, m.options()); s.License.LicenseKey != want {
		t.Errorf("then it reads %q (%v), want %q", s.License.LicenseKey, s.Err, want)
	}
	if done, err := dtlic.Renew(m.p, next, m.options()); err != nil || done.Changed || done.HiddenBy != hidden {
		t.Errorf("renew: %+v, %v", done, err)
	}
	done, err = dtlic.Deactivate(m.p, m.options())
	if err != nil || done.Path != own || done.HiddenBy != hidden {
		t.Errorf("deactivate: %+v, %v", done, err)
	}
}

// Whatever a variable holds is the answer; the file does not step in.
func TestABadVariableIsTheAnswer(t *testing.T) {
	for value, want := range map[string]error{
		"hello":                                dtlic.ErrMalformed,
		"   ":                                  dtlic.ErrMalformed,
		signed(t, nil)[:90]:                    dtlic.ErrMalformed,
		signed(t, members{"product": "other"}): dtlic.ErrWrongProduct,
		signed(t, members{"expires_at": "2026-11-20T00:00:00Z"}): dtlic.ErrExpired,
		sign(privateKey(9), plain(nil).json(t)):                  dtlic.ErrUnknownKey,
	} {
		m := newMachine(t)
		m.activate(nil)
		m.env["DATATOOLS_LICENSE"] = value
		if _, err := dtlic.Load(m.p, m.options()); !errors.Is(err, want) {
			t.Errorf("%.20q: %v", value, err)
		}
	}
}

func TestNoEnvironment(t *testing.T) {
	m := newMachine(t)
	m.activate(nil)
	o := m.options()
	o.Getenv = nil
	if _, err := dtlic.Load(m.p, o); err != nil {
		t.Error(err)
	}
}
