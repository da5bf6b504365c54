package export_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/export"
	"github.com/dtlic/dtlic/internal/ledger"
)

var update = flag.Bool("update", false, "write the golden files")

// lines are a log: as dtlic writes it, as the Python predecessor does, and with
// everything that a record may have.
var lines = []string{
	`{"license_key":"NOTES-1","name":"Ada Buyer","email":"ada@example.com","tier":"studio","issued_at":"2026-11-21T12:00:00Z","expires_at":"2027-11-21T12:00:00Z","blob":"DTLIC2:one","key_id":"XvO18lxUlG0","product":"notes"}`,
	`{"tier": "basic", "license_key": "OLD-1", "name": "Zo\u00eb O'Neil", "email": "=cmd()@example.com", "issued_at": "2020-02-29T00:00:00+01:00", "expires_at": "9999-12-31T23:59:59Z", "blob": "DTLIC1:two"}`,
	`{"license_key":"NOTES-3","name":"=HYPERLINK(\"x\")","email":"-1+1","tier":"\u0000","issued_at":"yesterday","expires_at":"2027-11-21T12:00:00Z","blob":"DTLIC2:three","key_id":"","product":"notes","starts_at":"2026-12-01T00:00:00Z","updates_until":"2028-01-01T00:00:00Z","trial":true,"order":"7;@SUM(A1)","replaces":"ab","note":"C:\\temp'\r\n'); DROP TABLE licenses; --","shop": {"id" : [1, "\u2028"]}, "x":null}`,
}

func entries(t testing.TB, lines ...string) iter.Seq2[ledger.Entry, error] {
	t.Helper()
	var all []ledger.Entry
	for i, line := range lines {
		r, err := ledger.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ledger.Entry{Line: i + 1, Record: r, Raw: []byte(line)})
	}
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// revoked are license keys that are revoked.
type revoked map[string]ledger.Revocation

func (r revoked) Find(licenseKey string) (ledger.Revocation, bool) {
	revocation, found := r[licenseKey]
	return revocation, found
}

func (r revoked) All(context.Context) iter.Seq2[ledger.Revocation, error] {
	return func(yield func(ledger.Revocation, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(r)) {
			if !yield(r[key], nil) {
				return
			}
		}
	}
}

var options = export.Options{Product: "notes", Revoked: revoked{
	"NOTES-1": {LicenseKey: "NOTES-1", RevokedAt: "2026-12-24T18:00:00Z", Reason: "paid back; it's \\ over"},
	"GONE-1":  {LicenseKey: "GONE-1", RevokedAt: "some day", Reason: ""},
}}

func written(t testing.TB, format export.Format, lines ...string) string {
	t.Helper()
	var b bytes.Buffer
	if err := export.Write(context.Background(), &b, format, entries(t, lines...), options); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, format := range export.Formats {
		for name, lines := range map[string][]string{"log": lines, "empty": nil} {
			got := written(t, format, lines...)
			path := filepath.Join("../../testdata/golden/export", name+"."+string(format))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || got != string(want) {
				t.Errorf("%s of %s, %v:\n%s", format, name, err, got)
			}
		}
	}
}

// TestCSVReadsBack: another reader finds the same cells, but for the apostrophes
// before what could be a formula.
func TestCSVReadsBack(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, export.CSV, lines...))).ReadAll()
	if err != nil || len(rows) != len(lines)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at := make(map[string]int)
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, c := range []struct {
		row  int
		name string
		want string
	}{
		{1, "name", "Ada Buyer"},
		{1, "blob", "DTLIC2:one"},
		{1, "trial", "false"},
		{1, "revoked_reason", "paid back; it's \\ over"},
		{2, "name", "Zoë O'Neil"},
		{2, "email", "'=cmd()@example.com"},
		{2, "product", ""},
		{2, "issued_at", "2020-02-29T00:00:00+01:00"},
		{3, "name", `'=HYPERLINK("x")`},
		{3, "email", "'-1+1"},
		{3, "order_id", "7;'@SUM(A1)"},
		{3, "other", `{"shop":{"id":[1,"\u2028"]},"x":null}`},
	} {
		if got := rows[c.row][at[c.name]]; got != c.want {
			t.Errorf("row %d: %s is %q, want %q", c.row, c.name, got, c.want)
		}
	}
}

