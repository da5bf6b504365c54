package dtlic_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
)

// verifierAt returns a verifier whose clock is *at.
func verifierAt(tb testing.TB, at *time.Time) *dtlic.Verifier {
	tb.Helper()
	v, err := dtlic.NewVerifier(product(tb), dtlic.Options{Now: func() time.Time { return *at }})
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestHasAndLimitLookAtTheClock(t *testing.T) {
	clock := now
	v := verifierAt(t, &clock)
	l, err := v.Genuine(signed(t, members{"tier": "lite", "starts_at": "2026-12-01T00:00:00Z", "limits": map[string]int{"rows": 7}}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   string
		want bool
	}{
		{"2026-11-30T23:59:59.999999999Z", false},
		{"2026-12-01T00:00:00Z", true},
		{"2026-12-01T01:00:00+01:00", true},
		{"2027-10-31T23:59:59.999999999Z", true},
		{"2027-11-01T00:00:00Z", false},
		{"2027-11-01T01:59:59+02:00", true},
		{"1970-01-01T00:00:00Z", false},
		{"9999-12-31T23:59:59Z", false},
	} {
		clock = at(c.at)
		if got := l.Has("clean"); got != c.want {
			t.Errorf("%s: Has is %v", c.at, got)
		}
		rows, limited := l.Limit("rows")
		if want := map[bool]int64{true: 7}[c.want]; rows != want || !limited {
			t.Errorf("%s: Limit is %d, %v", c.at, rows, limited)
		}
		if _, limited := l.Limit("of no such name"); limited == c.want {
			t.Errorf("%s: a limit that is not there: %v", c.at, limited)
		}
		if l.Has("join") {
			t.Errorf("%s: it grants another tier's feature", c.at)
		}
	}
}

func TestGrants(t *testing.T) {
	for _, c := range []struct {
		name     string
		changes  members
		features []string
		rows     int64
		limited  bool
	}{
		{"of the tier", members{"tier": "core"}, []string{"clean", "join"}, 100_000, true},
		{"on top of the tier", members{"tier": "lite", "features": []string{"join", "x"}}, []string{"clean", "join", "x"}, 1000, true},
		{"its own limit wins", members{"tier": "lite", "limits": map[string]int{"rows": 0}}, []string{"clean"}, 0, true},
		{"an unknown tier", members{"tier": "gold"}, nil, 0, false},
		{"an unknown tier and features", members{"tier": "gold", "features": []string{"join"}}, []string{"join"}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := verifier(t, product(t)).Verify(signed(t, c.changes))
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Granted(); !slices.Equal(got, c.features) {
				t.Errorf("it grants %v", got)
			}
			for _, f := range c.features {
				if !l.Has(f) {
					t.Errorf("it has no %s", f)
				}
			}
			if n, limited := l.Limit("rows"); n != c.rows || limited != c.limited {
				t.Errorf("limit %d, %v", n, limited)
			}
			l.Limited()["rows"] = 5 // a copy: changes nothing
			if n, _ := l.Limit("rows"); n != c.rows {
				t.Errorf("limit %d after a copy was changed", n)
			}
		})
	}
}

func TestEvaluate(t *testing.T) {
	const month = "2026-11-01T00:00:00Z" // 30 days, to 1 December: the last fifth is 6 days
	long := members{"issued_at": "2026-01-01T00:00:00Z", "expires_at": "2027-01-01T00:00:00Z"}
	short := members{"issued_at": month, "expires_at": "2026-12-01T00:00:00Z"}
	later := members{"issued_at": "2026-01-01T00:00:00Z", "starts_at": month, "expires_at": "2026-12-01T00:00:00Z"}
	ages := members{"issued_at": "1970-01-01T00:00:00Z", "expires_at": "4970-01-01T00:00:00Z"}
	for _, c := range []struct {
		name     string
		changes  members
		at       string
		state    dtlic.State
		days     int
		fraction float64
		expiring bool
	}{
		{"first second", long, "2026-01-01T00:00:00Z", "valid", 365, 1, false},
		{"30 days and a second left", long, "2026-12-01T23:59:59Z", "valid", 30, 30. / 365, false},
		{"30 days left", long, "2026-12-02T00:00:00Z", "valid", 30, 30. / 365, true},
		{"a nanosecond less", long, "2026-12-02T00:00:00.000000001Z", "valid", 29, 30. / 365, true},
		{"a day left", long, "2026-12-31T00:00:00Z", "valid", 1, 1. / 365, true},
		{"a second left", long, "2026-12-31T23:59:59Z", "valid", 0, 0, true},
		{"a nanosecond left", long, "2026-12-31T23:59:59.999999999Z", "valid", 0, 0, true},
		{"at its end", long, "2027-01-01T00:00:00Z", "expired", 0, 0, false},
		{"long after", long, "2999-01-01T00:00:00Z", "expired", 0, 0, false},
		{"issued 24 hours ahead", long, "2025-12-31T00:00:00Z", "valid", 366, 1, false},
		{"issued further ahead", long, "2025-12-30T23:59:59Z", "not_yet_valid", 366, 1, false},
		{"a fifth and a second", short, "2026-11-24T23:59:59Z", "valid", 6, .2, false},
		{"a fifth", short, "2026-11-25T00:00:00Z", "valid", 6, .2, true},
		{"before its start", later, "2026-10-31T23:59:59Z", "not_yet_valid", 30, 1, false},
		{"at its start", later, month, "valid", 30, 1, false},
		{"the fifth counts from the start", later, "2026-11-25T00:00:00Z", "valid", 6, .2, true},
		{"longer than a Duration", ages, "2970-01-01T00:00:00Z", "valid", 730485, 2. / 3, false},
		{"and its last month", ages, "4969-12-02T00:00:00Z", "valid", 30, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := verifier(t, product(t)).Genuine(signed(t, c.changes))
			if err != nil {
				t.Fatal(err)
			}
			s := dtlic.Evaluate(l, at(c.at))
			if s.State != c.state || s.DaysLeft != c.days || s.Expiring != c.expiring || math.Abs(s.Fraction-c.fraction) > 1e-4 {
				t.Errorf("got %s, %d days, fraction %g, expiring %v", s.State, s.DaysLeft, s.Fraction, s.Expiring)
			}
			if (s.Err == nil) != (c.state == "valid") || s.License.LicenseKey == "" || s.Remaining < 0 || (s.Remaining == 0) != (c.state == "expired") {
				t.Errorf("got %v, license %q, remaining %v", s.Err, s.License.LicenseKey, s.Remaining)
			}
		})
	}
}

