package envelope

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// Fragment is what can still be read of an envelope that was cut off or
// damaged. Nothing in it is verified, and nothing may be decided by it.
type Fragment struct {
	KeyID   string   // "" where it is not whole
	Members []Member // the whole members at the payload's head
}

// ReadFragment reads what it can of the head of an envelope.
func ReadFragment(kind Kind, text string) (f Fragment) {
	rest, err := kind.cutTag(text)
	if err != nil {
		return f
	}
	keyID, rest, found := strings.Cut(rest, ".")
	if !found || len(keyID) != KeyIDLength {
		return f
	}
	f.KeyID = keyID
	encoded, _, _ := strings.Cut(rest, ".")
	if len(encoded)%4 == 1 {
		encoded = encoded[:len(encoded)-1] // six bits are no byte
	}
	// Up to the first character that is none of the alphabet.
	payload, _ := base64.RawURLEncoding.DecodeString(encoded)
	p := parser{text: validPrefix(payload)}
	if p.peek() != '{' {
		return f
	}
	v, err := p.object(1)
	f.Members = v.Members
	if n := len(f.Members); err != nil && n > 0 {
		if last := f.Members[n-1].Value; last.Type == Number && strings.HasSuffix(p.text, last.Raw) {
			f.Members = f.Members[:n-1] // its last digits may be missing
		}
	}
	return f
}

func validPrefix(b []byte) string {
	n := 0
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return string(b[:n])
}
