package mint_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"github.com/dtlic/dtlic/internal/mint"
	"github.com/dtlic/dtlic/keys/dev"
)

// BenchmarkMint makes a license in memory: request, checks, signature.
func BenchmarkMint(b *testing.B) {
	p := product(b)
	key, err := mint.NewKey(dev.PrivateKey())
	if err != nil {
		b.Fatal(err)
	}
	r := ada()
	r.Features, r.Limits = []string{"extra"}, map[string]int64{"rows": 1000}
	b.ReportAllocs()
	for b.Loop() {
		l, err := mint.License(p, r, now, rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := key.Sign(&l); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSign is what minting cannot do without.
func BenchmarkSign(b *testing.B) {
	private, text := dev.PrivateKey(), make([]byte, 420)
	for b.Loop() {
		ed25519.Sign(private, text)
	}
}