func TestEvaluatePerpetual(t *testing.T) {
	for text, perpetual := range map[string]bool{"9999-12-31T23:59:59Z": true, "9999-12-31T23:59:58Z": false} {
		l, err := verifier(t, product(t)).Verify(signed(t, members{"expires_at": text}))
		if err != nil {
			t.Fatal(err)
		}
		s := dtlic.Evaluate(l, now)
		// A program that warns of a few days left never warns of this one.
		if l.IsPerpetual() != perpetual || s.DaysLeft < 2_900_000 || s.Remaining < 290*365*24*time.Hour || s.Fraction != 1 && perpetual || s.Expiring {
			t.Errorf("%s: %+v", text, s)
		}
	}
}

func TestHintsNameTheProduct(t *testing.T) {
	clock := now
	l, err := verifierAt(t, &clock).Genuine(signed(t, members{"expires_at": "2026-11-02T00:00:00Z", "updates_until": "2026-11-02T00:00:00Z"}))
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"Evaluate": dtlic.Evaluate(l, now).Err, "Covers": l.Covers(now)} {
		if e, ok := errors.AsType[*dtlic.Error](err); !ok || !strings.Contains(e.Hint, "support@example.com") {
			t.Errorf("%s: %#v", name, e)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		until any
		build string
		want  error
	}{
		{"2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z", nil},
		{"2026-06-01T00:00:00Z", "2026-06-01T02:00:00+02:00", nil},
		{"2026-06-01T00:00:00Z", "2026-05-31T00:00:00Z", nil},
		{"2026-06-01T00:00:00Z", "2026-06-01T00:00:01Z", dtlic.ErrUpdatesEnded},
		{"1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", dtlic.ErrUpdatesEnded},
		{raw(`"9999-12-31T23:59:59Z"`), "9999-12-31T23:59:59Z", nil},
	} {
		l, err := verifier(t, product(t)).Verify(signed(t, members{"updates_until": c.until}))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Covers(at(c.build)); !errors.Is(err, c.want) {
			t.Errorf("until %v, build of %s: %v", c.until, c.build, err)
		}
	}
	l, err := verifier(t, product(t)).Verify(signed(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Covers(at("9999-01-01T00:00:00Z")); err != nil {
		t.Errorf("without an end of updates: %v", err)
	}
}

func TestHolderMatches(t *testing.T) {
	ada := dtlic.Holder{Name: "Ada Løvelace", Email: "ada@example.com"}
	for _, c := range []struct {
		name, email string
		want        bool
	}{
		{"Ada Løvelace", "ada@example.com", true},
		{"  ada \t LØVELACE\u00a0", " ADA@Example.COM\n", true},
		{"Ada Lovelace", "ada@example.com", false},
		{"AdaLøvelace", "ada@example.com", false},
		{"Ada Løvelace", "ada@example.org", false},
		{"Ada Løvelace", "", false},
		{"", "", false},
		{"Ada L\u00f8velace", "ada@e\u212aample.com", false},
	} {
		if got := ada.Matches(dtlic.Holder{Name: c.name, Email: c.email}); got != c.want {
			t.Errorf("%q <%s>: %v", c.name, c.email, got)
		}
	}
	kelvin := dtlic.Holder{Name: "\u212aelvin", Email: "k@example.com"}
	if !kelvin.Matches(dtlic.Holder{Name: "kelvin", Email: "K@example.com"}) || kelvin.Matches(dtlic.Holder{Name: "kelvin", Email: "\u212a@example.com"}) {
		t.Error("names fold by Unicode, emails by ASCII")
	}
}

func TestMasked(t *testing.T) {
	for _, c := range [][3]string{
		{"Ada Løvelace", "ada@example.com", "Ada L… <a…@example.com>"},
		{"Ø", "ø@example.com", "Ø… <ø…@example.com>"},
		{"Ann Bea Cee", "abc", "Ann B… C… <a…>"},
		{"", "", " <…>"},
	} {
		if got := (dtlic.Holder{Name: c[0], Email: c[1]}).Masked(); got != c[2] {
			t.Errorf("%q <%s> is shown as %q", c[0], c[1], got)
		}
	}
}
