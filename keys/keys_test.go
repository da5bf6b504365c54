package keys

import (
	"crypto"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/keys/dev"
)

// otherKey is an Ed25519 public key of RFC 8032, section 7.1, test 1.
const otherKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

func TestBuiltIn(t *testing.T) {
	onlyIn(t, Development)
	p, err := BuiltIn("", "")
	if err != nil || BuildChannel() != Development {
		t.Fatalf("%v in channel %s", err, BuildChannel())
	}
	if len(p.Keys) != 1 || p.Keys[0].PublicKey.String() != dtlic.DevelopmentKey {
		t.Errorf("it trusts %v", p.Keys)
	}
	if public := dev.PrivateKey().Public(); dtlic.DevelopmentKey != hexOf(public) {
		t.Errorf("the development key is %s, and package dtlic refuses another", hexOf(public))
	}
	if err := dtlic.AssertProductionSafe(p); dtlic.CodeOf(err) != dtlic.CodeUnsafeBuild {
		t.Errorf("the built-in product counts as safe: %v", err)
	}
	if file, err := p.File(); err != nil || len(file) > dtlic.MaxProductFile {
		t.Errorf("it makes no product file: %v", err)
	}
	// Each tier has what the smaller one has; pro has every feature.
	lite, core, pro := p.Tiers["lite"].Features, p.Tiers["core"].Features, p.Tiers["pro"].Features
	if len(lite) != 3 || len(core) != 9 || !slices.Equal(core[:3], lite) || !slices.Equal(pro[:9], core) {
		t.Errorf("tiers %v, %v, %v", lite, core, pro)
	}
	if len(pro) != len(p.Features()) {
		t.Errorf("pro has %d of %d features", len(pro), len(p.Features()))
	}
}

func TestTrustedFromEnvironment(t *testing.T) {
	onlyIn(t, Development)
	p, err := BuiltIn("", " "+strings.ToUpper(otherKey)+"\n")
	if err != nil || len(p.Keys) != 1 || p.Keys[0].PublicKey.String() != otherKey {
		t.Errorf("%v, %v", p.Keys, err)
	}
	for _, list := range []string{" ", ",", otherKey + ",", otherKey + "," + otherKey, "x", otherKey[:62], "0x" + otherKey} {
		_, err := BuiltIn("", list)
		if err == nil || !strings.HasPrefix(err.Error(), "$DATATOOLS_LICENSE_PUBKEY: ") {
			t.Errorf("%q: %v", list, err)
		} else if code := dtlic.CodeOf(err); code != "" {
			t.Errorf("%q: a variable does not make a build unsafe: %s", list, code)
		}
	}
}

func hexOf(public crypto.PublicKey) string { return fmt.Sprintf("%x", public) }

// TestLowOrderKeys: with one of them in the trust store anybody can forge.
func TestLowOrderKeys(t *testing.T) {
	data, err := os.ReadFile("../testdata/vectors/low-order-keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for line := range strings.Lines(string(data)) {
		key, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if key == "" || strings.HasPrefix(key, "#") {
			continue
		}
		refused++
		for _, list := range []string{key, otherKey + "," + key} {
			if trust, err := ParseList(list); err == nil || trust != nil {
				t.Errorf("%s was taken", list)
			}
		}
	}
	if refused < 14 {
		t.Errorf("only %d keys were tried", refused)
	}
}
