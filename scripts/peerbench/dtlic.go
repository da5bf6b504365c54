package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/mint"
)

// productFile is a product with one tier and one issuing key.
const productFile = `{"format": 1, "product": %q, "title": "DataTools", "program": "datatools", "support": "help@example.com",
	"license_key_prefix": "DT1", "env_prefix": "DATATOOLS", "directory": ".datatools",
	"keys": [{"public_key": "%x", "role": "issuing"}],
	"tiers": {"pro": {"features": ["deduplicator"]}}, "default_tier": "pro", "default_term": "1y"}`

func newDtlic(private ed25519.PrivateKey) (*contender, error) {
	p, err := dtlic.ParseProduct(fmt.Appendf(nil, productFile, product, private.Public()))
	if err != nil {
		return nil, err
	}
	v, err := dtlic.NewVerifier(p, dtlic.Options{Now: time.Now})
	if err != nil {
		return nil, err
	}
	key, err := mint.NewKey(private)
	if err != nil {
		return nil, err
	}
	return &contender{
		name: "dtlic", module: dtlicModule, issues: true,
		note: "refuses all of it itself. It reads JSON strictly (no member twice, no other spelling, bounds on every value) and " +
			"allows a clock to be a day slow; minting checks what it signs by the same rules.",
		issue: func(l license) (string, error) {
			of := p
			of.Name = l.Product
			made, err := mint.License(&of, mint.Request{
				Name: l.Name, Email: l.Email, Tier: l.Tier, ExpiresAt: l.ExpiresAt, Features: l.Features, Limits: l.Limits, LicenseKey: l.Key,
			}, l.IssuedAt, rand.Reader)
			if err != nil {
				return "", err
			}
			return key.Sign(&made)
		},
		verify: func(text string) (license, error) {
			l, err := v.Verify(text)
			if err != nil {
				return license{}, err
			}
			return license{
				Key: l.LicenseKey, Product: l.Product, Name: l.Name, Email: l.Email, Tier: l.Tier,
				IssuedAt: l.IssuedAt, ExpiresAt: l.ExpiresAt, Features: l.Features, Limits: l.Limits,
			}, nil
		},
		alter: alterDotted(base64.RawURLEncoding, ""),
	}, nil
}
