package creatorcli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/ui"
)

// inForce are acts, as the file has them.
func inForce(t *testing.T, acts ...ledger.Act) *ledger.InForce {
	t.Helper()
	log := ledger.New(journal.Journal{FS: fsys.OS, Path: filepath.Join(t.TempDir(), "issued.jsonl"), Now: time.Now})
	for _, act := range acts {
		if _, _, err := log.Revocations().Put(t.Context(), act, nil); err != nil {
			t.Fatal(err)
		}
	}
	f, damaged, err := log.Revocations().InForce(t.Context())
	if err != nil || damaged != nil {
		t.Fatal(damaged, err)
	}
	t.Cleanup(f.Close)
	return f
}

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
	revoked := inForce(t, ledger.Act{LicenseKey: "K-1", Action: ledger.Revoke, At: "2026-01-20T08:00:00Z", Reason: "refunded"})
	text, err := matchDocument(&m, revoked).Line()
	if err != nil {
		t.Fatal(err)
	}
	if want := `"shop":7,"state":"revoked","revoked_at":"2026-01-20T08:00:00Z","revoked_reason":"refunded"}`; !strings.HasSuffix(text, want) ||
		strings.Contains(text, "another tool") {
		t.Errorf("%s, want …%s", text, want)
	}
	card := a.recordCard(&dtlic.Product{Title: "Notes"}, &m, &history{}, revoked)
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

// Of a long history the last of it is held, by number and by size, with the numbers
// that it has in the whole.
func TestALongHistory(t *testing.T) {
	length, size := historyLength, historyBytes
	historyLength, historyBytes = 5, 5000
	t.Cleanup(func() { historyLength, historyBytes = length, size })
	issue := func(i int, tier string) ledger.Match {
		r := ledger.Record{Tier: tier, IssuedAt: "2026-01-01T00:00:00Z", ExpiresAt: "2027-01-01T00:00:00Z", Blob: fmt.Sprint(i), Replaces: ledger.BlobHash(fmt.Sprint(i - 1))}
		return ledger.Match{State: ledger.Replaced, Entry: ledger.Entry{Line: i, Record: r}}
	}
	var h history
	for i := 1; i <= 12; i++ {
		h.add(issue(i, "core"))
	}
	lines, documents := h.lines(), h.documents()
	if h.former != 7 || len(lines) != 5 || len(documents) != 5 || documents[0][0].Value != 8 ||
		lines[0] != "8. 2026-01-01: core, to 2027-01-01, replaced" || lines[4] != "12. 2026-01-01: core, to 2027-01-01, replaced, in place of 11" {
		t.Errorf("%d before %q, %v", h.former, lines, documents)
	}
	for i := 13; i <= 20; i++ {
		h.add(issue(i, strings.Repeat("t", 2000)))
	}
	if h.former+len(h.list) != 20 || len(h.list) != 2 || h.size > historyBytes {
		t.Errorf("%d of %d bytes are held behind %d", len(h.list), h.size, h.former)
	}
	if h.add(issue(21, strings.Repeat("t", 9000))); len(h.list) != 1 || h.list[0].line != 21 {
		t.Errorf("one of any size is held, and not %v", h.list)
	}
}

// Of the licenses of one holder a few are held, and all are counted.
func TestCandidatesAreFew(t *testing.T) {
	c := candidates{word: "ada@example.com"}
	for i := range 5000 {
		c.add(ledger.Match{State: ledger.Active, Entry: ledger.Entry{Record: ledger.Record{LicenseKey: fmt.Sprint("K-", i), Tier: "core"}}})
	}
	_, err := c.theOne("dtlic log show")
	if err == nil || !strings.Contains(err.Error(), "K-9 (core, ends , active); and 4990 more") || len(c.first) != 10 {
		t.Errorf("%d are held: %v", len(c.first), err)
	}
}
