package dtlic_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/keys/dev"
)

// refusedKeys are keys that nobody may trust, with what the reason says.
func refusedKeys(tb testing.TB) map[string]string {
	tb.Helper()
	refused := map[string]string{
		// y = 2^255−18, which is 1 in disguise; and 2^255−1; x = 0 with the sign.
		strings.Repeat("ff", 31) + "7f":        "canonical",
		"f0" + strings.Repeat("ff", 30) + "7f": "canonical",
		"02" + strings.Repeat("00", 31):        "point", // y = 2 is on no curve
	}
	for _, key := range lowOrderKeys(tb) {
		refused[key] = "low-order"
	}
	return refused
}

func TestRefusedKeysAtEveryEntrance(t *testing.T) {
	good := product(t)
	file, err := good.File()
	if err != nil {
		t.Fatal(err)
	}
	trusted := good.Keys[0].PublicKey.String()
	for key, reason := range refusedKeys(t) {
		raw, err := hex.DecodeString(key)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := dtlic.ParsePublicKey(key)
		if err == nil || !strings.Contains(err.Error(), reason) || strings.Contains(err.Error(), key) {
			t.Errorf("ParsePublicKey(%s): %v, want something of %q", key, err, reason)
		}
		if _, err := dtlic.ParsePublicKey(" " + strings.ToUpper(key) + "\n"); err == nil {
			t.Errorf("ParsePublicKey takes %s in capitals", key)
		}
		made, err := dtlic.NewPublicKey(raw)
		if err == nil {
			t.Errorf("NewPublicKey takes %s", key)
		}
		if _, err := dtlic.ParseProduct([]byte(strings.Replace(string(file), trusted, key, 1))); err == nil || !strings.Contains(err.Error(), "keys[0]") {
			t.Errorf("ParseProduct with %s: %v", key, err)
		}
		// What a refused key leaves behind is the zero key, and nobody takes that.
		for _, left := range []dtlic.PublicKey{parsed, made} {
			p := product(t)
			p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: left, Role: dtlic.RoleIssuing})
			if _, err := dtlic.NewVerifier(p, options(t)); !errors.Is(err, dtlic.ErrUnsafeBuild) {
				t.Errorf("NewVerifier with what is left of %s: %v", key, err)
			}
		}
	}
}

func TestPublicKeyTexts(t *testing.T) {
	key := publicKey(t, privateKey(1)).String()
	for _, text := range []string{key, strings.ToUpper(key), " \t" + key + "\r\n"} {
		if got, err := dtlic.ParsePublicKey(text); err != nil || got.String() != key {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", key[1:], key + "0", key + key, "0x" + key, key[:63] + "O", key[:32] + " " + key[32:], strings.Repeat("é", 32)} {
		if _, err := dtlic.ParsePublicKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := dtlic.NewPublicKey(nil); err == nil {
		t.Error("no key is taken for one")
	}
}

func TestDevelopmentKey(t *testing.T) {
	private := dev.PrivateKey()
	key := publicKey(t, private)
	if key.String() != dtlic.DevelopmentKey || !key.IsDevelopment() {
		t.Errorf("keys/dev has %s, package dtlic refuses %s", key, dtlic.DevelopmentKey)
	}
	p := product(t)
	p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: key, Role: dtlic.RoleRoot})
	if err := dtlic.AssertProductionSafe(p); !errors.Is(err, dtlic.ErrUnsafeBuild) {
		t.Errorf("as a root key: %v", err)
	}
	p.Keys[1].Role = dtlic.RoleIssuing
	if err := dtlic.AssertProductionSafe(p); !errors.Is(err, dtlic.ErrUnsafeBuild) {
		t.Errorf("as an issuing key: %v", err)
	}
	o := options(t)
	for name, check := range map[string]func() error{
		"NewVerifier": func() error { _, err := dtlic.NewVerifier(p, o); return err },
		"Load":        func() error { _, err := dtlic.Load(p, o); return err },
		"Stored":      func() error { return dtlic.Stored(p, o).Err },
		"Activate":    func() error { _, err := dtlic.Activate(p, signed(t, nil), dtlic.Holder{}, o); return err },
		"Renew":       func() error { _, err := dtlic.Renew(p, signed(t, nil), o); return err },
		"Deactivate":  func() error { _, err := dtlic.Deactivate(p, o); return err },
	} {
		if err := check(); !errors.Is(err, dtlic.ErrUnsafeBuild) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.Development = true
	v, err := dtlic.NewVerifier(p, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(sign(private, plain(nil).json(t))); err != nil {
		t.Errorf("asked for: %v", err)
	}
}

func TestAssertProductionSafe(t *testing.T) {
	key := publicKey(t, privateKey(1))
	for name, change := range map[string]func(p *dtlic.Product){
		"no key":         func(p *dtlic.Product) { p.Keys = nil },
		"root keys only": func(p *dtlic.Product) { p.Keys[0].Role = dtlic.RoleRoot },
		"no role":        func(p *dtlic.Product) { p.Keys[0].Role = "" },
		"the zero key":   func(p *dtlic.Product) { p.Keys[0].PublicKey = dtlic.PublicKey{} },
		"a key twice":    func(p *dtlic.Product) { p.Keys = append(p.Keys, p.Keys[0]) },
		"in both roles": func(p *dtlic.Product) {
			p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: key, Role: dtlic.RoleRoot})
		},
		"no name":         func(p *dtlic.Product) { p.Name = "" },
		"the zero value":  func(p *dtlic.Product) { *p = dtlic.Product{} },
		"an unknown tier": func(p *dtlic.Product) { p.DefaultTier = "gold" },
	} {
		p := product(t)
		change(&p)
		if err := dtlic.AssertProductionSafe(p); !errors.Is(err, dtlic.ErrUnsafeBuild) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := dtlic.AssertProductionSafe(product(t)); err != nil {
		t.Errorf("a sound product: %v", err)
	}
}

func TestRootKeysSignNoLicense(t *testing.T) {
	p := product(t)
	p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: publicKey(t, privateKey(2)), Role: dtlic.RoleRoot})
	blob := sign(privateKey(2), plain(nil).json(t))
	if _, err := verifier(t, p).Verify(blob); !errors.Is(err, dtlic.ErrUnknownKey) {
		t.Errorf("under a root key: %v", err)
	}
	p.Keys[1].Role = dtlic.RoleIssuing
	if _, err := verifier(t, p).Verify(blob); err != nil {
		t.Errorf("under an issuing key: %v", err)
	}
}