func TestJSONIsExact(t *testing.T) {
	var rows []map[string]any
	if err := json.Unmarshal([]byte(written(t, export.JSON, lines...)), &rows); err != nil || len(rows) != len(lines) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, c := range []struct {
		row  int
		name string
		want any
	}{
		{0, "blob_sha256", fmt.Sprintf("%x", sha256.Sum256([]byte("DTLIC2:one")))},
		{0, "note", nil},
		{0, "trial", false},
		{1, "name", "Zoë O'Neil"},
		{1, "product", nil},
		{2, "tier", "\x00"},
		{2, "key_id", nil},
		{2, "trial", true},
		{2, "note", "C:\\temp'\r\n'); DROP TABLE licenses; --"},
		{2, "other", map[string]any{"shop": map[string]any{"id": []any{1.0, "\u2028"}}, "x": nil}},
	} {
		if got, ok := rows[c.row][c.name]; !ok || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("row %d: %s is %#v, want %#v", c.row, c.name, got, c.want)
		}
	}
	if len(rows[0]) != len(rows[2]) {
		t.Errorf("rows have %d and %d members", len(rows[0]), len(rows[2]))
	}
}

// TestSQLStatements: each statement is bounded, and all rows are in one.
func TestSQLStatements(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	for _, c := range []struct {
		name  string
		rows  int
		note  string
		wants int
	}{
		{"none", 0, "", 0},
		{"one", 1, "", 1},
		{"as many as fit", 500, "", 1},
		{"one more", 501, "", 2},
		{"long ones", 7, long, 2},
	} {
		var all []string
		for i := range c.rows {
			all = append(all, string(ledger.Record{LicenseKey: fmt.Sprint("K-", i), Blob: fmt.Sprint("B-", i), Note: c.note}.Append(nil)))
		}
		got := statements(t, written(t, export.SQL, all...))
		inserts, rows := 0, 0
		for _, s := range got {
			if s.kind == "INSERT" {
				inserts++
				rows += s.tuples
			}
		}
		if inserts != c.wants || rows != c.rows || got[len(got)-1].kind != "COMMIT" {
			t.Errorf("%s: %d rows in %d statements, want %d in %d; the last is %s", c.name, rows, inserts, c.rows, c.wants, got[len(got)-1].kind)
		}
	}
}

// TestAnErrorLeavesNoEnd: what was cut off cannot be taken for the whole.
func TestAnErrorLeavesNoEnd(t *testing.T) {
	stop := errors.New("stop")
	for _, format := range export.Formats {
		var b bytes.Buffer
		err := export.Write(context.Background(), &b, format, func(yield func(ledger.Entry, error) bool) {
			for e := range entries(t, lines[0]) {
				yield(e, nil)
			}
			yield(ledger.Entry{}, stop)
		}, options)
		if !errors.Is(err, stop) {
			t.Errorf("%s: %v", format, err)
		}
		if text := b.String(); strings.Contains(text, "COMMIT") || strings.Contains(text, "]") {
			t.Errorf("%s has an end:\n%s", format, text)
		}
	}
	if err := export.Write(context.Background(), &bytes.Buffer{}, "xml", entries(t), options); err == nil {
		t.Error("a format that is none was written")
	}
}

// failing fails at the n-th write.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestEveryWriteMayFail(t *testing.T) {
	for _, format := range export.Formats {
		writes := map[export.Format]int{export.CSV: len(lines) + 1, export.JSON: len(lines) + 2, export.SQL: len(lines) + 5}[format]
		for n := range writes {
			if err := export.Write(context.Background(), &failing{n}, format, entries(t, lines...), options); !errors.Is(err, errFull) {
				t.Errorf("%s, write %d: %v", format, n+1, err)
			}
		}
	}
}

func TestLosses(t *testing.T) {
	var got []string
	for e := range entries(t, lines...) {
		got = append(got, export.Losses(export.SQL, &e)...)
		if l := export.Losses(export.JSON, &e); l != nil {
			t.Errorf("JSON loses %q", l)
		}
	}
	want := []string{
		`its "tier" has a NUL character, which no text in a database can have: it becomes U+FFFD`,
		`its "issued_at" is no time that a database has: it becomes NULL`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q", got)
	}
}
