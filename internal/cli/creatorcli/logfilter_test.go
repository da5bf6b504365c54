package creatorcli

import (
	"slices"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/ledger"
)

var filterNow = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func TestParseSpan(t *testing.T) {
	for text, want := range map[string]string{
		"1d": "2026-02-01", "30d": "2026-03-02", "2w": "2026-02-14", "1m": "2026-03-03", "12m": "2027-01-31", "1y": "2027-01-31",
		"100000y": "102026-01-31",
	} {
		got, err := parseSpan(text, filterNow)
		if err != nil || got.Format(time.DateOnly) != want || got.Hour() != 12 {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "30", "d", "0d", "-1d", "+1d", "01d", " 1d", "1d ", "1 d", "1.5d", "1h", "1D", "1dd", "100001d", "99999999999999999999d", "1d\n"} {
		if got, err := parseSpan(text, filterNow); err == nil {
			t.Errorf("%q was taken for %s", text, got)
		}
	}
}

func TestFilterFlags(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	f := filterFlags{
		email: "@example.com", name: "ada", tier: "core", trial: true, active: true, devKey: true,
		issuedAfter: "2026-01-02", issuedBefore: "2026-01-03", expiresAfter: "2026-02-01T00:00:00Z", expiresBefore: "2026-02-02T01:00:00+01:00",
	}
	got, err := f.filter(filterNow)
	if err != nil {
		t.Fatal(err)
	}
	if got.Email != f.email || got.Name != f.name || got.Tier != f.tier || !got.Trial || len(got.KeyID) != 11 ||
		!slices.Equal(got.States, []ledger.State{ledger.Active}) ||
		!got.IssuedAfter.Equal(day(2)) || !got.IssuedBefore.Equal(day(3)) || !got.ExpiresAfter.Equal(day(32)) || !got.ExpiresBefore.Equal(day(33)) {
		t.Errorf("%+v", got)
	}
	for _, f := range []filterFlags{
		{active: true, expired: true},
		{issuedAfter: "2026-01-03", issuedBefore: "2026-01-02"},
		{expiresAfter: "2026-01-02", expiresBefore: "2026-01-02"},
		{active: true, expiresBefore: "2026-01-31T12:00:00Z"}, // what ends then has ended at noon
		{expired: true, expiresAfter: "2026-01-31T12:00:01Z"},
		{email: "ada"},
		{issuedAfter: "soon"},
		{expiresBefore: "1969-12-31"},
	} {
		if got, err := f.filter(filterNow); err == nil {
			t.Errorf("%+v became %+v", f, got)
		}
	}
	for _, f := range []filterFlags{
		{active: true, expiresBefore: "2026-01-31T12:00:01Z"},
		{expired: true, expiresAfter: "2026-01-31T12:00:00Z"},
		{expired: true, expiresBefore: "2020-01-01"},
		{issuedAfter: "2030-01-01"},
	} {
		if _, err := f.filter(filterNow); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestMonthRows(t *testing.T) {
	rows := monthRows([]ledger.MonthStats{{Month: "", Issued: 1}, {Month: "2024-12", Issued: 2}, {Month: "2025-02", Issued: 3}, {Month: "2025-12", Issued: 4}, {Month: "2026-02", Issued: 5}}, filterNow)
	if len(rows) != 14 || rows[0].Label != "before 2025-02" || rows[0].Numbers[0] != 3 || !rows[0].Bare ||
		rows[1].Label != "2025-02" || rows[1].Numbers[0] != 3 || rows[2].Numbers[0] != 0 || rows[11].Numbers[0] != 4 ||
		rows[12].Label != "2026-01" || rows[13].Label != "after 2026-01" || rows[13].Numbers[0] != 5 || !rows[13].Bare {
		t.Errorf("%+v", rows)
	}
	// Nothing was issued before the first.
	if rows := monthRows([]ledger.MonthStats{{Month: "2025-12", Issued: 4}}, filterNow); len(rows) != 2 || rows[0].Label != "2025-12" || rows[1].Numbers[0] != 0 {
		t.Errorf("%+v", rows)
	}
	if rows := monthRows(nil, filterNow); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}
