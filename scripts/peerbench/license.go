package main

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"
)

// payloadSize is the size of the sample as dtlic signs it, in bytes.
const payloadSize = 300

// license is what every contender signs and reads back. As JSON it has the
// members of a dtlic payload, in its order.
type license struct {
	Key       string           `json:"license_key"`
	Product   string           `json:"product"`
	Name      string           `json:"name"`
	Email     string           `json:"email"`
	Tier      string           `json:"tier"`
	IssuedAt  time.Time        `json:"issued_at"`
	ExpiresAt time.Time        `json:"expires_at"`
	Features  []string         `json:"features"`
	Limits    map[string]int64 `json:"limits"`

	// issuer is the key that the text names; set by the one contender whose
	// library leaves it to the caller to trust it or not.
	issuer string
}

// product is what the licenses are for.
const product = "datatools"

// sample returns the license that is timed: issued a day ago, for a year.
func sample(now time.Time) license {
	issued := now.UTC().Truncate(time.Second).AddDate(0, 0, -1)
	return license{
		Key: "DT1-PRO-01234567-89abcdef", Product: product, Name: "Ada Løvelace", Email: "ada@example.com", Tier: "pro",
		IssuedAt: issued, ExpiresAt: issued.AddDate(1, 0, 0),
		Features: []string{"deduplicator", "text-cleaner", "format-standardizer"},
		Limits:   map[string]int64{"rows": 10_000_000, "seats": 5},
	}
}

// judge is what a caller adds to a library that checks the signature and no
// more: the window, and whether the license is for this product.
func (l license) judge() error {
	now := time.Now()
	switch {
	case now.Before(l.IssuedAt):
		return errors.New("it has not begun")
	case !now.Before(l.ExpiresAt):
		return errors.New("it has ended")
	case l.Product != product:
		return fmt.Errorf("it is for %q", l.Product)
	}
	return nil
}

// equal tells whether a license was read back as it was signed.
func (l license) equal(other license) bool {
	return fmt.Sprint(l.asSigned()) == fmt.Sprint(other.asSigned())
}

func (l license) asSigned() license {
	l.issuer, l.IssuedAt, l.ExpiresAt = "", l.IssuedAt.UTC(), l.ExpiresAt.UTC()
	return l
}

// keyPair makes an Ed25519 key pair that is the same in every run.
func keyPair(first byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{first}, ed25519.SeedSize))
}
