// Package dev derives the development key pair from a fixed phrase, so that a
// checkout signs and verifies with no set-up. Its private key is public:
// package dtlic refuses the key unless asked, and no release links this
// package.
package dev

import (
	"crypto/ed25519"
	"crypto/sha256"
)

// phrase is the seed's source, here for everybody to read.
const phrase = "dtlic development key: anybody can sign with this"

// PrivateKey returns the development signing key.
func PrivateKey() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(phrase))
	return ed25519.NewKeyFromSeed(seed[:])
}
