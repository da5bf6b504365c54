package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"aidanwoods.dev/go-paseto"
)

const pasetoHeader = "v4.public."

func newPaseto(private ed25519.PrivateKey) (*contender, error) {
	secret, err := paseto.NewV4AsymmetricSecretKeyFromEd25519(private)
	if err != nil {
		return nil, err
	}
	public := secret.Public()
	parser := paseto.NewParser() // has the rule that the token has not expired
	parser.AddRule(paseto.NotBeforeNbf(), paseto.ForAudience(product))
	return &contender{
		name: "go-paseto, v4.public", module: "aidanwoods.dev/go-paseto", issues: true,
		note:  "refuses all of it by rules of the parser, which is made once here. Claims are read one by one.",
		issue: func(l license) (string, error) { return signPaseto(secret, l) },
		verify: func(text string) (license, error) {
			token, err := parser.ParseV4Public(public, text, nil)
			if err != nil {
				return license{}, err
			}
			return readPaseto(token)
		},
		alter: alterPaseto,
	}, nil
}

func signPaseto(secret paseto.V4AsymmetricSecretKey, l license) (string, error) {
	t := paseto.NewToken()
	t.SetJti(l.Key)
	t.SetAudience(l.Product)
	t.SetIssuedAt(l.IssuedAt)
	t.SetNotBefore(l.IssuedAt)
	t.SetExpiration(l.ExpiresAt)
	t.SetString("name", l.Name)
	t.SetString("email", l.Email)
	t.SetString("tier", l.Tier)
	if err := errors.Join(t.Set("features", l.Features), t.Set("limits", l.Limits)); err != nil {
		return "", err
	}
	return t.V4Sign(secret, nil), nil
}

func readPaseto(t *paseto.Token) (l license, err error) {
	for _, claim := range []struct {
		name string
		into any
	}{
		{"jti", &l.Key},
		{"aud", &l.Product},
		{"iat", &l.IssuedAt},
		{"exp", &l.ExpiresAt},
		{"name", &l.Name},
		{"email", &l.Email},
		{"tier", &l.Tier},
		{"features", &l.Features},
		{"limits", &l.Limits},
	} {
		if err := t.Get(claim.name, claim.into); err != nil {
			return license{}, err
		}
	}
	return l, nil
}

// alterPaseto changes a token, whose one part is the payload with the signature behind it.
func alterPaseto(text string, change change) (string, error) {
	body, found := strings.CutPrefix(text, pasetoHeader)
	both, err := base64.RawURLEncoding.DecodeString(body)
	if !found || err != nil || len(both) < ed25519.SignatureSize {
		return "", fmt.Errorf("%q is no v4.public token", text)
	}
	end := len(both) - ed25519.SignatureSize
	payload, signature := change(both[:end], both[end:])
	return pasetoHeader + base64.RawURLEncoding.EncodeToString(append(payload[:len(payload):len(payload)], signature...)), nil
}
