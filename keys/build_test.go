package keys

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/slot"
)

// onlyIn skips a test in builds of other channels: the tests run
// with and without -tags dtlic_product and dtlic_toolkit.
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
	if _, err := BuiltIn("", ""); !errors.Is(err, dtlic.ErrUnsafeBuild) {
		t.Errorf("got %v", err)
	}
}

// A product build trusts what was baked in, and the environment adds nothing.
func TestProductBuild(t *testing.T) {
	onlyIn(t, Product)
	for _, list := range []string{"", dtlic.DevelopmentKey, otherKey + "," + dtlic.DevelopmentKey, strings.Repeat("0", 64), otherKey[1:], otherKey + "," + otherKey} {
		bake(t, list)
		if _, err := BuiltIn("", otherKey); !errors.Is(err, dtlic.ErrUnsafeBuild) {
			t.Errorf("%q baked in: %v", list, err)
		}
	}
	bake(t, otherKey)
	for _, trusted := range []string{"", dtlic.DevelopmentKey, "hello"} {
		p, err := BuiltIn("", trusted)
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

// stampedWith is a slot that holds a product file.
func stampedWith(t *testing.T, file []byte) string {
	t.Helper()
	s := slot.Empty()
	if err := slot.Fill(s, slot.Content{Product: file, Version: "v1"}); err != nil {
		t.Fatal(err)
	}
	return string(s)
}

// A stamped program trusts what the product file in it says, and nothing else.
func TestStampedProgram(t *testing.T) {
	onlyIn(t, Product)
	p := builtIn()
	p.Name, p.Program = "notes", "notes-license"
	trust := func(list string) string {
		var err error
		if p.Keys, err = ParseList(list); err != nil {
			t.Fatal(err)
		}
		file, err := p.File()
		if err != nil {
			t.Fatal(err)
		}
		return stampedWith(t, file)
	}
	good := trust(otherKey)
	for _, trusted := range []string{"", dtlic.DevelopmentKey, "hello"} {
		got, err := BuiltIn(good, trusted)
		if err != nil || got.Name != "notes" || len(got.Keys) != 1 || got.Keys[0].PublicKey.String() != otherKey {
			t.Errorf("%q in the environment: %+v, %v", trusted, got, err)
		}
	}
	if IsTemplate(good) || !IsTemplate(string(slot.Empty())) || IsTemplate("") {
		t.Error("a template is a program with an empty slot")
	}
	changed := []byte(good)
	changed[4000] ^= 1
	for name, c := range map[string]struct{ slot, why string }{
		"a template":            {string(slot.Empty()), "it is a template"},
		"a damaged slot":        {string(changed), "its slot is damaged"},
		"half a slot":           {good[:4096], "its slot is damaged"},
		"no product file":       {stampedWith(t, []byte("hello")), "product file: "},
		"the development key":   {trust(dtlic.DevelopmentKey), "development key"},
		"that among others":     {trust(otherKey + "," + dtlic.DevelopmentKey), "development key"},
		"no slot and no key":    {"", "there is no public key"},
		"a product without key": {stampedWith(t, []byte(`{"format":1}`)), "product file: "},
	} {
		if _, err := BuiltIn(c.slot, otherKey); !errors.Is(err, dtlic.ErrUnsafeBuild) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bake(t, otherKey)
	if _, err := BuiltIn(good, ""); !errors.Is(err, dtlic.ErrUnsafeBuild) || !strings.Contains(err.Error(), "has baked-in keys too") {
		t.Errorf("stamped, with baked-in keys: %v", err)
	}
	if p, err := BuiltIn(string(slot.Empty()), ""); err != nil || p.Name != "datatools" {
		t.Errorf("baked-in keys and an empty slot: %v", err)
	}
}

// A toolkit carries nothing.
func TestToolkit(t *testing.T) {
	onlyIn(t, Toolkit)
	for _, trusted := range []string{"", otherKey, "hello"} {
		if p, err := BuiltIn("", trusted); err != nil || p.Name != "" || len(p.Keys) != 0 {
			t.Errorf("%q in the environment: %+v, %v", trusted, p, err)
		}
	}
	bake(t, otherKey)
	if _, err := BuiltIn("", ""); !errors.Is(err, dtlic.ErrUnsafeBuild) {
		t.Errorf("with baked-in keys: %v", err)
	}
}
