package dtlic_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
)

var ada = dtlic.Holder{Name: "Ada Løvelace", Email: "ada@example.com"}

// machine is one buyer's machine: a home, an environment and a clock.
type machine struct {
	t     *testing.T
	p     dtlic.Product
	home  string
	env   map[string]string
	clock time.Time
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	return &machine{t: t, p: product(t), home: t.TempDir(), env: map[string]string{}, clock: now}
}

func (m *machine) options() dtlic.Options {
	return dtlic.Options{
		Now: func() time.Time { return m.clock }, Home: m.home,
		Getenv: func(name string) string { return m.env[name] },
	}.OnDisk(unsynced{fsys.OS})
}

// unsynced is a file system that does not wait for the disk: no test pulls a
// plug, and thousands of writes would wait for nothing.
type unsynced struct{ fsys.FS }

type unsyncedFile struct{ fsys.File }

func (u unsynced) OpenFile(name string, flag int, perm fs.FileMode) (fsys.File, error) {
	f, err := u.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return unsyncedFile{f}, nil
}

func (unsynced) SyncDir(string) error { return nil }

func (unsyncedFile) Sync() error { return nil }

func (m *machine) file() string { return filepath.Join(m.home, ".datatools", "license.json") }

func (m *machine) content() string {
	m.t.Helper()
	data, err := os.ReadFile(m.file())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.t.Fatal(err)
	}
	return string(data)
}

func (m *machine) put(path, text string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) activate(changes members) dtlic.Activation {
	m.t.Helper()
	done, err := dtlic.Activate(m.p, signed(m.t, changes), ada, m.options())
	if err != nil {
		m.t.Fatal(err)
	}
	return done
}

func TestTheWholeLifeOfALicense(t *testing.T) {
	m := newMachine(t)
	if s := dtlic.Stored(m.p, m.options()); !errors.Is(s.Err, dtlic.ErrNotActivated) || s.Source.Path != m.file() || s.DaysLeft != 0 {
		t.Errorf("at first: %+v", s)
	}
	text := "Hello,\n\n> " + signed(t, nil)[:60] + "\n> " + signed(t, nil)[60:] + "\n\nBob"
	done, err := dtlic.Activate(m.p, text, dtlic.Holder{Name: " ada  løvelace", Email: "ADA@example.com"}, m.options())
	if err != nil || !done.Changed || done.Path != m.file() || done.HiddenBy != "" || done.SetAside != "" || !done.License.Has("join") {
		t.Fatalf("activate: %+v, %v", done, err)
	}
	want := `{"version":1,"blob":"` + signed(t, nil) + `","name":"Ada Løvelace","email":"ada@example.com","activated_at":"2026-11-21T12:00:00Z"}` + "\n"
	if got := m.content(); got != want {
		t.Errorf("the file holds\n%s, want\n%s", got, want)
	}
	if info, err := os.Stat(m.file()); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if s := dtlic.Stored(m.p, m.options()); s.Err != nil || s.State != dtlic.StateActive || !s.ActivatedAt.Equal(now) || s.License.Blob() != signed(t, nil) {
		t.Errorf("stored: %+v", s)
	}
	m.clock = now.Add(time.Hour)
	if done, err := dtlic.Activate(m.p, signed(t, nil), ada, m.options()); err != nil || done.Changed || m.content() != want {
		t.Errorf("again: %+v, %v", done, err)
	}
	later := signed(t, members{"expires_at": "2028-11-01T00:00:00Z"})
	if done, err := dtlic.Renew(m.p, later, m.options()); err != nil || !done.Changed || done.License.Blob() != later {
		t.Errorf("renew: %+v, %v", done, err)
	}
	if l, err := dtlic.Load(m.p, m.options()); err != nil || l.Blob() != later {
		t.Errorf("load: %v", err)
	}
	if done, err := dtlic.Deactivate(m.p, m.options()); err != nil || !done.Changed || done.Path != m.file() || done.License.Blob() != "" {
		t.Errorf("deactivate: %+v, %v", done, err)
	}
	if _, err := dtlic.Load(m.p, m.options()); !errors.Is(err, dtlic.ErrNotActivated) {
		t.Errorf("at last: %v", err)
	}
	if _, err := dtlic.Deactivate(m.p, m.options()); !errors.Is(err, dtlic.ErrNotActivated) {
		t.Errorf("twice: %v", err)
	}
	if _, err := dtlic.Renew(m.p, later, m.options()); !errors.Is(err, dtlic.ErrNotActivated) {
		t.Errorf("renewing nothing: %v", err)
	}
}

