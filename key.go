package dtlic

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/dtlic/dtlic/internal/envelope"
)

// PublicKey is an Ed25519 public key (RFC 8032 section 5.1.5) that may be
// trusted: [ParsePublicKey] and [NewPublicKey] refuse all others.
type PublicKey struct{ raw [ed25519.PublicKeySize]byte }

// DevelopmentKey is the public key, in hex, whose private half stands in this
// project's source: anybody can sign with it. It is refused unless
// [Options.Development] says otherwise.
const DevelopmentKey = "3b3dee37aadf63d7bf60ea224215e2f0c263f04cdd7dd68c6d9a820799136d68"

// ParsePublicKey reads 64 hex digits, in either case, with white space around
// them. It refuses low-order points (all zeros among them), encodings that are
// not canonical and texts that are no point of the curve: under such keys
// anybody could sign. The error does not quote the text, which may be a secret
// pasted by mistake.
func ParsePublicKey(text string) (PublicKey, error) {
	raw, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return PublicKey{}, errors.New("a public key is 64 hex digits")
	}
	return NewPublicKey(raw)
}

// NewPublicKey takes the 32 bytes of a public key, under the rules of
// [ParsePublicKey].
func NewPublicKey(raw ed25519.PublicKey) (PublicKey, error) {
	if err := envelope.CheckPublicKey(raw); err != nil {
		return PublicKey{}, err
	}
	return PublicKey{raw: [ed25519.PublicKeySize]byte(raw)}, nil
}

// String returns 64 lower-case hex digits.
func (k PublicKey) String() string { return hex.EncodeToString(k.raw[:]) }

// ID returns the key's ID as licenses carry it: 11 characters of base64url. It
// is a hint for choosing a key, never a proof.
func (k PublicKey) ID() string { return envelope.KeyID(k.raw[:]) }

// IsDevelopment tells whether this is the development key.
func (k PublicKey) IsDevelopment() bool { return k.String() == DevelopmentKey }

// Role says what a trusted key may sign.
type Role string

const (
	// RoleIssuing keys sign licenses.
	RoleIssuing Role = "issuing"
	// RoleRoot keys are kept cold and sign no licenses.
	RoleRoot Role = "root"
)

// TrustedKey is a public key with its role in a trust store.
type TrustedKey struct {
	// PublicKey is the key; its zero value is refused.
	PublicKey PublicKey
	// Role is RoleIssuing or RoleRoot; its zero value is refused.
	Role Role
}
