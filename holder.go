package dtlic

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Holder is the person a license is for, as that person types it.
type Holder struct {
	// Name is the full name, as it stands in the seller's mail.
	Name string
	// Email is the mail address the license was sold to.
	Email string
}

// Matches tells whether two descriptions name the same person: outer white
// space cut, inner runs of it made one space, then equal under simple case
// folding; the email under ASCII case. It is a courtesy against mix-ups and no
// lock: both stand in clear in the license. Bring what a person types to
// Unicode NFC first.
func (h Holder) Matches(other Holder) bool {
	return strings.EqualFold(squeeze(h.Name), squeeze(other.Name)) &&
		equalASCIIFold(squeeze(h.Email), squeeze(other.Email))
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func equalASCIIFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// Masked returns the holder so that its owner recognizes it and others learn
// little: "Buyer N… <b…@example.com>".
func (h Holder) Masked() string {
	words := strings.Fields(h.Name)
	for i, w := range words {
		if i > 0 || len(words) == 1 {
			words[i] = firstRune(w) + "…"
		}
	}
	local, domain, found := strings.Cut(h.Email, "@")
	if found {
		domain = "@" + domain
	}
	return fmt.Sprintf("%s <%s…%s>", strings.Join(words, " "), firstRune(local), domain)
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

const (
	zeroWidthNonJoiner = 0x200c
	zeroWidthJoiner    = 0x200d
)

// checkHolderText checks a name or an email by rules that do not depend on a
// Unicode version.
func checkHolderText(member, s string, most int) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%s must be valid UTF-8", member)
	}
	// Count runes only where the bytes leave a doubt.
	if s == "" || len(s) > most && utf8.RuneCountInString(s) > most {
		return fmt.Errorf("%s must have 1 to %d characters", member, most)
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if isOuterSpace(first) || isOuterSpace(last) {
		return fmt.Errorf("%s must not begin or end with a space", member)
	}
	joinersOnly := true
	for _, r := range s {
		joiner := r == zeroWidthNonJoiner || r == zeroWidthJoiner
		if !joiner {
			joinersOnly = false
		} else if member == "name" {
			continue // Persian and Indic names need them
		}
		if isRefused(r) {
			return fmt.Errorf("%s must not hold the invisible or control character U+%04X", member, r)
		}
	}
	if joinersOnly {
		return fmt.Errorf("%s must not be of joiners alone", member)
	}
	return nil
}

func isOuterSpace(r rune) bool { return unicode.Is(outerSpaces, r) }

// outerSpaces may not stand at either end of a holder's text.
var outerSpaces = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0020, 0x0020, 1},
		{0x00a0, 0x00a0, 1},
		{0x1680, 0x1680, 1},
		{0x2000, 0x200a, 1},
		{0x202f, 0x202f, 1},
		{0x205f, 0x205f, 1},
		{0x3000, 0x3000, 1},
	},
	LatinOffset: 2,
}

func isRefused(r rune) bool {
	if r < 0x7f {
		return r < 0x20
	}
	return unicode.Is(refusedRunes, r)
}

// refusedRunes are control, format and bidi characters, listed here so that
// every version of Unicode agrees.
var refusedRunes = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0000, 0x001f, 1},
		{0x007f, 0x009f, 1},
		{0x00ad, 0x00ad, 1},
		{0x0600, 0x0605, 1},
		{0x061c, 0x061c, 1},
		{0x06dd, 0x06dd, 1},
		{0x070f, 0x070f, 1},
		{0x0890, 0x0891, 1},
		{0x08e2, 0x08e2, 1},
		{0x180e, 0x180e, 1},
		{0x200b, 0x200f, 1},
		{0x2028, 0x202e, 1},
		{0x2060, 0x206f, 1},
		{0xfeff, 0xfeff, 1},
		{0xfff9, 0xfffb, 1},
	},
	R32: []unicode.Range32{
		{0x110bd, 0x110bd, 1},
		{0x110cd, 0x110cd, 1},
		{0x13430, 0x1343f, 1},
		{0x1bca0, 0x1bca3, 1},
		{0x1d173, 0x1d17a, 1},
		{0xe0001, 0xe0001, 1},
		{0xe0020, 0xe007f, 1},
	},
	LatinOffset: 3,
}
