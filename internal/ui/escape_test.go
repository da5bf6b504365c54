package ui

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
)

var escapes = map[string]string{
	"":                     "",
	"plain ~ ASCII":        "plain ~ ASCII",
	`C:\Users\jana`:        `C:\Users\jana`,
	"Jana Nováková 山田 ñ":   "Jana Nováková 山田 ñ",
	"\x1b[31mred":          `\u{001B}[31mred`,
	"a\nb\rc\td":           `a\nb\rc\td`,
	"\x00\x7f\u0085\u009b": `\u{0000}\u{007F}\u{0085}\u{009B}`,
	"a\u202eb\u2066":       `a\u{202E}b\u{2066}`,
	"\u061c\u200e\u200f":   `\u{061C}\u{200E}\u{200F}`,
	"a\u2028b\u2029":       `a\u{2028}b\u{2029}`,
	"\ufeffa\u00ad\u200b":  `\u{FEFF}a\u{00AD}\u{200B}`,
	"a\U000e0041\ue000":    `a\u{E0041}\u{E000}`,
	"\u0378\U0010ffff":     `\u{0378}\u{10FFFF}`,
	"\u3164\u2800\u115f":   `\u{3164}\u{2800}\u{115F}`,
	"a\xffb\xe2\x80":       `a\xFFb\xE2\x80`,
	"a\ufffd":              "a\ufffd",
	"می\u200cخواهم":        "می\u200cخواهم",
	"क्\u200dष":            "क्\u200dष",
	"\u200da":              `\u{200D}a`,
	"a\u200d":              `a\u{200D}`,
	"a\u200d\u200db":       `a\u{200D}\u{200D}b`,
	"👩\u200d👧":             `👩\u{200D}👧`,
	"1\ufe0f\u20e3":        `1\u{FE0F}\u{20E3}`,
	"a \u0301":             `a \u{0301}`,
	"❤\ufe0f":              "❤\ufe0f",
	"\u0301a":              `\u{0301}a`,
	"a\u202e\u0301":        `a\u{202E}\u{0301}`,
}

func TestEscape(t *testing.T) {
	for s, want := range escapes {
		if got := Escape(s); got != want {
			t.Errorf("Escape(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	kept, escaped := 0, 0
	for s, want := range escapes {
		f.Add(s)
		if s == want {
			kept++
		} else {
			escaped++
		}
	}
	if kept < 5 || escaped < 10 {
		f.Fatalf("only %d seeds that stay and %d that are escaped", kept, escaped)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not valid UTF-8", got)
		}
		runes := []rune(got)
		for i, r := range runes {
			joined := (r == zeroWidthJoiner || r == zeroWidthNonJoiner) &&
				0 < i && i < len(runes)-1 && isLetter(runes[i-1]) && isLetter(runes[i+1])
			if !joined && (unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Bidi_Control) || !unicode.IsGraphic(r)) {
				t.Fatalf("%q has U+%04X", got, r)
			}
		}
		if again := Escape(got); again != got {
			t.Fatalf("Escape(%q) = %q", got, again)
		}
		for _, line := range wrap(got, 7) {
			if lipgloss.Width(line) > 7 {
				t.Fatalf("wrapping %q gives %q", got, line)
			}
		}
	})
}
