package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
)

// contender is one way to sign a license and to verify it offline.
type contender struct {
	name   string
	module string // whose version is shown
	note   string // what it checks and what it does not

	// issue signs a license. Where issued is false the library itself cannot:
	// the text is made here by the documented scheme, and minting is not timed.
	issue  func(license) (string, error)
	issues bool
	// verify is what the library offers: its calls, with the options that make
	// it check most.
	verify func(text string) (license, error)
	// rest is what a caller has to add so that every contender refuses the
	// same; nil where nothing is missing.
	rest func(license) error
	// alter takes a text apart, lets payload and signature be changed, and puts
	// it together again without signing it.
	alter func(text string, change change) (string, error)
}

// change returns what shall stand in place of a payload and a signature.
type change func(payload, signature []byte) ([]byte, []byte)

// check is what is timed: the library's verification and the caller's rest.
func (c *contender) check(text string) (license, error) {
	l, err := c.verify(text)
	if err == nil && c.rest != nil {
		err = c.rest(l)
	}
	return l, err
}

// contenders returns all of them, trusting and signing with one key pair. The
// first is this project.
func contenders(private ed25519.PrivateKey) ([]*contender, error) {
	var all []*contender
	for _, enter := range []func(ed25519.PrivateKey) (*contender, error){
		newDtlic, newJWT, newPaseto, newNATS, newKeygenKey, newKeygenFile, newLK,
	} {
		c, err := enter(private)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// alterDotted changes a text whose last two parts, between dots, are payload
// and signature. What stands before the payload's part within it is its prefix.
func alterDotted(encoding *base64.Encoding, prefix string) func(string, change) (string, error) {
	return func(text string, change change) (string, error) {
		parts := strings.Split(text, ".")
		if len(parts) < 2 {
			return "", fmt.Errorf("there is no dot in %q", text)
		}
		last := len(parts) - 1
		payload, err := encoding.DecodeString(strings.TrimPrefix(parts[last-1], prefix))
		if err != nil {
			return "", err
		}
		signature, err := encoding.DecodeString(parts[last])
		if err != nil {
			return "", err
		}
		payload, signature = change(payload, signature)
		parts[last-1], parts[last] = prefix+encoding.EncodeToString(payload), encoding.EncodeToString(signature)
		return strings.Join(parts, "."), nil
	}
}

// flipSignature changes one bit in the middle of a signature.
func flipSignature(payload, signature []byte) ([]byte, []byte) {
	signature = bytes.Clone(signature)
	signature[len(signature)/2] ^= 1
	return payload, signature
}

// changeHolder puts another name of the same length into a payload.
func changeHolder(payload, signature []byte) ([]byte, []byte) {
	return bytes.Replace(payload, []byte("Ada"), []byte("Eve"), 1), signature
}