// What may replace what. The license that runs is of November to November.
func TestWhatMayReplaceWhat(t *testing.T) {
	running := members{"updates_until": "2027-06-01T00:00:00Z"}
	for _, c := range []struct {
		name            string
		next            members
		activate, renew error
	}{
		{"a longer one", members{"expires_at": "2028-01-01T00:00:00Z", "updates_until": "2027-06-01T00:00:00Z"}, nil, nil},
		{"the same times", members{"updates_until": "2027-06-01T00:00:00Z", "license_key": "X"}, nil, nil},
		{"all updates", nil, nil, nil},
		{"ends a second earlier", members{"expires_at": "2027-10-31T23:59:59Z"}, dtlic.ErrNotLater, dtlic.ErrNotLater},
		{"updates end a second earlier", members{"updates_until": "2027-05-31T23:59:59Z"}, dtlic.ErrNotLater, dtlic.ErrNotLater},
		{"issued a second earlier", members{"issued_at": "2026-10-31T23:59:59Z"}, dtlic.ErrNotLater, dtlic.ErrNotLater},
		{"another tier", members{"tier": "lite"}, nil, nil},
		{"another holder", members{"name": "Bob"}, dtlic.ErrHolderMismatch, dtlic.ErrHolderMismatch},
		{"another email", members{"email": "b@example.com"}, dtlic.ErrHolderMismatch, dtlic.ErrHolderMismatch},
		{"to begin", members{"starts_at": "2026-12-01T00:00:00Z"}, dtlic.ErrNotYetValid, dtlic.ErrNotYetValid},
		{"ended", members{"expires_at": "2026-11-21T12:00:00Z"}, dtlic.ErrExpired, dtlic.ErrExpired},
		{"of another product", members{"product": "other"}, dtlic.ErrWrongProduct, dtlic.ErrWrongProduct},
	} {
		t.Run(c.name, func(t *testing.T) {
			for verb, want := range map[string]error{"activate": c.activate, "renew": c.renew} {
				m := newMachine(t)
				m.activate(running)
				before := m.content()
				next := signed(t, c.next)
				done, err := dtlic.Activation{}, error(nil)
				if verb == "activate" {
					done, err = dtlic.Activate(m.p, next, ada, m.options())
				} else {
					done, err = dtlic.Renew(m.p, next, m.options())
				}
				if !errors.Is(err, want) || done.Changed != (want == nil) || (m.content() == before) != (want != nil) {
					t.Errorf("%s: %v, %+v", verb, err, done)
				}
				if err != nil && done.License.Has("clean") {
					t.Errorf("%s: a license comes with the error", verb)
				}
			}
		})
	}
}

// A trial covers all updates and a license that is bought covers them for a time:
// the trial is not the better one.
func TestAFullLicenseReplacesATrial(t *testing.T) {
	trial := members{"trial": true, "expires_at": "2026-12-01T00:00:00Z"}
	for _, c := range []struct {
		name string
		next members
		want error
	}{
		{"with updates for a time", members{"updates_until": "2027-06-01T00:00:00Z"}, nil},
		{"another trial with updates for a time", members{"trial": true, "updates_until": "2027-06-01T00:00:00Z"}, dtlic.ErrNotLater},
		{"ends a second earlier", members{"expires_at": "2026-11-30T23:59:59Z"}, dtlic.ErrNotLater},
		{"issued a second earlier", members{"issued_at": "2026-10-31T23:59:59Z"}, dtlic.ErrNotLater},
	} {
		m := newMachine(t)
		m.activate(trial)
		if _, err := dtlic.Renew(m.p, signed(t, c.next), m.options()); !errors.Is(err, c.want) {
			t.Errorf("renew, %s: %v", c.name, err)
		}
		m = newMachine(t)
		m.activate(trial)
		if _, err := dtlic.Activate(m.p, signed(t, c.next), ada, m.options()); !errors.Is(err, c.want) {
			t.Errorf("activate, %s: %v", c.name, err)
		}
	}
}

