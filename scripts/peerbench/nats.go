package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

func newNATS(private ed25519.PrivateKey) (*contender, error) {
	pair, err := nkeys.FromRawSeed(nkeys.PrefixByteAccount, private.Seed())
	if err != nil {
		return nil, err
	}
	trusted, err := pair.PublicKey()
	if err != nil {
		return nil, err
	}
	return &contender{
		name: "nats-io/jwt, generic claims", module: "github.com/nats-io/jwt/v2", issues: true,
		note: "`DecodeGeneric` checks the signature by the key that the token itself names; whether that one is trusted, and for which product it is, " +
			"the caller asks. Times are checked by `Validate`. Minting derives the private key and hashes the claims anew each time.",
		issue: func(l license) (string, error) {
			c := jwt.NewGenericClaims(l.Key)
			c.Audience, c.Name = l.Product, l.Name
			c.NotBefore, c.Expires = l.IssuedAt.Unix(), l.ExpiresAt.Unix()
			c.Data["email"], c.Data["tier"], c.Data["features"], c.Data["limits"] = l.Email, l.Tier, l.Features, l.Limits
			return c.Encode(pair)
		},
		verify: verifyNATS,
		rest: func(l license) error {
			if l.issuer != trusted {
				return errors.New("its key is not trusted")
			}
			return l.judge()
		},
		alter: alterDotted(base64.RawURLEncoding, ""),
	}, nil
}

func verifyNATS(text string) (license, error) {
	c, err := jwt.DecodeGeneric(text)
	if err != nil {
		return license{}, err
	}
	issues := jwt.CreateValidationResults()
	c.Validate(issues)
	if issues.IsBlocking(true) {
		return license{}, issues.Issues[0]
	}
	email, ok1 := c.Data["email"].(string)
	tier, ok2 := c.Data["tier"].(string)
	features, ok3 := c.Data["features"].([]any)
	limits, ok4 := c.Data["limits"].(map[string]any)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return license{}, errors.New("a claim is missing")
	}
	l := license{
		Key: c.Subject, Product: c.Audience, Name: c.Name, Email: email, Tier: tier, issuer: c.Issuer,
		IssuedAt: time.Unix(c.NotBefore, 0), ExpiresAt: time.Unix(c.Expires, 0),
	}
	return l, l.grant(features, limits)
}

// grant takes features and limits as encoding/json reads them into an any.
func (l *license) grant(features []any, limits map[string]any) error {
	l.Features = make([]string, len(features))
	for i, f := range features {
		name, ok := f.(string)
		if !ok {
			return fmt.Errorf("feature %d is no text", i)
		}
		l.Features[i] = name
	}
	l.Limits = make(map[string]int64, len(limits))
	for name, n := range limits {
		number, ok := n.(float64)
		if !ok {
			return fmt.Errorf("limit %q is no number", name)
		}
		l.Limits[name] = int64(number)
	}
	return nil
}
