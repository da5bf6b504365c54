package envelope

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
)

// KeyID returns the ID of a public key: the first 8 bytes of its SHA-256 in
// base64url, 11 characters.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return base64.RawURLEncoding.EncodeToString(sum[:8])
}

// The reasons for which [CheckPublicKey] refuses a key.
var (
	errKeySize      = errors.New("a public key has 32 bytes")
	errLowOrder     = errors.New("a low-order point: anybody could sign for it")
	errNotCanonical = errors.New("not the canonical encoding of a point")
	errNoPoint      = errors.New("not a point of the curve")
)

// CheckPublicKey refuses what nobody may trust: the 14 encodings of low-order
// points (all zeros among them), encodings that are not canonical (RFC 8032
// section 5.1.3) and texts that encode no point of edwards25519 at all.
// [ed25519.Verify] takes forgeries under the first.
func CheckPublicKey(key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize {
		return errKeySize
	}
	if slices.Contains(lowOrderKeys, hex.EncodeToString(key)) {
		return errLowOrder
	}
	bigEndian := slices.Clone(key)
	slices.Reverse(bigEndian)
	bigEndian[0] &= 0x7f // the sign of x; x = 0 with the sign set is low order
	y := new(big.Int).SetBytes(bigEndian)
	if y.Cmp(fieldPrime) >= 0 {
		return errNotCanonical
	}
	// x² = (y² − 1) / (d·y² + 1) has a solution exactly where numerator times
	// denominator is a square; y² = 1 is the low-order case above.
	yy := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(yy, big.NewInt(1))
	v := yy.Mul(yy, curveD)
	v.Add(v, big.NewInt(1))
	if big.Jacobi(u.Mul(u, v).Mod(u, fieldPrime), fieldPrime) != 1 {
		return errNoPoint
	}
	return nil
}

// The field and the constant of edwards25519, RFC 8032 section 5.1.
var (
	fieldPrime = hexInt("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")
	curveD     = hexInt("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3")
)

func hexInt(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic("envelope: a constant is not hexadecimal")
	}
	return n
}

// lowOrderKeys are all encodings of the eight points whose order divides 8.
var lowOrderKeys = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
}