func TestAnExpiredOne(t *testing.T) {
	ended := members{"issued_at": "2025-11-01T00:00:00Z", "expires_at": "2026-12-01T00:00:00Z"}
	for _, c := range []struct {
		name            string
		next            members
		activate, renew error
	}{
		{"an earlier one", members{"issued_at": "2025-10-01T00:00:00Z", "expires_at": "2027-12-01T00:00:00Z"}, nil, dtlic.ErrNotLater},
		{"a later one", members{"issued_at": "2026-11-01T00:00:00Z", "expires_at": "2027-12-01T00:00:00Z"}, nil, nil},
	} {
		for verb, want := range map[string]error{"activate": c.activate, "renew": c.renew} {
			m := newMachine(t)
			m.activate(ended)
			m.clock = at("2026-12-05T00:00:00Z")
			if _, err := dtlic.Load(m.p, m.options()); !errors.Is(err, dtlic.ErrExpired) {
				t.Fatalf("it has expired: %v", err)
			}
			err := error(nil)
			if verb == "activate" {
				_, err = dtlic.Activate(m.p, signed(t, c.next), ada, m.options())
			} else {
				_, err = dtlic.Renew(m.p, signed(t, c.next), m.options())
			}
			if !errors.Is(err, want) {
				t.Errorf("%s over an expired one: %s: %v", c.name, verb, err)
			}
		}
	}
	m := newMachine(t)
	m.activate(ended)
	m.clock = at("2027-01-01T00:00:00Z")
	if s := dtlic.Stored(m.p, m.options()); s.State != "expired" || s.License.Name != ada.Name || s.License.Has("clean") {
		t.Errorf("shown: %+v", s)
	}
	if _, err := dtlic.Deactivate(m.p, m.options()); err != nil {
		t.Errorf("deactivate: %v", err)
	}
}

// What is no license of this product in the license's place: who says what.
func TestUnusableFiles(t *testing.T) {
	record := func(blob string) string { return `{"version":1,"blob":"` + blob + `"}` }
	changed := broken(t, breakages[6].breakage)
	for _, c := range []struct {
		name, content string
		want          error
		removable     bool
	}{
		{"no JSON", "hello", dtlic.ErrMalformed, false},
		{"empty", "", dtlic.ErrMalformed, false},
		{"the bare license", signed(t, nil), dtlic.ErrMalformed, false},
		{"no version", `{"blob":"x"}`, dtlic.ErrMalformed, false},
		{"a newer version", `{"version":2,"blob":"x"}`, dtlic.ErrUnsupported, false},
		{"no blob", `{"version":1}`, dtlic.ErrMalformed, false},
		{"a blob twice", `{"version":1,"blob":"a","blob":"b"}`, dtlic.ErrMalformed, false},
		{"another product's", record(signed(t, members{"product": "other"})), dtlic.ErrWrongProduct, false},
		{"a stranger's", record(sign(privateKey(9), plain(nil).json(t))), dtlic.ErrUnknownKey, true},
		{"changed", record(changed), dtlic.ErrBadSignature, true},
		{"cut off", record(signed(t, nil)[:100]), dtlic.ErrMalformed, false},
		{"behind a no-break space", "\u00a0" + record(signed(t, nil)), dtlic.ErrMalformed, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			m.put(m.file(), c.content)
			if _, err := dtlic.Load(m.p, m.options()); !errors.Is(err, c.want) {
				t.Errorf("load: %v", err)
			}
			if _, err := dtlic.Renew(m.p, signed(t, nil), m.options()); !errors.Is(err, c.want) || m.content() != c.content {
				t.Errorf("renew: %v", err)
			}
			done := m.activate(nil)
			kept, err := os.ReadFile(done.SetAside)
			if err != nil || string(kept) != c.content || !done.Changed {
				t.Errorf("activate: %+v, set aside %q, %v", done, kept, err)
			}
			m.put(m.file(), c.content)
			_, err = dtlic.Deactivate(m.p, m.options())
			if (err == nil) != c.removable || err != nil && (!errors.Is(err, c.want) || m.content() != c.content) {
				t.Errorf("deactivate: %v", err)
			}
		})
	}
}

