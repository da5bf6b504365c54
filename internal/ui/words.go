package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The words of the card and the prompts, together so that they can be
// reviewed and translated.
const (
	wordHolder   = "Licensed to"
	wordTier     = "Tier"
	wordFeatures = "Features"
	wordLimits   = "Limits"
	wordStarts   = "Starts"
	wordEnds     = "Ends"
	wordEnded    = "Ended"
	wordTerm     = "Term"
	wordUpdates  = "Updates until"
	wordLicense  = "License key"
	wordKey      = "Signed with"
	wordActive   = "Activated"
	wordRead     = "Read from"
	wordLooked   = "Looked in"
	wordSupport  = "Support"

	wordTrial     = "trial"
	wordNever     = "never ends"
	wordEndsSoon  = "ends soon"
	wordAnswerYes = "please answer yes or no"
	wordControls  = "that holds characters that cannot be typed; type it again"
	wordTooLong   = "that is too long; type it again"
	wordPasteMore = "paste it again, or press Ctrl-C to stop"
)

// stateWords has the states whose words are not their code's.
var stateWords = map[string]string{
	"malformed":            "damaged",
	"unsupported":          "of an unknown version",
	"unknown_key":          "not trusted",
	"bad_signature":        "not genuine",
	"unsupported_critical": "not supported",
	"wrong_product":        "for another product",
	"not_delegated":        "not trusted",
	"wrong_machine":        "for another machine",
	"holder_mismatch":      "for someone else",
	"io":                   "not readable",
	"unsafe_build":         "unsafe build",
}

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

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// span says a length of time in its largest whole unit, days at most.
func span(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return count(int64(d/(24*time.Hour)), "day")
	case d >= time.Hour:
		return count(int64(d/time.Hour), "hour")
	case d >= time.Minute:
		return count(int64(d/time.Minute), "minute")
	}
	return "less than a minute"
}

// count returns "1 day", "2 days", "1,200 days".
func count(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return grouped(n) + " " + unit + "s"
}

// grouped writes a number with commas between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// localTime writes a time for people, in their zone.
func localTime(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("2 January 2006, 15:04 MST")
}

// utcTime writes a time exactly, as licenses do.
func utcTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func characters(n int) string { return fmt.Sprintf("· %s", count(int64(n), "character")) }
