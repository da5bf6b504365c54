package ui

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/dtlic/dtlic"
)

var update = flag.Bool("update", false, "write the golden files")

var (
	testNow  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	testZone = time.FixedZone("CET", 3600)
)

var testProduct = dtlic.Product{Title: "Data Tools", Support: "help@datatools.example"}

// testStatus is of a license that runs for one more span. A license that was
// not verified grants nothing, so its features are put into the card.
func testStatus(left time.Duration) dtlic.StoredStatus {
	end := testNow.Add(left)
	s := dtlic.StoredStatus{
		Status: dtlic.Status{State: dtlic.StateActive, Fraction: max(0, float64(left)/float64(365*24*time.Hour)), License: dtlic.License{
			LicenseKey: "DT-7KQ2-M4XD-9PTA", Name: "Jana Nováková", Email: "jana.novakova@example.com", Tier: "studio",
			IssuedAt: end.AddDate(-1, 0, 0), ExpiresAt: end,
		}},
		Source:      dtlic.Source{Path: "/home/jana/.datatools/license.json"},
		ActivatedAt: time.Date(2026, 4, 3, 8, 14, 0, 0, time.UTC),
	}
	return s
}

func failedStatus(s dtlic.StoredStatus, code dtlic.Code, what, why, hint string) dtlic.StoredStatus {
	s.State, s.Err = dtlic.State(code), &dtlic.Error{Code: code, What: what, Why: why, Hint: hint}
	return s
}

const day = 24 * time.Hour

func testCards() map[string]CardView {
	stored := dtlic.StoredStatus{Source: dtlic.Source{Variable: "DATATOOLS_LICENSE_FILE", Path: "/srv/license.txt"}}
	expiring, trial := testStatus(5*day), testStatus(5*time.Hour)
	expiring.Expiring, trial.Expiring, trial.License.Trial = true, true, true
	perpetual := testStatus(day)
	perpetual.License.ExpiresAt = dtlic.Perpetual()
	perpetual.License.UpdatesUntil = testNow.Add(90 * day)
	future := testStatus(365 * day)
	future.License.StartsAt = testNow.Add(3 * day)
	statuses := map[string]dtlic.StoredStatus{
		"active":    testStatus(132 * day),
		"expiring":  expiring,
		"trial":     trial,
		"perpetual": perpetual,
		"future": failedStatus(future, dtlic.CodeNotYetValid, "this license is not valid yet", "it starts 2026-11-24T12:00:00Z",
			"check this computer's date, time and time zone; if they are right, wait for the license's start"),
		"expired": failedStatus(testStatus(-12*day), dtlic.CodeExpired, "this license has expired", "it ended 2026-11-09T12:00:00Z",
			"ask the seller (help@datatools.example) for a renewal, then run: datatools renew"),
		"failed": failedStatus(stored, dtlic.CodeBadSignature, "this license was changed after it was signed", "",
			"copy it again from the seller's mail, whole and unchanged; if that fails too, ask the seller (help@datatools.example) to send it again"),
		"none": failedStatus(testStatusWithoutLicense(), dtlic.CodeNotActivated, "no license is activated here", "",
			"paste the license from the seller's mail into: datatools activate"),
	}
	cards := make(map[string]CardView)
	for name, s := range statuses {
		v := CardFromStatus(testProduct, s, testNow, testZone)
		if s.License.LicenseKey != "" {
			v.Features = []string{"batch", "export", "export.parquet", "import", "macros", "reports", "reports.pdf", "scheduler"}
			v.Limits = map[string]int64{"seats": 3, "rows": 1_000_000}
			v.KeyID = "n0H5vWpk2Zg"
		}
		cards[name] = v
	}
	return cards
}

func testStatusWithoutLicense() dtlic.StoredStatus {
	s := testStatus(0)
	return dtlic.StoredStatus{Source: s.Source}
}

