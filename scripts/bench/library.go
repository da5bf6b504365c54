package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/mint"
	"github.com/dtlic/dtlic/keys"
	"github.com/dtlic/dtlic/keys/dev"
)

// payloadSize is the size of the payload that is verified, in bytes.
const payloadSize = 300

// sample is a license and all that is needed to make and check it.
type sample struct {
	product   dtlic.Product
	request   mint.Request
	key       *mint.Key
	private   ed25519.PrivateKey
	blob      string
	signed    []byte
	signature []byte
}

func newSample() (s sample, err error) {
	if s.product, err = keys.BuiltIn("", ""); err != nil {
		return s, err
	}
	s.private = dev.PrivateKey()
	if s.key, err = mint.NewKey(s.private); err != nil {
		return s, err
	}
	s.request = mint.Request{Name: "Ada Løvelace", Email: "ada@example.com", Features: []string{"x"}, Limits: map[string]int64{"rows": 1000}}
	l, err := mint.License(&s.product, s.request, time.Now(), rand.Reader)
	if err != nil {
		return s, err
	}
	missing := payloadSize - len(l.AppendPayload(nil))
	if missing < 0 || missing > 64 {
		return s, fmt.Errorf("the payload has %d bytes", payloadSize-missing)
	}
	s.request.Features = []string{"x" + strings.Repeat("y", missing)}
	if l, err = mint.License(&s.product, s.request, time.Now(), rand.Reader); err != nil {
		return s, err
	}
	if s.blob, err = s.key.Sign(&l); err != nil {
		return s, err
	}
	e, err := envelope.Parse(envelope.License, s.blob)
	if err != nil {
		return s, err
	}
	if len(e.Payload) != payloadSize {
		return s, fmt.Errorf("the payload has %d bytes", len(e.Payload))
	}
	s.signed, s.signature = []byte(e.Signed), e.Signature
	return s, nil
}

// options are those of a program on this machine.
func options(home string) dtlic.Options {
	return dtlic.Options{Now: time.Now, Home: home, Development: true}
}

func library(rounds int) ([]row, error) {
	s, err := newSample()
	if err != nil {
		return nil, err
	}
	verify, err := s.verify(rounds)
	if err != nil {
		return nil, err
	}
	mint, err := s.mint(rounds)
	if err != nil {
		return nil, err
	}
	has, err := s.has(rounds)
	if err != nil {
		return nil, err
	}
	return []row{verify, mint, has}, nil
}

func (s *sample) verify(rounds int) (row, error) {
	v, err := dtlic.NewVerifier(s.product, options(""))
	if err != nil {
		return row{}, err
	}
	verify := func() error { _, err := v.Verify(s.blob); return err }
	public := s.key.Public()
	alone := func() error {
		if !ed25519.Verify(public, s.signed, s.signature) {
			return errors.New("the signature does not hold")
		}
		return nil
	}
	allocations := testing.AllocsPerRun(100, func() { err = errors.Join(err, verify()) })
	if err != nil {
		return row{}, err
	}
	r := row{what: "`Verify`, payload of 300 bytes", beside: "`ed25519.Verify`", reach: "≤ 1.15 ×, ≤ 60 allocations"}
	err = r.takeTurns(rounds, 50, verify, alone)
	r.notes = fmt.Sprintf(" (%.0f)", allocations)
	r.misses = r.ratio > 1.15 || allocations > 60
	return r, err
}

func (s *sample) mint(rounds int) (row, error) {
	request := func() error {
		l, err := mint.License(&s.product, s.request, time.Now(), rand.Reader)
		if err != nil {
			return err
		}
		_, err = s.key.Sign(&l)
		return err
	}
	alone := func() error { ed25519.Sign(s.private, s.signed); return nil }
	r := row{what: "mint in memory, request to license", beside: "`ed25519.Sign`", reach: "≤ 1.20 ×"}
	err := r.takeTurns(rounds, 100, request, alone)
	r.misses = r.ratio > 1.20
	return r, err
}

func (s *sample) has(rounds int) (row, error) {
	o := options("")
	o.Getenv = func(name string) string {
		if name == s.product.EnvPrefix+"_LICENSE" {
			return s.blob
		}
		return ""
	}
	l, err := dtlic.Load(s.product, o)
	if err != nil {
		return row{}, err
	}
	has := func() error {
		if !l.Has("deduplicator") {
			return errors.New("the license has nothing")
		}
		return nil
	}
	var last time.Time
	clock := func() error { last = time.Now(); return nil }
	allocations := testing.AllocsPerRun(1000, func() { err = errors.Join(err, has()) })
	if err != nil {
		return row{}, err
	}
	r := row{what: "`Has` after `Load`", beside: "`time.Now`", reach: "≤ 100 ns, 0 allocations"}
	err = r.takeTurns(rounds, 20_000, has, clock)
	r.notes = fmt.Sprintf(" (%.0f)", allocations)
	r.misses = r.median > 100*time.Nanosecond || allocations > 0 || last.IsZero()
	return r, err
}
