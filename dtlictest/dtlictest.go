// Package dtlictest makes licenses for the tests of an app that imports
// package dtlic: for any holder, tier and end, expired, damaged or for another
// product, under a throw-away key and a clock that stands still.
//
//	func TestProIsAsked(t *testing.T) {
//		kit := dtlictest.New(t, product) // your own product file, parsed
//		license := kit.Activate(dtlictest.Tier("lite"))
//		app := newApp(license)
//		…
//		kit.SetNow(license.ExpiresAt) // now it has expired
//	}
//
// It signs, so it is for tests alone: nothing that is shipped links it.
package dtlictest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/mint"
)

// Start is where the clock of every [Kit] stands at first: noon UTC of a day
// like any other.
var Start = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// Kit makes licenses for one product. Its clock may be set while other
// goroutines look at it; its other methods are for the test's own goroutine.
type Kit struct {
	tb       testing.TB
	product  dtlic.Product
	key      *mint.Key
	stranger *mint.Key
	home     string
	minted   uint64
	now      atomic.Pointer[time.Time]
}

// New returns a kit for a product, whose keys it replaces by a throw-away one.
// A product that breaks a rule fails the test.
func New(tb testing.TB, p dtlic.Product) *Kit {
	tb.Helper()
	k := &Kit{tb: tb, home: tb.TempDir(), key: newKey(tb), stranger: newKey(tb)}
	public, err := dtlic.NewPublicKey(k.key.Public())
	if err != nil {
		tb.Fatal(err)
	}
	p.Keys = []dtlic.TrustedKey{{PublicKey: public, Role: dtlic.RoleIssuing}}
	if err := p.Validate(); err != nil {
		tb.Fatalf("dtlictest: product: %v", err)
	}
	k.product = p
	k.SetNow(Start)
	return k
}

func newKey(tb testing.TB) *mint.Key {
	tb.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	key, err := mint.NewKey(private)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// Product returns the product with the throw-away key in place of its own: the
// one to give to the app under test.
func (k *Kit) Product() dtlic.Product { return k.product }

// Options returns options with the kit's clock, an empty environment and a
// home directory that goes when the test ends.
func (k *Kit) Options() dtlic.Options { return dtlic.Options{Now: k.Now, Home: k.home} }

// Now returns what the kit's clock shows.
func (k *Kit) Now() time.Time { return *k.now.Load() }

// SetNow sets the kit's clock. Licenses that were loaded with its options
// notice at the next question.
func (k *Kit) SetNow(now time.Time) { k.now.Store(&now) }

// License returns the text of a license as a seller would send it. Without
// options it is valid at [Kit.Now], of the product's default tier and term, for
// "Test Holder" <holder@example.com>. Options that no license can have fail
// the test.
func (k *Kit) License(options ...Option) string {
	k.tb.Helper()
	r := request{Request: mint.Request{Name: "Test Holder", Email: "holder@example.com"}, issued: k.Now()}
	for _, set := range options {
		set(&r)
	}
	p := k.product
	if r.product != "" {
		p.Name = r.product
	}
	if _, known := p.Tiers[r.Tier]; !known && r.Tier != "" {
		p.Tiers = maps.Clone(p.Tiers)
		p.Tiers[r.Tier] = dtlic.Tier{}
	}
	if !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(r.issued) {
		r.issued = r.ExpiresAt.AddDate(-1, 0, 0)
	}
	k.minted++
	l, err := mint.License(&p, r.Request, r.issued, bytes.NewReader(binary.BigEndian.AppendUint64(nil, k.minted)))
	if err != nil {
		k.tb.Fatalf("dtlictest: %v", err)
	}
	key := k.key
	if r.stranger {
		key = k.stranger
	}
	blob, err := key.Sign(&l)
	if err != nil {
		k.tb.Fatalf("dtlictest: %v", err)
	}
	if r.damage != nil {
		blob = r.damage(blob)
	}
	return blob
}

// Activate makes a license and activates it in the kit's home directory, at a
// time when it was valid: an expired one was activated before it expired. The
// license that it returns looks at the kit's clock, like one of [dtlic.Load].
func (k *Kit) Activate(options ...Option) dtlic.License {
	k.tb.Helper()
	blob := k.License(options...)
	v, err := dtlic.NewVerifier(k.product, k.Options())
	if err != nil {
		k.tb.Fatalf("dtlictest: %v", err)
	}
	l, err := v.Genuine(blob)
	if err != nil {
		k.tb.Fatalf("dtlictest: it cannot be activated: %v", err)
	}
	o := k.Options()
	if s := dtlic.Evaluate(l, k.Now()); s.Err != nil {
		then := l.IssuedAt
		if l.StartsAt.After(then) {
			then = l.StartsAt
		}
		o.Now = func() time.Time { return then }
	}
	if _, err := dtlic.Activate(k.product, blob, l.Holder(), o); err != nil {
		k.tb.Fatalf("dtlictest: %v", err)
	}
	return l
}