// Two keys may have one ID: both are tried, whichever comes first.
func TestTwoKeysOfOneID(t *testing.T) {
	p := product(t)
	p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: publicKey(t, privateKey(2)), Role: dtlic.RoleIssuing})
	for signer := range 2 {
		private := privateKey(byte(signer + 1))
		v := verifier(t, p)
		v.WithID(1-signer, p.Keys[signer].PublicKey.ID())
		blob := sign(private, plain(nil).json(t))
		if l, err := v.Verify(blob); err != nil || l.KeyID() != p.Keys[signer].PublicKey.ID() {
			t.Errorf("key %d: %v", signer+1, err)
		}
		if _, err := v.Verify(broken(t, breakages[6].breakage)); signer == 0 && !errors.Is(err, dtlic.ErrBadSignature) {
			t.Errorf("neither of the two: %v", err)
		}
	}
}

// The trust store is the product at the time of NewVerifier.
func TestLaterChangesOfTheProductsKeysDoNotCount(t *testing.T) {
	p := product(t)
	v := verifier(t, p)
	p.Keys[0].PublicKey = publicKey(t, privateKey(2))
	if _, err := v.Verify(signed(t, nil)); err != nil {
		t.Error(err)
	}
	if _, err := v.Verify(sign(privateKey(2), plain(nil).json(t))); !errors.Is(err, dtlic.ErrUnknownKey) {
		t.Errorf("a key put in later: %v", err)
	}
}

func TestNoClockNoVerifier(t *testing.T) {
	if _, err := dtlic.NewVerifier(product(t), dtlic.Options{}); err == nil {
		t.Error("a verifier without a clock")
	}
	if _, err := dtlic.Load(product(t), dtlic.Options{}); err == nil {
		t.Error("a license without a clock")
	}
}

// A license that was read from JSON, or put together, is not one that holds.
func TestOnlyAVerifierMakesLicensesThatGrant(t *testing.T) {
	l, err := verifier(t, product(t)).Verify(signed(t, nil))
	if err != nil || !l.Has("clean") {
		t.Fatalf("the real one: %v", err)
	}
	data, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var fromJSON dtlic.License
	if err := json.Unmarshal(data, &fromJSON); err == nil || fromJSON.LicenseKey != "" {
		t.Errorf("a license was read from JSON: %v, %q", err, fromJSON.LicenseKey)
	}
	byHand := dtlic.License{Product: "datatools", Tier: "core", Features: []string{"clean"}, ExpiresAt: dtlic.Perpetual()}
	for name, l := range map[string]*dtlic.License{"zero": {}, "from JSON": &fromJSON, "by hand": &byHand} {
		if n, limited := l.Limit("rows"); n != 0 || !limited || l.Has("clean") || l.Granted() != nil || l.Limited() != nil {
			t.Errorf("%s: it grants something", name)
		}
		if err := l.Covers(now); !errors.Is(err, dtlic.ErrMalformed) {
			t.Errorf("%s: Covers: %v", name, err)
		}
		if l == nil {
			continue
		}
		if s := dtlic.Evaluate(*l, now); !errors.Is(s.Err, dtlic.ErrMalformed) || s.State != dtlic.State(dtlic.CodeMalformed) {
			t.Errorf("%s: Evaluate: %+v", name, s)
		}
	}
}

// The probe behind the refusal: Go takes forgeries under low-order keys.
func TestWhyLowOrderKeysAreRefused(t *testing.T) {
	zero := make(ed25519.PublicKey, ed25519.PublicKeySize)
	signature := make([]byte, ed25519.SignatureSize)
	for n := range 1000 {
		if ed25519.Verify(zero, []byte{byte(n), byte(n >> 8)}, signature) {
			return
		}
	}
	t.Error("no forgery in 1,000 messages: crypto/ed25519 may have changed")
}