// Each file that is set aside is kept, and none twice.
func TestSetAsideFilesAreKept(t *testing.T) {
	m := newMachine(t)
	var names []string
	for _, content := range []string{"one", "two", "one", "three"} {
		m.put(m.file(), content)
		names = append(names, strings.TrimPrefix(m.activate(nil).SetAside, m.file()))
	}
	if got := strings.Join(names, " "); got != ".replaced .replaced2 .replaced .replaced3" {
		t.Errorf("set aside as %s", got)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	m := newMachine(t)
	if err := os.MkdirAll(m.file(), 0o700); err != nil {
		t.Fatal(err)
	}
	for verb, err := range map[string]error{
		"load":       second(dtlic.Load(m.p, m.options())),
		"activate":   second(dtlic.Activate(m.p, signed(t, nil), ada, m.options())),
		"renew":      second(dtlic.Renew(m.p, signed(t, nil), m.options())),
		"deactivate": second(dtlic.Deactivate(m.p, m.options())),
	} {
		if !errors.Is(err, dtlic.ErrIO) {
			t.Errorf("%s, where a directory stands: %v", verb, err)
		}
	}
	if info, err := os.Stat(m.file()); err != nil || !info.IsDir() {
		t.Errorf("the directory is gone: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestSeveralLicensesInOneText(t *testing.T) {
	older := signed(t, members{"issued_at": "2026-10-01T00:00:00Z"})
	newer := signed(t, members{"issued_at": "2026-11-02T00:00:00Z"})
	other := signed(t, members{"product": "other"})
	strange := sign(privateKey(9), plain(nil).json(t))
	v := verifier(t, product(t))
	for _, c := range []struct {
		name, text, want string
		err              error
	}{
		{"the later one", newer + "\n> " + older, newer, nil},
		{"in any order", older + "\n" + newer, newer, nil},
		{"of this product", other + "\n" + older + "\n" + strange, older, nil},
		{"none of them", other + "\n" + strange, "", dtlic.ErrMalformed},
		{"one, and another's", other, "", dtlic.ErrWrongProduct},
		{"nothing", "hello", "", dtlic.ErrMalformed},
	} {
		l, err := v.Choose(c.text)
		if !errors.Is(err, c.err) || l.Blob() != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	var many strings.Builder
	for n := range byte(40) {
		many.WriteString(sign(privateKey(n+50), plain(nil).json(t)) + "\n")
	}
	_, err := v.Choose(many.String())
	if err == nil || len(err.Error()) > 2000 || !strings.HasSuffix(err.Error(), "and 32 more") {
		t.Errorf("of forty: %v", err)
	}
}

func TestTwoProductsInOneProcess(t *testing.T) {
	one, two := newMachine(t), newMachine(t)
	two.home = one.home
	two.p.Name, two.p.EnvPrefix, two.p.Directory, two.p.Support = "other", "OTHER", ".other", "other@example.com"
	two.p.Keys = []dtlic.TrustedKey{{PublicKey: publicKey(t, privateKey(2)), Role: dtlic.RoleIssuing}}
	two.p.Tiers = map[string]dtlic.Tier{"core": {Features: []string{"paint"}}}
	ofTwo := sign(privateKey(2), plain(members{"product": "other"}).json(t))
	one.activate(nil)
	if _, err := dtlic.Activate(two.p, ofTwo, ada, two.options()); err != nil {
		t.Fatal(err)
	}
	first, err := dtlic.Load(one.p, one.options())
	if err != nil || !first.Has("clean") || first.Has("paint") {
		t.Errorf("the first: %v", err)
	}
	other, err := dtlic.Load(two.p, two.options())
	if err != nil || !other.Has("paint") || other.Has("clean") {
		t.Errorf("the second: %v", err)
	}
	if _, err := dtlic.Activate(one.p, ofTwo, ada, one.options()); !errors.Is(err, dtlic.ErrUnknownKey) {
		t.Errorf("the second's license in the first: %v", err)
	}
	if _, err := dtlic.Activate(two.p, signed(t, nil), ada, two.options()); !errors.Is(err, dtlic.ErrUnknownKey) {
		t.Errorf("the first's license in the second: %v", err)
	}
}
