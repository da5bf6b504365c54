package creatorcli

import (
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/ui"
)

// TestRevokedLicense: whoever asks about a revoked license learns when and why.
func TestRevokedLicense(t *testing.T) {
	a := &app{App: &cli.App{Env: cli.Env{Now: func() time.Time { return filterNow }, Location: time.UTC}}}
	m := ledger.Match{State: ledger.Revoked, Entry: ledger.Entry{
		Record: ledger.Record{
			LicenseKey: "K-1", Name: "Ada Buyer", Email: "ada@example.com", Tier: "core",
			IssuedAt: "2026-01-01T00:00:00Z", ExpiresAt: "2027-01-01T00:00:00Z", Blob: "b",
		},
		Raw: []byte(`{"license_key":"K-1","revoked_reason":"of another tool","shop":7}`),
	}}
	revoked := map[string]ledger.Revocation{"K-1": {LicenseKey: "K-1", RevokedAt: "2026-01-20T08:00:00Z", Reason: "refunded"}}
	text, err := matchDocument(&m, revoked).Line()
	if err != nil {
		t.Fatal(err)
	}
	if want := `"shop":7,"state":"revoked","revoked_at":"2026-01-20T08:00:00Z","revoked_reason":"refunded"}`; !strings.HasSuffix(text, want) ||
		strings.Contains(text, "another tool") {
		t.Errorf("%s, want …%s", text, want)
	}
	card := a.recordCard(&dtlic.Product{Title: "Notes"}, &m, []ledger.Match{m}, revoked)
	if card.Level != ui.LevelBad || card.State != "revoked" || card.Error != "revoked on 2026-01-20: refunded" {
		t.Errorf("%+v", card)
	}
	m.State = ledger.Active
	if text, _ := matchDocument(&m, revoked).Line(); strings.Contains(text, "revoke") {
		t.Errorf("not revoked, and yet: %s", text)
	}
}

func TestStanding(t *testing.T) {
	a := &app{App: &cli.App{Env: cli.Env{Now: func() time.Time { return filterNow }}}}
	for _, c := range []struct {
		state           ledger.State
		issued, expires string
		level           ui.Level
		words           string
	}{
		{ledger.Active, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", ui.LevelGood, "active"},
		{ledger.Active, "2025-02-01T00:00:00Z", "2026-02-01T00:00:00Z", ui.LevelWarning, "ends soon"},
		{ledger.Active, "yesterday", "9999-12-31T23:59:59Z", ui.LevelGood, "active"},
		{ledger.NotYetValid, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", ui.LevelWarning, "not valid yet"},
		{ledger.Expired, "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", ui.LevelBad, "expired"},
		{ledger.Revoked, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", ui.LevelBad, "revoked"},
		{ledger.Replaced, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", ui.LevelNone, "replaced"},
	} {
		m := ledger.Match{State: c.state}
		m.Record.IssuedAt, m.Record.ExpiresAt = c.issued, c.expires
		if level, words := a.standing(&m); level != c.level || words != c.words {
			t.Errorf("%s until %s: %v %q", c.state, c.expires, level, words)
		}
	}
}

func TestWhen(t *testing.T) {
	for text, want := range map[string]string{
		"2026-02-12T12:00:00Z": "in 12 days", "2026-01-30T12:00:00Z": "1 day ago",
		"9999-12-31T23:59:59Z": "", "soon": "", "": "",
	} {
		if got := when(text, filterNow); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
