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
