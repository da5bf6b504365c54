package creatorcli

import (
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/ledger"
)

// atLock lets something happen just before the log is locked for the first time.
type atLock struct {
	fsys.FS
	happens func()
}

func (a *atLock) Lstat(path string) (fs.FileInfo, error) {
	if happens := a.happens; happens != nil && strings.HasSuffix(path, "issued.jsonl.lock") {
		a.happens = nil
		happens()
	}
	return a.FS.Lstat(path)
}

// newMinter is a bench with a signing key.
func newMinter(t *testing.T) (*bench, *atLock) {
	t.Helper()
	disk := &atLock{FS: faultfs.New(fsys.OS, faultfs.Fault{})} // without its slow fsync
	b := newBench(t, disk)
	getenv := b.env.Getenv
	b.env.Getenv = func(name string) string {
		if name == "NOTES_LICENSE_PRIVKEY" {
			return strings.Repeat("5e", 32)
		}
		return getenv(name)
	}
	if code := b.run("mint", "--name", "Ada Buyer", "--email", "ada@example.com", "--license-key", "SOLD-1"); code != 0 {
		t.Fatalf("exit code %d: %s", code, &b.out)
	}
	return b, disk
}

// Two creators who renew one license at once sell one year, not two.
func TestRenewMeanwhile(t *testing.T) {
	b, disk := newMinter(t)
	disk.happens = func() { b.beside("mint", "--renew", "SOLD-1", "--years", "2") }
	code := b.run("mint", "--renew", "ada@example.com", "--json")
	if out := b.out.String(); code != 1 || !strings.Contains(out, `"code": "changed"`) || strings.Contains(out, "DTLIC2") ||
		!strings.Contains(out, "dtlic log show SOLD-1") {
		t.Errorf("exit code %d: %s", code, out)
	}
	log := b.read(b.path("issued.jsonl"))
	if strings.Count(log, "\n") != 2 || strings.Count(log, `"replaces"`) != 1 {
		t.Errorf("the log has %s", log)
	}
	// What others mint meanwhile is nobody's business.
	disk.happens = func() { b.beside("mint", "--name", "Bob Buyer", "--email", "bob@example.com") }
	if code := b.run("mint", "--renew", "SOLD-1"); code != 0 || strings.Count(b.read(b.path("issued.jsonl")), `"replaces"`) != 2 {
		t.Errorf("exit code %d: %s", code, &b.out)
	}
}

// What the log holds of a renewal is what its text says: the next renewal compares
// them.
func TestTheRecordOfARenewalAgrees(t *testing.T) {
	b, _ := newMinter(t)
	for _, change := range []string{"--tier studio", "--starts 2026-12-01", "--limit seats=3", "--days 9", "--perpetual", "--feature x"} {
		if code := b.run(append([]string{"mint", "--renew", "SOLD-1"}, strings.Fields(change)...)...); code != 0 {
			t.Errorf("%s: exit code %d: %s", change, code, &b.out)
		}
	}
}

func TestContradiction(t *testing.T) {
	l := dtlic.License{
		LicenseKey: "K", Product: "notes", Name: "Ada", Email: "a@b", Tier: "basic", Trial: true,
		IssuedAt: at("2026-11-21T12:00:00Z"), ExpiresAt: at("2027-11-21T12:00:00Z"),
		StartsAt: at("2026-12-01T00:00:00Z"), UpdatesUntil: at("2027-01-01T00:00:00Z"),
	}
	whole := record(&issued{license: l, keyID: "AAAAAAAAAAA"}, "")
	for name, change := range map[string]func(r *ledger.Record){
		"":              func(*ledger.Record) {},
		"license_key":   func(r *ledger.Record) { r.LicenseKey = "k" },
		"name":          func(r *ledger.Record) { r.Name = "ada" },
		"email":         func(r *ledger.Record) { r.Email = "A@b" },
		"tier":          func(r *ledger.Record) { r.Tier = "" },
		"issued_at":     func(r *ledger.Record) { r.IssuedAt = "2026-11-21T12:00:01Z" },
		"expires_at":    func(r *ledger.Record) { r.ExpiresAt = "tomorrow" },
		"key_id":        func(r *ledger.Record) { r.KeyID = "AAAAAAAAAAB" },
		"product":       func(r *ledger.Record) { r.Product = "note" },
		"starts_at":     func(r *ledger.Record) { r.StartsAt = "2026-12-01T00:00:01Z" },
		"updates_until": func(r *ledger.Record) { r.UpdatesUntil = "2028-01-01T00:00:00Z" },
	} {
		r := whole
		change(&r)
		if got := contradiction(&r, &l, "AAAAAAAAAAA"); got != name {
			t.Errorf("%q, want %q", got, name)
		}
	}
	older := whole
	older.KeyID, older.Product, older.StartsAt, older.UpdatesUntil, older.Trial = "", "", "", "", false
	older.IssuedAt = "2026-11-21T13:00:00+01:00"
	if got := contradiction(&older, &l, "AAAAAAAAAAA"); got != "" {
		t.Errorf("an older line: %q", got)
	}
	l.Trial, l.StartsAt = false, at("2026-11-22T00:00:00Z")
	older.Trial = true
	if got := contradiction(&older, &l, "AAAAAAAAAAA"); got != "trial" {
		t.Errorf("a trial in the log alone: %q", got)
	}
}

