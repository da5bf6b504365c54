package main

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"

	"github.com/hyperboloide/lk"
)

// newLK has a key of its own kind, another one in each run.
func newLK(ed25519.PrivateKey) (*contender, error) {
	private, err := lk.NewPrivateKey()
	if err != nil {
		return nil, err
	}
	public := private.GetPublicKey()
	return &contender{
		name: "hyperboloide/lk", module: "github.com/hyperboloide/lk", issues: true,
		note: "signs with ECDSA on P-384, which costs more than Ed25519: compare it with the bare operation of its own kind. " +
			"It checks the signature and returns bytes; what they say is the caller's, and so are window and product.",
		issue: func(l license) (string, error) {
			data, err := json.Marshal(l)
			if err != nil {
				return "", err
			}
			made, err := lk.NewLicense(private, data)
			if err != nil {
				return "", err
			}
			return made.ToB64String()
		},
		verify: func(text string) (license, error) {
			signed, err := lk.LicenseFromB64String(text)
			if err != nil {
				return license{}, err
			}
			if ok, err := signed.Verify(public); err != nil || !ok {
				return license{}, errors.Join(errors.New("the signature does not hold"), err)
			}
			var l license
			return l, json.Unmarshal(signed.Data, &l)
		},
		rest: license.judge,
		alter: func(text string, change change) (string, error) {
			signed, err := lk.LicenseFromB64String(text)
			if err != nil {
				return "", err
			}
			data, s := change(signed.Data, signed.S.Bytes())
			signed.Data = data
			signed.S.SetBytes(s)
			return signed.ToB64String()
		},
	}, nil
}
