// Package signer is where a private key comes from: 64 hex digits of an
// Ed25519 seed (RFC 8032 section 5.1.5) in a variable or a key file. No error
// of this package quotes what it read.
package signer

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Suffixes of the names in a key file and of the environment's variables,
// behind the product's prefix.
const (
	PrivateSuffix = "_LICENSE_PRIVKEY"
	PublicSuffix  = "_LICENSE_PUBKEY"
)

// errNoSeed never says what it found instead: it may be a secret.
var errNoSeed = errors.New("a signing key is exactly 64 hex digits")

// ParseSeed reads a private key: 64 hex digits in either case, with white
// space around them, and nothing else.
func ParseSeed(text string) (ed25519.PrivateKey, error) {
	seed, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errNoSeed
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// Generate makes a private key.
func Generate(random io.Reader) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("no randomness for a key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// KeyFile returns the text of a key file. Its comments stand on lines of their
// own, so that shells, docker --env-file and ParseKeyFile agree about it.
func KeyFile(prefix string, private ed25519.PrivateKey) []byte {
	public := private.Public().(ed25519.PublicKey)
	return fmt.Appendf(nil, "# KEEP SECRET\n%s%s=%x\n# BAKE INTO BUILD\n%s%s=%x\n",
		prefix, PrivateSuffix, private.Seed(), prefix, PublicSuffix, []byte(public))
}

// ParseKeyFile reads the private key of a key file and checks it against the
// public key there, where there is one.
func ParseKeyFile(text, prefix string) (ed25519.PrivateKey, error) {
	values := parseEnv(text)
	seed, ok := values[prefix+PrivateSuffix]
	if !ok {
		return nil, fmt.Errorf("it has no line %s%s=…", prefix, PrivateSuffix)
	}
	private, err := ParseSeed(seed)
	if err != nil {
		return nil, err
	}
	public := hex.EncodeToString(private.Public().(ed25519.PublicKey))
	if other, ok := values[prefix+PublicSuffix]; ok && !strings.EqualFold(other, public) {
		return nil, errors.New("its private and its public key do not belong together")
	}
	return private, nil
}

// parseEnv reads NAME=VALUE lines, with or without export and quotes.
func parseEnv(text string) map[string]string {
	values := make(map[string]string)
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		name, value, found := strings.Cut(line, "=")
		if found && !strings.HasPrefix(line, "#") {
			values[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return values
}