func TestARevokedLicenseIsNotRenewed(t *testing.T) {
	err := revokedFailure("SOLD-1", ledger.Revocation{Reason: "refunded"})
	var e *dtlic.Error
	if !errors.As(err, &e) || e.Error() != "license SOLD-1 is revoked: refunded" || e.Hint != "dtlic unrevoke SOLD-1" || !errors.Is(err, dtlic.ErrRevoked) {
		t.Errorf("%v", err)
	}
}

// What a newer version minted is not renewed by half.
func TestLicensesOfANewerVersion(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	for members, why := range map[string]string{
		`,"x_order":17,"features":[]`: "",
		`,"seats_by":"login"`:         `it has the member "seats_by", which this version does not know and would lose`,
		`,"machines":["m"]`:           `member "machines"`,
	} {
		b, _ := newMinter(t)
		l := dtlic.License{
			LicenseKey: "SOLD-2", Product: "notes", Name: "Bob Buyer", Email: "bob@example.com", Tier: "basic",
			IssuedAt: at("2026-11-21T12:00:00Z"), ExpiresAt: at("2027-11-21T12:00:00Z"),
		}
		payload := strings.TrimSuffix(string(l.AppendPayload(nil)), "}") + members + "}"
		text := envelope.AppendUnsigned(nil, envelope.License, "AAAAAAAAAAA", []byte(payload))
		text = envelope.AppendSignature(text, ed25519.Sign(private, text))
		line := record(&issued{license: l, keyID: "AAAAAAAAAAA", blob: string(text)}, "").Append(nil)
		if err := os.WriteFile(b.path("issued.jsonl"), append(line, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
		code := b.run("mint", "--renew", "SOLD-2")
		out := b.out.String()
		switch {
		case why == "" && (code != 0 || !strings.Contains(out, "does not trust the key AAAAAAAAAAA that signed the running license")):
			t.Errorf("%s: exit code %d: %s", members, code, out)
		case why != "" && (code != 1 || !strings.Contains(out, why) || !strings.Contains(out, "or a newer one") || strings.Contains(out, "DTLIC2")):
			t.Errorf("%s: exit code %d: %s", members, code, out)
		}
	}
}

// Whatever call fails: what is shown is in the log, once, every line is whole, and
// the next renewal works.
func TestRenewSurvivesEveryFault(t *testing.T) {
	for _, fault := range []faultfs.Fault{{}, {Err: syscall.ENOSPC, Short: true}, {Crash: true, Short: true}} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			b, disk := newMinter(t)
			faulty := faultfs.New(fsys.OS, fault)
			b.env.Disk = faulty
			code := b.run("mint", "--renew", "SOLD-1", "--json")
			shown := strings.Contains(b.out.String(), `"blob": "DTLIC2`)
			b.env.Disk = disk
			renewals := strings.Count(b.read(b.path("issued.jsonl")), `"replaces"`)
			if shown != (code == 0) || shown && renewals != 1 || !shown && !fault.Crash && renewals != 0 {
				t.Errorf("call %d of %q: exit code %d, shown %v, %d in the log", fault.At, faulty.Calls(), code, shown, renewals)
			}
			if code := b.run("mint", "--renew", "SOLD-1"); code != 0 {
				t.Errorf("call %d: the next one: exit code %d: %s", fault.At, code, &b.out)
			}
			if log := b.read(b.path("issued.jsonl")); !strings.HasSuffix(log, "\n") || strings.Count(log, "\n") != renewals+2 {
				t.Errorf("call %d: the log has %s", fault.At, log)
			}
			if faulty.Injected() == 0 {
				break
			}
			injected++
		}
		t.Logf("%d faults", injected)
		if injected < 20 {
			t.Errorf("only %d faults were injected", injected)
		}
	}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}
