package envelope_test

import (
	"testing"

	"github.com/dtlic/dtlic/internal/envelope"
)

func BenchmarkParse(b *testing.B) {
	blob := blobs(b)[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := envelope.Parse(envelope.License, blob); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	e, err := envelope.Parse(envelope.License, blobs(b)[0])
	if err != nil {
		b.Fatal(err)
	}
	text := string(e.Payload)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := envelope.ParseJSON(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckPublicKey(b *testing.B) {
	key := make([]byte, 32)
	key[0] = 3
	for b.Loop() {
		_ = envelope.CheckPublicKey(key)
	}
}
