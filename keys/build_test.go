package keys

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
)

// onlyIn skips a test in builds of other channels: the tests run with and
// without -tags dtlic_product.
func onlyIn(t *testing.T, channel Channel) {
	t.Helper()
	if BuildChannel() != channel {
		t.Skipf("this is a build of channel %s", BuildChannel())
	}
}

func bake(t *testing.T, list string) {
	t.Helper()
	former := baked
	baked = list
	t.Cleanup(func() { baked = former })
}

func TestBuiltInTiers(t *testing.T) {
	p := builtIn()
	if got := strings.Join(p.TierNames(), " "); got != "lite core pro" {
		t.Errorf("tiers %s", got)
	}
	if want := []string{"deduplicator", "text-cleaner", "format-standardizer"}; !slices.Equal(p.Tiers["lite"].Features, want) {
		t.Errorf("lite is %v", p.Tiers["lite"].Features)
	}
	if pro := p.Tiers["pro"].Features; !slices.Equal(slices.Sorted(slices.Values(pro)), p.Features()) {
		t.Errorf("pro is %v, the product has %v", pro, p.Features())
	}
	if p.Name != "datatools" || p.LicenseKeyPrefix != "DT1" || p.EnvPrefix != "DATATOOLS" || p.Directory != ".datatools" || p.DefaultTerm != "1y" {
		t.Errorf("%+v", p)
	}
}

// Nobody changes the built-in product for others.
func TestBuiltInProductIsNew(t *testing.T) {
	one, other := builtIn(), builtIn()
	one.Tiers["lite"].Features[0] = "changed"
	if other.Tiers["lite"].Features[0] == "changed" {
		t.Error("two products share a list")
	}
}

// A build that was given keys and not told to be a product does not run.
func TestBakedKeysNeedAProductBuild(t *testing.T) {
	onlyIn(t, Development)
	bake(t, otherKey)
	if _, err := BuiltIn(""); !errors.Is(err, dtlic.ErrUnsafeBuild) {
		t.Errorf("got %v", err)
	}
}

// A product build trusts what was baked in, and the environment adds nothing.
func TestProductBuild(t *testing.T) {
	onlyIn(t, Product)
	for _, list := range []string{"", dtlic.DevelopmentKey, otherKey + "," + dtlic.DevelopmentKey, strings.Repeat("0", 64), otherKey[1:], otherKey + "," + otherKey} {
		bake(t, list)
		if _, err := BuiltIn(otherKey); !errors.Is(err, dtlic.ErrUnsafeBuild) {
			t.Errorf("%q baked in: %v", list, err)
		}
	}
	bake(t, otherKey)
	for _, trusted := range []string{"", dtlic.DevelopmentKey, "hello"} {
		p, err := BuiltIn(trusted)
		if err != nil || len(p.Keys) != 1 || p.Keys[0].PublicKey.String() != otherKey {
			t.Errorf("%q in the environment: %+v, %v", trusted, p.Keys, err)
		}
	}
}

func TestVersion(t *testing.T) {
	if release, _ := Version(); release == "" {
		t.Error("a build has no version")
	}
	formerVersion, formerCommit := version, commit
	version, commit = "v1.2.3", "abc"
	t.Cleanup(func() { version, commit = formerVersion, formerCommit })
	if release, revision := Version(); release != "v1.2.3" || revision != "abc" {
		t.Errorf("%q, %q", release, revision)
	}
}
