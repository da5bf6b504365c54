package dtlic_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
)

func BenchmarkVerify(b *testing.B) {
	p := product(b)
	p.Tiers["core"] = dtlic.Tier{Features: list(9)}
	v, blob := verifier(b, p), signed(b, members{"features": []string{strings.Repeat("x", 36)}, "limits": map[string]int{"rows": 1000}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(blob); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEd25519 is what Verify cannot do without.
func BenchmarkEd25519(b *testing.B) {
	e, err := envelope.Parse(envelope.License, signed(b, nil))
	if err != nil {
		b.Fatal(err)
	}
	public := privateKey(1).Public().(ed25519.PublicKey)
	text := []byte(e.Signed)
	for b.Loop() {
		if !ed25519.Verify(public, text, e.Signature) {
			b.Fatal("the signature does not hold")
		}
	}
}

func BenchmarkHas(b *testing.B) {
	l, err := verifier(b, product(b)).Verify(signed(b, nil))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !l.Has("clean") {
			b.Fatal("it has nothing")
		}
	}
}

func BenchmarkExtract(b *testing.B) {
	text := strings.Repeat("> Hello, this is a long mail about something else.\r\n", 1000) + exampleMail(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := dtlic.Extract(text); err != nil {
			b.Fatal(err)
		}
	}
}
