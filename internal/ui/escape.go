package ui

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// Escape returns foreign text as it may be written to a terminal, on one line:
// what a terminal could obey or a reader could not see (controls, format and
// bidi characters, line separators, invisible letters, invalid UTF-8, private
// and unassigned code points) is shown as \u{202E}, \n, \t, \r or \xFF. The
// joiners that Persian and Indic names need stay where they stand between
// letters. Escaping twice is the same as once. It is for the eye: a backslash
// stays a backslash, so the text cannot be won back from it.
func Escape(s string) string {
	if isPlainASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	previous := rune(-1)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if shown(r, size, previous, s[i+size:]) {
			b.WriteString(s[i : i+size])
			previous = r
		} else {
			writeEscaped(&b, r, s[i:i+size])
			previous = -1 // a mark must not sit on our own backslash text
		}
		i += size
	}
	return b.String()
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// shown tells whether a rune may stand as it is, after previous (-1 for
// nothing) and before rest.
func shown(r rune, size int, previous rune, rest string) bool {
	switch {
	case r == utf8.RuneError && size == 1:
		return false
	case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
		next, _ := utf8.DecodeRuneInString(rest)
		return isLetter(previous) && isLetter(next)
	case unicode.Is(invisible, r):
		return false
	case unicode.Is(unicode.Variation_Selector, r):
		return previous > unicode.MaxASCII // nobody agrees how wide a keycap is
	case unicode.IsMark(r):
		return previous >= 0 && !unicode.IsSpace(previous) // else it would sit on what is not its own
	}
	return unicode.IsGraphic(r)
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }

// invisible has the letters, marks and symbols that show as nothing, although
// their category is not one of format characters.
var invisible = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x034f, 0x034f, 1}, // combining grapheme joiner
		{0x115f, 0x1160, 1}, // Hangul fillers
		{0x17b4, 0x17b5, 1}, // Khmer inherent vowels
		{0x180b, 0x180f, 1}, // Mongolian variation selectors
		{0x2800, 0x2800, 1}, // braille blank
		{0x3164, 0x3164, 1}, // Hangul filler
		{0xffa0, 0xffa0, 1}, // halfwidth Hangul filler
	},
	R32: []unicode.Range32{
		{0xe0000, 0xe0fff, 1}, // tags and variation selectors 17 to 256
	},
}

// writeEscaped writes a rune that is not shown; raw is what it was decoded from.
func writeEscaped(b *strings.Builder, r rune, raw string) {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		fmt.Fprintf(b, `\x%02X`, raw[0])
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	default:
		fmt.Fprintf(b, `\u{%04X}`, r)
	}
}

// escapeAll escapes each of a list.
func escapeAll(items []string) []string {
	escaped := make([]string, len(items))
	for i, item := range items {
		escaped[i] = Escape(item)
	}
	return escaped
}
