package wording

import (
	"testing"
	"time"
)

const day = 24 * time.Hour

var (
	testNow  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	testZone = time.FixedZone("CET", 3600)
)

func TestTimeLeft(t *testing.T) {
	for _, test := range []struct {
		left time.Duration
		want string
	}{
		{132*day + time.Hour, "132 days left"},
		{36_500 * day, "36,500 days left"},
		{day, "1 day left"},
		{day - time.Second, "23 hours left"},
		{12 * time.Hour, "12 hours left"},
		{5 * time.Hour, "5 hours left, ends today"},
		{time.Hour, "1 hour left, ends today"},
		{90 * time.Second, "1 minute left, ends today"},
		{time.Second, "less than a minute left, ends today"},
		{0, "ended less than a minute ago"},
		{-time.Hour, "ended 1 hour ago"},
		{-12 * day, "ended 12 days ago"},
	} {
		if got := TimeLeft(testNow, testNow.Add(test.left), testZone); got != test.want {
			t.Errorf("%v: %q, want %q", test.left, got, test.want)
		}
	}
	if got := TimeUntil(testNow, testNow.Add(3*day)); got != "starts in 3 days" {
		t.Errorf("TimeUntil: %q", got)
	}
}

func TestStateWords(t *testing.T) {
	for state, want := range map[string]string{
		"active": "active", "not_yet_valid": "not valid yet", "not_activated": "not activated",
		"bad_signature": "not genuine", "updates_ended": "updates ended",
	} {
		if got := StateWords(state); got != want {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", 1 << 53: "9,007,199,254,740,992", -100: "-100", -1000: "-1,000",
	} {
		if got := Grouped(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestWhen(t *testing.T) {
	now := testNow
	for days, want := range map[int]string{12: "in 12 days", 1: "in 1 day", -1: "1 day ago", -1200: "1,200 days ago"} {
		if got := When(now, now.AddDate(0, 0, days)); got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
	if got := When(now, now); got != "less than a minute ago" {
		t.Errorf("now: %q", got)
	}
	if got := When(now, now.Add(5*time.Hour)); got != "in 5 hours" {
		t.Errorf("5 hours: %q", got)
	}
}

func TestTermLeft(t *testing.T) {
	now := testNow
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	for _, c := range []struct {
		begin, end time.Time
		fraction   float64
		soon       bool
	}{
		{day(0), day(365), 1, false},
		{day(-50), day(50), 0.5, false},
		{day(-335), day(30), 30.0 / 365, true},
		{day(-334), day(31), 31.0 / 365, false},
		{day(-8), day(2), 0.2, true}, // the last fifth is shorter than 30 days
		{day(-7), day(3), 0.3, false},
		{day(-10), day(0), 0, false},
		{day(-10), day(-5), 0, false},
		{day(10), day(20), 1, false},
		{day(0), day(0), 0, false},
		{time.Time{}, day(1), 1.0 / 739_574, true}, // a begin that is no time
	} {
		fraction, soon := TermLeft(c.begin, c.end, now)
		if diff := fraction - c.fraction; diff < -1e-6 || diff > 1e-6 || soon != c.soon {
			t.Errorf("from %s to %s: %v, %v", c.begin, c.end, fraction, soon)
		}
	}
}
