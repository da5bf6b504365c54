package cli

import (
	"path/filepath"
	"strings"

	"github.com/dtlic/dtlic"
)

const (
	// minSecret is the least run of letters and digits that may be a private
	// key: 64 hex digits, of which some may be lost or mistyped.
	minSecret = 56
	// hidden stands in an error for what may be a secret.
	hidden = "[hidden]"
)

// HoldsSecret tells whether a text holds what may be a private key.
func HoldsSecret(text string) bool { return withoutSecrets(text) != text }

// openStatus is a status whose texts hold no secret: a key that landed in a
// variable for a file's name stands in the path that was looked at, and in why
// nothing was found there.
func openStatus(s dtlic.StoredStatus) dtlic.StoredStatus {
	s.Source.Path = withoutSecrets(s.Source.Path)
	if s.Err != nil {
		s.Err = asFailure(s.Err)
	}
	return s
}

// readable is a sentence as a person is shown it: without secrets, and with each
// backslash of a Windows path once, which quoting has doubled. It is for the last
// step before something is printed: twice, \\server would lose a backslash.
func readable(text string) string {
	if filepath.Separator == '\\' {
		text = singleBackslashes(text)
	}
	return withoutSecrets(text)
}

func singleBackslashes(text string) string { return strings.ReplaceAll(text, `\\`, `\`) }

// withoutSecrets replaces what may be a private key. Errors quote what a person
// typed, and a key that was typed in a wrong place must not end up in a
// terminal's history, a log or a mail to support. A path that holds a checksum
// looks no different; that much is lost.
func withoutSecrets(text string) string {
	if len(text) < minSecret {
		return text
	}
	var b strings.Builder
	for text != "" {
		n := strings.IndexFunc(text, func(r rune) bool { return !isAlphanumeric(r) })
		switch {
		case n < 0:
			n = len(text)
		case n == 0:
			n = 1
		}
		if ageKey := ageSecret(text); ageKey > 0 {
			n = ageKey
			b.WriteString(hidden)
		} else if mostlyHex(text[:n]) {
			b.WriteString(hidden)
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
	}
	return b.String()
}

// agePrefix begins a secret key of age, in whose case it may stand.
const agePrefix = "AGE-SECRET-KEY-"

// ageSecret is the length of a secret key of age at the beginning of a text, 0 for
// none.
func ageSecret(text string) int {
	if len(text) < len(agePrefix) || !strings.EqualFold(text[:len(agePrefix)], agePrefix) {
		return 0
	}
	n := strings.IndexFunc(text, func(r rune) bool { return !isAlphanumeric(r) && r != '-' })
	if n < 0 {
		n = len(text)
	}
	return n
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// mostlyHex tells hex digits with a few mistakes from base64, in which more
// than half of the characters are others.
func mostlyHex(run string) bool {
	digits := 0
	for _, r := range run {
		if strings.ContainsRune("0123456789abcdefABCDEF", r) {
			digits++
		}
	}
	return len(run) >= minSecret && digits*10 >= len(run)*9
}
