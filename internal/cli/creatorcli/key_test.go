package creatorcli

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/dtlic/dtlic/keys"
)

// The development key is for development: no other build takes it, and each takes
// another key.
func TestRefuseDevelopment(t *testing.T) {
	seed := sha256.Sum256([]byte("dtlic development key: anybody can sign with this"))
	everybodys := ed25519.NewKeyFromSeed(seed[:])
	seed[0] ^= 1
	own := ed25519.NewKeyFromSeed(seed[:])
	for _, channel := range []keys.Channel{keys.Development, keys.Toolkit, keys.Product} {
		if err := refuseDevelopment(everybodys, channel); (err == nil) != (channel == keys.Development) {
			t.Errorf("%s: %v", channel, err)
		}
		if err := refuseDevelopment(own, channel); err != nil {
			t.Errorf("%s: another key: %v", channel, err)
		}
	}
}
