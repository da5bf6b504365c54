package wording

import (
	"strconv"
	"strings"
	"time"
)

// StateWords returns a state or an error's code in words: "not_yet_valid" is
// "not valid yet".
func StateWords(state string) string {
	switch words, ok := stateWords[state]; {
	case ok:
		return words
	case state == "not_yet_valid":
		return "not valid yet"
	}
	return strings.ReplaceAll(state, "_", " ")
}

// TimeLeft says in words how long something runs at a time: "132 days left",
// "5 hours left, ends today", "ended 12 days ago". Today is a day of loc.
func TimeLeft(now, end time.Time, loc *time.Location) string {
	left := end.Sub(now)
	if left <= 0 {
		return "ended " + span(-left) + " ago"
	}
	words := span(left) + " left"
	if left < 24*time.Hour && sameDay(now.In(loc), end.In(loc)) {
		words += ", ends today"
	}
	return words
}

// TimeUntil says in words when something begins: "starts in 3 days".
func TimeUntil(now, start time.Time) string { return "starts in " + span(start.Sub(now)) }

// When says in words how far a time is away: "in 12 days", "12 days ago".
func When(now, t time.Time) string {
	if left := t.Sub(now); left > 0 {
		return "in " + span(left)
	}
	return span(now.Sub(t)) + " ago"
}

// TermLeft tells how a term from begin to end stands at a time: the part of it that
// is left, from 0 to 1, and whether it ends soon: in its last 30 days or its last
// fifth, whichever is shorter.
func TermLeft(begin, end, now time.Time) (fraction float64, endsSoon bool) {
	// In seconds: a Duration ends after 292 years, and a license may not.
	term := max(1, end.Unix()-begin.Unix())
	fraction = min(1, float64(max(0, end.Unix()-now.Unix()))/float64(term))
	left, last := end.Sub(now), min(30*24*60*60, term/5)
	return fraction, left > 0 && left <= time.Duration(last)*time.Second
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// span says a length of time in its largest whole unit, days at most.
func span(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		// To the nearest: a year is 365 days also a moment after it began.
		return Count(int64((d+12*time.Hour)/(24*time.Hour)), "day")
	case d >= time.Hour:
		return Count(int64(d/time.Hour), "hour")
	case d >= time.Minute:
		return Count(int64(d/time.Minute), "minute")
	}
	return "less than a minute"
}

// Count returns "1 day", "2 days", "1,200 days".
func Count(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return Grouped(n) + " " + unit + "s"
}

// Grouped writes a number with commas between thousands.
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
