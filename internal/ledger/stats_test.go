package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
)

func TestStats(t *testing.T) {
	at := func(day string) string { return day + "T12:00:00Z" }
	record := func(key, email, tier, issued, expires string) Record {
		return Record{LicenseKey: key, Name: "n", Email: email, Tier: tier, IssuedAt: at(issued), ExpiresAt: at(expires), Blob: "b"}
	}
	trial := record("K-3", "cyd@example.com", "basic", "2026-11-02", "2026-11-16")
	trial.Trial = true
	later := record("K-4", "dan@example.com", "studio", "2026-11-03", "2028-01-01")
	later.StartsAt = at("2027-01-01")
	odd := record("K-6", "fay@example.com", "basic", "2026-11-05", "2027-11-05")
	odd.IssuedAt = "yesterday"
	var text strings.Builder
	for _, r := range []Record{
		record("K-1", "ada@example.com", "basic", "2025-10-01", "2026-10-01"),
		record("K-1", "Ada@Example.com", "studio", "2026-09-30", "2027-10-01"),
		record("K-2", "ADA@example.com", "basic", "2026-09-01", "2026-11-01"),
		trial, later,
		record("K-5", "eve@example.com", "basic", "2026-11-04", "2027-11-04"),
		odd,
	} {
		text.Write(r.Append(nil))
		text.WriteString("\n")
	}
	text.WriteString("no record\n")
	path := filepath.Join(t.TempDir(), "issued.jsonl")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(journal.Journal{FS: fsys.OS, Path: path}).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	got, err := s.Stats(t.Context(), now, inForce(t, "K-5"))
	if err != nil {
		t.Fatal(err)
	}
	if line := (*journal.LineError)(nil); len(got.FirstDamaged) != 1 || !errors.As(got.FirstDamaged[0], &line) || line.Line != 8 {
		t.Errorf("damaged: %v", got.FirstDamaged)
	}
	got.FirstDamaged = nil
	want := Stats{
		Issued: 7, LicenseKeys: 6, Holders: 5, Renewals: 1, Trials: 1,
		States:  map[State]int{Active: 2, Expired: 2, NotYetValid: 1, Revoked: 1},
		Tiers:   []TierStats{{"basic", 4, 5}, {"studio", 2, 2}},
		Months:  []MonthStats{{"", 1}, {"2025-10", 1}, {"2026-09", 2}, {"2026-11", 3}},
		Damaged: 1,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Stats(stopped, now, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestStatsOfNothing(t *testing.T) {
	s, err := New(journal.Journal{FS: fsys.OS, Path: filepath.Join(t.TempDir(), "issued.jsonl")}).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, err := s.Stats(t.Context(), time.Time{}, nil); err != nil || got.Issued+len(got.States)+len(got.Tiers)+len(got.Months) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
