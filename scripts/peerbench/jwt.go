package main

import (
	"crypto/ed25519"
	"encoding/base64"

	"github.com/golang-jwt/jwt/v5"
)

// jwtClaims are the registered claims for what has one, and our own.
type jwtClaims struct {
	jwt.RegisteredClaims
	Name     string           `json:"name"`
	Email    string           `json:"email"`
	Tier     string           `json:"tier"`
	Features []string         `json:"features"`
	Limits   map[string]int64 `json:"limits"`
}

func newJWT(private ed25519.PrivateKey) (*contender, error) {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithAudience(product),
		jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding())
	public := private.Public()
	key := func(*jwt.Token) (any, error) { return public, nil }
	return &contender{
		name: "golang-jwt, EdDSA", module: "github.com/golang-jwt/jwt/v5", issues: true,
		note: "refuses all of it where it is told to: algorithm, audience, `exp`, `nbf` and `iat` are options of the parser, which is made once here. " +
			"It reads the claims before it checks the signature.",
		issue: func(l license) (string, error) {
			return jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwtClaims{
				RegisteredClaims: jwt.RegisteredClaims{
					ID: l.Key, Audience: jwt.ClaimStrings{l.Product}, IssuedAt: jwt.NewNumericDate(l.IssuedAt),
					NotBefore: jwt.NewNumericDate(l.IssuedAt), ExpiresAt: jwt.NewNumericDate(l.ExpiresAt),
				},
				Name: l.Name, Email: l.Email, Tier: l.Tier, Features: l.Features, Limits: l.Limits,
			}).SignedString(private)
		},
		verify: func(text string) (license, error) {
			var c jwtClaims
			if _, err := parser.ParseWithClaims(text, &c, key); err != nil {
				return license{}, err
			}
			return license{
				Key: c.ID, Product: c.Audience[0], Name: c.Name, Email: c.Email, Tier: c.Tier,
				IssuedAt: c.IssuedAt.Time, ExpiresAt: c.ExpiresAt.Time, Features: c.Features, Limits: c.Limits,
			}, nil
		},
		alter: alterDotted(base64.RawURLEncoding, ""),
	}, nil
}
