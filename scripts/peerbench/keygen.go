package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/keygen-sh/keygen-go/v3"
)

const keygenModule = "github.com/keygen-sh/keygen-go/v3"

// newKeygenKey is a signed license key: "key/" with the data, a dot, and the
// signature over what stands before the dot.
func newKeygenKey(private ed25519.PrivateKey) (*contender, error) {
	trusted := keygen.VerifyPublicKey(hex.EncodeToString(private.Public().(ed25519.PublicKey)))
	return &contender{
		name: "keygen-go, signed key", module: keygenModule,
		note: "the service mints, so the key is made here by its documented scheme. The library checks the signature and returns the data; " +
			"what the data says is the caller's, and so are window and product. A text without its dot makes it panic.",
		issue: func(l license) (string, error) {
			data, err := json.Marshal(l)
			if err != nil {
				return "", err
			}
			signed := keygen.LicenseKeySigningPrefix + base64.URLEncoding.EncodeToString(data)
			return signed + "." + base64.URLEncoding.EncodeToString(ed25519.Sign(private, []byte(signed))), nil
		},
		verify: func(text string) (license, error) {
			data, err := (&keygen.License{Scheme: keygen.SchemeCodeEd25519, Key: text}).Verify(trusted)
			if err != nil {
				return license{}, err
			}
			var l license
			return l, json.Unmarshal(data, &l)
		},
		rest:  license.judge,
		alter: alterDotted(base64.URLEncoding, keygen.LicenseKeySigningPrefix),
	}, nil
}

// keygenDocument is the data of a license file: the license's JSON:API
// resource, and when the file was issued and ends.
type keygenDocument struct {
	Data keygenResource `json:"data"`
	Meta keygenMeta     `json:"meta"`
}

type keygenResource struct {
	ID         string           `json:"id"`
	Type       string           `json:"type"`
	Attributes keygenAttributes `json:"attributes"`
}

type keygenAttributes struct {
	Name     string         `json:"name"`
	Key      string         `json:"key"`
	Expiry   time.Time      `json:"expiry"`
	Created  time.Time      `json:"created"`
	Metadata keygenMetadata `json:"metadata"`
}

// keygenMetadata is the seller's own.
type keygenMetadata struct {
	Email    string           `json:"email"`
	Product  string           `json:"product"`
	Tier     string           `json:"tier"`
	Features []string         `json:"features"`
	Limits   map[string]int64 `json:"limits"`
}

type keygenMeta struct {
	Issued time.Time `json:"issued"`
	Expiry time.Time `json:"expiry"`
	TTL    int       `json:"ttl"` // seconds
}

// keygenCertificate is what stands, in base64, between the lines of a license file.
type keygenCertificate struct {
	Enc string `json:"enc"`
	Sig string `json:"sig"`
	Alg string `json:"alg"`
}

const (
	fileBegin = "-----BEGIN LICENSE FILE-----\n"
	fileEnd   = "\n-----END LICENSE FILE-----\n"
)

// newKeygenFile is a license file that is signed and not encrypted.
func newKeygenFile(private ed25519.PrivateKey) (*contender, error) {
	trusted := keygen.VerifyPublicKey(hex.EncodeToString(private.Public().(ed25519.PublicKey)))
	return &contender{
		name: "keygen-go, license file", module: keygenModule,
		note: "the service mints, so the file is made here by its documented scheme, with fewer attributes than a real one and a file that ends with the license. " +
			"`Verify` checks the signature, `Decode` the file's window; the product is the caller's.",
		issue: func(l license) (string, error) { return signKeygenFile(private, l) },
		verify: func(text string) (license, error) {
			file := &keygen.LicenseFile{Certificate: text}
			if err := file.Verify(trusted); err != nil {
				return license{}, err
			}
			d, err := file.Decode()
			if err != nil {
				return license{}, err
			}
			return readKeygenLicense(&d.License)
		},
		rest:  license.judge,
		alter: alterKeygenFile,
	}, nil
}

func signKeygenFile(private ed25519.PrivateKey, l license) (string, error) {
	data, err := json.Marshal(keygenDocument{
		Data: keygenResource{ID: l.Key, Type: "licenses", Attributes: keygenAttributes{
			Name: l.Name, Key: l.Key, Expiry: l.ExpiresAt, Created: l.IssuedAt,
			Metadata: keygenMetadata{Email: l.Email, Product: l.Product, Tier: l.Tier, Features: l.Features, Limits: l.Limits},
		}},
		Meta: keygenMeta{Issued: l.IssuedAt, Expiry: l.ExpiresAt, TTL: int(l.ExpiresAt.Sub(l.IssuedAt) / time.Second)},
	})
	if err != nil {
		return "", err
	}
	c := keygenCertificate{Enc: base64.StdEncoding.EncodeToString(data), Alg: "base64+ed25519"}
	c.Sig = base64.StdEncoding.EncodeToString(ed25519.Sign(private, []byte(keygen.LicenseFileSigningPrefix+c.Enc)))
	return c.text()
}

func (c keygenCertificate) text() (string, error) {
	data, err := json.Marshal(c)
	return fileBegin + base64.StdEncoding.EncodeToString(data) + fileEnd, err
}

func readKeygenLicense(k *keygen.License) (license, error) {
	email, ok1 := k.Metadata["email"].(string)
	product, ok2 := k.Metadata["product"].(string)
	tier, ok3 := k.Metadata["tier"].(string)
	features, ok4 := k.Metadata["features"].([]any)
	limits, ok5 := k.Metadata["limits"].(map[string]any)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || k.Expiry == nil {
		return license{}, errors.New("an attribute is missing")
	}
	l := license{
		Key: k.Key, Product: product, Name: k.Name, Email: email, Tier: tier,
		IssuedAt: k.Created, ExpiresAt: *k.Expiry,
	}
	return l, l.grant(features, limits)
}

func alterKeygenFile(text string, change change) (string, error) {
	data, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(strings.TrimPrefix(text, fileBegin), fileEnd))
	if err != nil {
		return "", err
	}
	var c keygenCertificate
	if err := json.Unmarshal(data, &c); err != nil {
		return "", err
	}
	payload, err := base64.StdEncoding.DecodeString(c.Enc)
	if err != nil {
		return "", err
	}
	signature, err := base64.StdEncoding.DecodeString(c.Sig)
	if err != nil {
		return "", err
	}
	payload, signature = change(payload, signature)
	c.Enc, c.Sig = base64.StdEncoding.EncodeToString(payload), base64.StdEncoding.EncodeToString(signature)
	return c.text()
}