func renderCard(t *testing.T, theme Theme, width int, v CardView) string {
	t.Helper()
	var b bytes.Buffer
	if err := Card(&b, theme, width, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCardGolden(t *testing.T) {
	for name, v := range testCards() {
		for _, width := range []int{40, 60, 80, 140} {
			got := renderCard(t, Theme{}, width, v)
			path := filepath.Join("..", "..", "testdata", "golden", fmt.Sprintf("card_%s_%d.txt", name, width))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s is\n%s, want\n%s", path, got, want)
			}
		}
	}
}

// hostile cards have what a license may at most hold, and more than it may.
func hostileCards() map[string]CardView {
	cards := testCards()
	names := map[string]string{
		"escapes":   strings.Repeat("\x1b[31m\x1b]0;x\x07", 20),
		"bidi":      strings.Repeat("\u202e\u2066abc ", 40),
		"CJK":       strings.Repeat("山", 200),
		"emoji":     strings.Repeat("👩\u200d👩\u200d👧🏽🇨🇿❤\ufe0f", 25),
		"combining": strings.Repeat("e\u0301\u0302\u0303", 50),
		"marks":     strings.Repeat("\u0301", 200),
		"joiners":   strings.Repeat("می\u200cخواهم ", 25),
		"invalid":   strings.Repeat("\xff\xc3", 100),
		"word":      strings.Repeat("x", 200),
		"spaces":    strings.Repeat("a  \u3000b ", 40),
		"lines":     "a\nb\r\nc\td\u2028e\u0085f",
	}
	for name, text := range names {
		v := cards["active"]
		v.Title, v.State, v.Name, v.Email, v.Tier = text, text, text, text, text
		v.Error, v.Hint, v.Left, v.LicenseKey, v.KeyID = text, text, text, text, text
		v.Path, v.Variable, v.Support, v.Trial = text, text, text, true
		v.Location = time.FixedZone(text, 3600)
		v.Features = []string{text, text, ""}
		cards[name] = v
	}
	v := cards["active"]
	v.Features, v.Limits = nil, map[string]int64{}
	for i := range 256 {
		v.Features = append(v.Features, strings.Repeat("f", i%64+1))
		v.Limits[strings.Repeat("l", i%64+1)] = 1<<53 - 1
	}
	cards["256 features"] = v
	cards["nothing"] = CardView{}
	return cards
}

func TestCardFitsItsWidth(t *testing.T) {
	for name, v := range hostileCards() {
		for width := 40; width <= 200; width++ {
			if width > cardWidth && width < 200 && width%20 != 0 {
				continue // as wide as one before
			}
			for i, line := range strings.Split(strings.TrimSuffix(renderCard(t, Theme{}, width, v), "\n"), "\n") {
				if got, want := lipgloss.Width(line), min(width, cardWidth); got != want {
					t.Fatalf("%s at %d columns: line %d has %d: %q", name, width, i+1, got, line)
				}
				if line != Escape(line) {
					t.Fatalf("%s at %d columns: line %d is not escaped: %q", name, width, i+1, line)
				}
			}
		}
	}
}

// Color adds nothing but color: the words are the same without.
func TestCardColorIsNoInformation(t *testing.T) {
	for name, v := range testCards() {
		colored := renderCard(t, NewTheme(true), 80, v)
		if !strings.Contains(colored, "\x1b[") {
			t.Errorf("%s has no color", name)
		}
		if got, want := stripStyles(colored), renderCard(t, NewTheme(false), 80, v); got != want {
			t.Errorf("%s differs with color:\n%s", name, got)
		}
	}
}

// stripStyles takes out SGR sequences, the only ones that may be there.
func stripStyles(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
		if end < 0 || after[end] != 'm' {
			b.WriteString("?" + after)
			return b.String()
		}
		s = after[end+1:]
	}
}

func TestCardReportsAFullDisk(t *testing.T) {
	if err := Card(brokenWriter{}, Theme{}, 80, testCards()["active"]); !errors.Is(err, errBroken) {
		t.Errorf("Card: %v", err)
	}
}

var errBroken = errors.New("no space left")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestBar(t *testing.T) {
	for _, test := range []struct {
		fraction float64
		full     int
	}{{0, 0}, {0.0001, 1}, {0.5, 14}, {0.9999, 27}, {1, 28}, {7, 28}, {-1, 0}} {
		v := testCards()["active"]
		v.Fraction = test.fraction
		if got := strings.Count(renderCard(t, Theme{}, 80, v), "█"); got != test.full {
			t.Errorf("%v of the term are %d of 28, want %d", test.fraction, got, test.full)
		}
	}
}
