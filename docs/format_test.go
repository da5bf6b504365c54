package docs_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/keys"
)

// TestWorkedExample makes the example of format.md again from its seed and its
// payload, byte for byte, with nothing of this project.
func TestWorkedExample(t *testing.T) {
	p := readPage(t, "docs/format.md")
	phrase := sha256.Sum256([]byte("dtlic development key: anybody can sign with this"))
	seed, err := hex.DecodeString(p.block(t, "seed"))
	if err != nil || string(seed) != string(phrase[:]) {
		t.Fatalf("the seed is not that of the development key: %v", err)
	}
	private := ed25519.NewKeyFromSeed(seed)
	public := private.Public().(ed25519.PublicKey)
	id := sha256.Sum256(public)
	encode := base64.RawURLEncoding.EncodeToString
	payload := p.block(t, "payload")
	signed := "DTLIC2:" + encode(id[:8]) + "." + encode([]byte(payload))
	signature := encode(ed25519.Sign(private, []byte(signed)))
	for word, want := range map[string]string{
		"public-key":        hex.EncodeToString(public),
		"key-id":            encode(id[:8]),
		"payload-base64url": encode([]byte(payload)),
		"signed":            signed,
		"signature":         signature,
		"blob":              signed + "." + signature,
	} {
		if got := p.block(t, word); got != want {
			t.Errorf("block %s is\n%s\nand must be\n%s", word, got, want)
		}
	}
	blob := p.block(t, "blob")
	for _, sentence := range []string{
		fmt.Sprintf("it has %d characters", len(blob)),
		fmt.Sprintf("of 11, %d and 86", len(encode([]byte(payload)))),
	} {
		if !strings.Contains(p.text, sentence) {
			t.Errorf("the page does not say %q", sentence)
		}
	}
}

// TestWorkedExampleVerifies judges the page's blob with package dtlic.
func TestWorkedExampleVerifies(t *testing.T) {
	p := readPage(t, "docs/format.md")
	product, err := keys.BuiltIn("", "")
	if err != nil {
		t.Fatal(err)
	}
	verifyAt := func(at string) (dtlic.License, error) {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.text, at) {
			t.Errorf("the page does not name %s", at)
		}
		v, err := dtlic.NewVerifier(product, dtlic.Options{Now: func() time.Time { return now }, Development: true})
		if err != nil {
			t.Fatal(err)
		}
		return v.Verify(p.block(t, "blob"))
	}
	l, err := verifyAt("2026-12-01T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(l.AppendPayload(nil)), p.block(t, "payload"); got != want {
		t.Errorf("a minter writes\n%s\nand the page has\n%s", got, want)
	}
	if _, err := verifyAt("2027-11-21T12:00:00Z"); !errors.Is(err, dtlic.ErrExpired) {
		t.Errorf("at its end the answer is %v", err)
	}
}
