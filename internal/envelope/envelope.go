// Package envelope takes signed artifacts apart and reads their JSON strictly.
//
// Every artifact of this project is one line of text:
//
//	TAG ":" key-id "." payload [ "." chain ] "." signature
//
// with base64url parts (RFC 4648 section 5, no padding) and an Ed25519
// signature over the ASCII text before the last dot. This package knows the
// shape and nothing of keys: nobody may believe, or even parse, a payload
// before the signature over [Envelope.Signed] holds.
package envelope

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
)

const (
	// KeyIDLength is the number of characters of a key ID: 8 bytes in base64url.
	KeyIDLength = 11
	// SignatureLength is the number of characters of a signature: 64 bytes in base64url.
	SignatureLength = 86
	// ChainHead is how every chain begins: "DTCERT1" in base64url.
	ChainHead = "RFRDRVJUMT"
)

// Kind is one family of envelopes at the one version that is understood.
type Kind struct {
	Family  string // the tag without its version: "DTLIC"
	Version string // decimal digits: "2"
	Max     int    // the longest envelope, in characters
	Chain   bool   // may a certificate stand between payload and signature
}

// License is the kind of a license.
var License = Kind{Family: "DTLIC", Version: "2", Max: 16384, Chain: true}

// Tag returns the family with its version, "DTLIC2".
func (k Kind) Tag() string { return k.Family + k.Version }

// Envelope is an artifact taken apart. Nothing in it is verified.
type Envelope struct {
	KeyID     string // 11 characters of base64url; a hint, never a proof
	Payload   []byte // decoded; not to be parsed before the signature holds
	Chain     string // base64url of a certificate, "" without one
	Signature []byte // 64 bytes
	Signed    string // the text that the signature covers
}

// FormError says why a text is not an envelope of the kind asked for.
type FormError struct {
	// Version is true where the text is of the right family and another
	// version, so that a newer program may understand it.
	Version bool
	Reason  string
}

func (e *FormError) Error() string { return e.Reason }

func malformed(reason string) error { return &FormError{Reason: reason} }

// Parse takes text apart. It answers in the order tag, version, size, shape,
// and every error is a *[FormError]. Encode(Parse(text)) is text itself: each
// artifact has exactly one spelling.
func Parse(kind Kind, text string) (Envelope, error) {
	rest, err := kind.cutTag(text)
	if err != nil {
		return Envelope{}, err
	}
	if len(text) > kind.Max {
		return Envelope{}, malformed("it is longer than a license can be")
	}

	parts, count := split(rest)
	switch {
	case count < 3:
		return Envelope{}, malformed("a part of it is missing")
	case count > 4 || count == 4 && !kind.Chain:
		return Envelope{}, malformed("it has too many parts")
	}
	e := Envelope{KeyID: parts[0]}
	last := parts[count-1]
	e.Signed = text[:len(text)-len(last)-1]

	if len(e.KeyID) != KeyIDLength {
		return Envelope{}, malformed("the key ID has not 11 characters")
	}
	if _, ok := Decode(e.KeyID); !ok {
		return Envelope{}, malformed("the key ID is not base64url")
	}
	var ok bool
	if e.Payload, ok = Decode(parts[1]); !ok || len(e.Payload) == 0 {
		return Envelope{}, malformed("the payload is not base64url")
	}
	if count == 4 {
		if e.Chain = parts[2]; !strings.HasPrefix(e.Chain, ChainHead) {
			return Envelope{}, malformed("its third part is no certificate")
		}
		if _, ok := Decode(e.Chain); !ok {
			return Envelope{}, malformed("the certificate is not base64url")
		}
	}
	if len(last) != SignatureLength {
		return Envelope{}, malformed("the signature has not 86 characters")
	}
	if e.Signature, ok = Decode(last); !ok {
		return Envelope{}, malformed("the signature is not base64url")
	}
	return e, nil
}

// cutTag returns what follows "TAG:".
func (k Kind) cutTag(text string) (string, error) {
	digits, found := strings.CutPrefix(text, k.Family)
	if !found {
		return "", malformed("it does not begin with " + k.Tag() + ":")
	}
	end := 0
	for end < len(digits) && '0' <= digits[end] && digits[end] <= '9' {
		end++
	}
	if end == 0 || end == len(digits) || digits[end] != ':' {
		return "", malformed("it does not begin with " + k.Tag() + ":")
	}
	if digits[:end] != k.Version {
		return "", &FormError{Version: true, Reason: "it is of another version of the format than " + k.Tag()}
	}
	return digits[end+1:], nil
}

// split cuts s at its dots into at most four parts; count is 5 where there are
// more. It allocates nothing, whatever the input.
func split(s string) (parts [4]string, count int) {
	for {
		before, after, found := strings.Cut(s, ".")
		if count == len(parts) {
			return parts, count + 1
		}
		parts[count] = before
		count++
		if !found {
			return parts, count
		}
		s = after
	}
}

// AppendUnsigned appends the text that is to be signed: tag, key ID and payload.
func AppendUnsigned(dst []byte, kind Kind, keyID string, payload []byte) []byte {
	dst = append(dst, kind.Family...)
	dst = append(dst, kind.Version...)
	dst = append(dst, ':')
	dst = append(dst, keyID...)
	dst = append(dst, '.')
	return base64.RawURLEncoding.AppendEncode(dst, payload)
}

// AppendSignature ends an envelope that [AppendUnsigned] began.
func AppendSignature(dst, signature []byte) []byte {
	dst = append(dst, '.')
	return base64.RawURLEncoding.AppendEncode(dst, signature)
}

// Encode writes an envelope back as text.
func (e Envelope) Encode(kind Kind) string {
	dst := AppendUnsigned(nil, kind, e.KeyID, e.Payload)
	if e.Chain != "" {
		dst = append(dst, '.')
		dst = append(dst, e.Chain...)
	}
	return string(AppendSignature(dst, e.Signature))
}

// SignedBy tells whether the signature was made by the key over exactly this
// text (pure Ed25519, RFC 8032 section 5.1). The key must be one that
// [CheckPublicKey] takes: under a low-order key anybody can sign.
func (e Envelope) SignedBy(key ed25519.PublicKey) bool {
	return ed25519.Verify(key, []byte(e.Signed), e.Signature)
}

var strictBase64 = base64.RawURLEncoding.Strict()

// Decode reads strict base64url (RFC 4648 section 5): no padding, no line
// breaks, unused trailing bits zero.
func Decode(s string) ([]byte, bool) {
	// Strict looks at the trailing bits; it still skips CR and LF, which is
	// why the alphabet is checked first.
	for i := range len(s) {
		if !IsBase64URL(s[i]) {
			return nil, false
		}
	}
	b, err := strictBase64.DecodeString(s)
	return b, err == nil
}

// IsBase64URL tells whether c is of the alphabet of RFC 4648 section 5.
func IsBase64URL(c byte) bool { return alphabet[c] }

var alphabet = func() (t [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		t[c] = true
	}
	return t
}()
