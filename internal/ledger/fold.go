package ledger

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// fold makes texts that are the same in any case the same: by Unicode's simple
// case folding, as strings.EqualFold has it.
func fold(text string) string { return string(appendFold(nil, text)) }

// appendFold appends the folded text to dst.
func appendFold(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			for _, r := range text[i:] {
				dst = utf8.AppendRune(dst, foldRune(r))
			}
			break
		}
		dst = append(dst, lower(c))
	}
	return dst
}

// foldIn folds a text, in room, unless it is folded as it stands.
func foldIn(room []byte, text string) string {
	if isFolded(text) {
		return text
	}
	return alias(appendFold(room, text))
}

// isFolded tells whether a text is folded already, as most mail addresses are. It
// is false for some that are, those beyond ASCII among them.
func isFolded(text string) bool {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		// The highest bit of a byte is set where it is 'A' or more in the one sum,
		// and where it is more than 'Z' in the other.
		w := word(text[i : i+8])
		if (w|(w+(0x80-'A')*each)&^(w+(0x80-'Z'-1)*each))&high != 0 {
			return false
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// foldRune stands for all letters that are one in any case.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if least < utf8.RuneSelf {
		return rune(lower(byte(least)))
	}
	return least
}

// lower is an ASCII letter in lower case; all other bytes stay.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// contains tells whether a text has a folded part, in any case.
func contains(text, foldedPart string) bool {
	if foldedPart == "" {
		return true
	}
	var room [256]byte // most texts fit into it
	return bytes.Contains(appendFold(room[:0], text), []byte(foldedPart))
}

// endsWith tells whether a text ends with a folded part, in any case.
func endsWith(text, foldedPart string) bool {
	var room [256]byte
	return bytes.HasSuffix(appendFold(room[:0], text), []byte(foldedPart))
}

// upper is an ASCII letter in upper case; all other bytes stay.
func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}
