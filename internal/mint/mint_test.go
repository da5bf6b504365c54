package mint_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/mint"
	"github.com/dtlic/dtlic/keys"
	"github.com/dtlic/dtlic/keys/dev"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 999, time.FixedZone("", 3600))

func product(tb testing.TB) *dtlic.Product {
	tb.Helper()
	p, _ := keys.BuiltIn("", "") // a product build has no key in a test, and gets one
	trust, err := keys.ParseList(dtlic.DevelopmentKey)
	if err != nil {
		tb.Fatal(err)
	}
	p.Keys = trust
	return &p
}

func random() io.Reader { return bytes.NewReader([]byte("\x01\x23\x45\x67\x89\xab\xcd\xef")) }

func ada() mint.Request { return mint.Request{Name: "Ada Løvelace", Email: "ada@example.com"} }

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// licenseCases are requests, and what they make of the plain license.
var licenseCases = []struct {
	name   string
	change func(r *mint.Request)
	want   func(l *dtlic.License)
}{
	{"the product's defaults", func(*mint.Request) {}, func(*dtlic.License) {}},
	{"a tier", func(r *mint.Request) { r.Tier = "lite" }, func(l *dtlic.License) { l.Tier, l.LicenseKey = "lite", "DT1-LITE-01234567-89abcdef" }},
	{"a term", func(r *mint.Request) { r.Term.Days = 3 }, func(l *dtlic.License) { l.ExpiresAt = at("2026-11-24T11:00:00Z") }},
	{
		"a term from a start",
		func(r *mint.Request) { r.StartsAt = at("2027-01-01T01:00:00+01:00") },
		func(l *dtlic.License) {
			l.StartsAt, l.ExpiresAt = at("2027-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z")
		},
	},
	{
		"an end wins over a term",
		func(r *mint.Request) { r.Term.Days, r.ExpiresAt = 3, at("2026-12-24T01:00:00+01:00") },
		func(l *dtlic.License) { l.ExpiresAt = at("2026-12-24T00:00:00Z") },
	},
	{"perpetual", func(r *mint.Request) { r.Term.Perpetual = true }, func(l *dtlic.License) { l.ExpiresAt = dtlic.Perpetual() }},
	{
		"a trial",
		func(r *mint.Request) { r.Trial = true },
		func(l *dtlic.License) {
			l.Trial, l.Tier, l.LicenseKey, l.ExpiresAt = true, "pro", "DT1-PRO-01234567-89abcdef", at("2026-12-05T11:00:00Z")
		},
	},
	{"its own key", func(r *mint.Request) { r.LicenseKey = "MY.key_1" }, func(l *dtlic.License) { l.LicenseKey = "MY.key_1" }},
	{"a name in pieces", func(r *mint.Request) { r.Name = "Zoe\u0308" }, func(l *dtlic.License) { l.Name = "Zoë" }},
	{
		"more than its tier",
		func(r *mint.Request) {
			r.Features, r.Limits, r.UpdatesUntil = []string{"extra"}, map[string]int64{"rows": 0}, at("2027-01-01T00:00:00Z")
		},
		func(l *dtlic.License) {
			l.Features, l.Limits, l.UpdatesUntil = []string{"extra"}, map[string]int64{"rows": 0}, at("2027-01-01T00:00:00Z")
		},
	},
	{
		"members of its own",
		func(r *mint.Request) {
			r.Extra = map[string]json.RawMessage{"x_order": json.RawMessage("{ \"n\" : [1, 2] }")}
		},
		func(l *dtlic.License) {
			l.Extra = map[string]json.RawMessage{"x_order": json.RawMessage(`{"n":[1,2]}`)}
		},
	},
}

func TestLicense(t *testing.T) {
	base := dtlic.License{
		LicenseKey: "DT1-CORE-01234567-89abcdef", Product: "datatools", Name: "Ada Løvelace", Email: "ada@example.com",
		Tier: "core", IssuedAt: at("2026-11-21T11:00:00Z"), ExpiresAt: at("2027-11-21T11:00:00Z"),
	}
	for _, c := range licenseCases {
		t.Run(c.name, func(t *testing.T) {
			r, want := ada(), base
			c.change(&r)
			c.want(&want)
			got, err := mint.License(product(t), r, now, random())
			if err != nil {
				t.Fatal(err)
			}
			if g, w := string(got.AppendPayload(nil)), string(want.AppendPayload(nil)); g != w {
				t.Errorf("got %s\nwant %s", g, w)
			}
		})
	}
}

// What cannot be minted, and what the message names.
func TestRefusals(t *testing.T) {
	extra := func(name, value string) func(r *mint.Request) {
		return func(r *mint.Request) { r.Extra = map[string]json.RawMessage{name: json.RawMessage(value)} }
	}
	for _, c := range []struct {
		names  string
		change func(r *mint.Request)
	}{
		{"name", func(r *mint.Request) { r.Name = "" }},
		{"name", func(r *mint.Request) { r.Name = " Ada" }},
		{"name", func(r *mint.Request) { r.Name = "Ada\x1b[31m" }},
		{"name", func(r *mint.Request) { r.Name = "Ada\xff" }},
		{"name", func(r *mint.Request) { r.Name = strings.Repeat("a", 201) }},
		{"email", func(r *mint.Request) { r.Email = "ada" }},
		{"email", func(r *mint.Request) { r.Email = "ada@" }},
		{"email", func(r *mint.Request) { r.Email = "Ada <ada@example.com>" }},
		{"email", func(r *mint.Request) { r.Email = "a\u3000b@example.com" }},
		{"license_key", func(r *mint.Request) { r.LicenseKey = "a/b" }},
		{"end", func(r *mint.Request) { r.ExpiresAt = at("2026-11-21T11:00:00Z") }},
		{"end", func(r *mint.Request) { r.ExpiresAt = at("2020-01-01T00:00:00Z") }},
		{"expires_at", func(r *mint.Request) { r.ExpiresAt = at("2027-01-01T00:00:00.5Z") }},
		{"expires_at", func(r *mint.Request) { r.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"starts_at", func(r *mint.Request) {
			r.StartsAt, r.ExpiresAt = at("2027-01-02T00:00:00Z"), at("2027-01-02T00:00:00Z")
		}},
		{"updates_until", func(r *mint.Request) { r.UpdatesUntil = at("1960-01-01T00:00:00Z") }},
		{"features", func(r *mint.Request) { r.Features = []string{"A"} }},
		{"features", func(r *mint.Request) { r.Features = []string{"a", "a"} }},
		{"limit", func(r *mint.Request) { r.Limits = map[string]int64{"rows": -1} }},
		{"limit", func(r *mint.Request) { r.Limits = map[string]int64{"rows": math.MaxInt64} }},
		{"limits", func(r *mint.Request) { r.Limits = map[string]int64{"Rows": 1} }},
		{"x_", extra("order", "1")},
		{"x_", extra("x_\xff", "1")},
		{"own member", extra("x_a", "")},
		{"own member", extra("x_a", `1,"name":"Eve"`)},
		{"own member", extra("x_a", `1],[2`)},
		{"own member", extra("x_a", `1,2`)},
		{"own member", extra("x_a", `{"a":1,"a":2}`)},
		{"own member", extra("x_a", strings.Repeat("[", 8)+strings.Repeat("]", 8))},
	} {
		r := ada()
		c.change(&r)
		if l, err := mint.License(product(t), r, now, random()); err == nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v, %s", c.names, err, l.AppendPayload(nil))
		}
	}
	r := ada()
	r.Extra = map[string]json.RawMessage{"x_a": json.RawMessage(strings.Repeat("[", 7) + strings.Repeat("]", 7))}
	if _, err := mint.License(product(t), r, now, random()); err != nil {
		t.Errorf("as deep as a verifier reads: %v", err)
	}
}

func TestUnknownTier(t *testing.T) {
	r := ada()
	r.Tier = "gold"
	_, err := mint.License(product(t), r, now, random())
	unknown, ok := errors.AsType[*mint.UnknownTierError](err)
	if !ok || unknown.Tier != "gold" || strings.Join(unknown.Known, " ") != "lite core pro" || !strings.Contains(err.Error(), "lite, core, pro") {
		t.Errorf("got %v", err)
	}
}

func TestRandomKeys(t *testing.T) {
	for _, c := range []struct{ prefix, tier, want string }{
		{"DT1", "core", "DT1-CORE-[0-9a-f]{8}-[0-9a-f]{8}"},
		{"DT1", strings.Repeat("t", 64), "DT1-T{32}-[0-9a-f]{8}-[0-9a-f]{8}"},
		{strings.Repeat("P", 16), strings.Repeat("t", 64), "P{16}-T{29}-[0-9a-f]{8}-[0-9a-f]{8}"},
	} {
		p := product(t)
		p.LicenseKeyPrefix, p.DefaultTier = c.prefix, c.tier
		p.Tiers = map[string]dtlic.Tier{c.tier: {Features: []string{"a"}}}
		l, err := mint.License(p, ada(), now, random())
		if err != nil || !regexp.MustCompile("^"+c.want+"$").MatchString(l.LicenseKey) {
			t.Errorf("got %q, %v, want %s", l.LicenseKey, err, c.want)
		}
	}
	broken := errors.New("no entropy")
	if _, err := mint.License(product(t), ada(), now, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("without randomness: %v", err)
	}
	if _, err := mint.License(product(t), ada(), now, strings.NewReader("short")); err == nil {
		t.Error("with too little randomness")
	}
}

func TestNewKey(t *testing.T) {
	private := dev.PrivateKey()
	changed := append(ed25519.PrivateKey(nil), private...)
	changed[40] ^= 1
	zero := append(ed25519.PrivateKey(nil), private...)
	clear(zero[32:])
	for name, key := range map[string]ed25519.PrivateKey{
		"none": nil, "the seed alone": private[:32], "short": private[:63], "long": append(private[:64:64], 0),
		"halves that disagree": changed, "a low-order public half": zero,
	} {
		if _, err := mint.NewKey(key); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	key, err := mint.NewKey(private)
	if err != nil || !key.Public().Equal(private.Public()) {
		t.Errorf("a sound one: %v", err)
	}
}

// What is minted verifies, and says the same.
func TestMintedLicensesVerify(t *testing.T) {
	p := product(t)
	key, err := mint.NewKey(dev.PrivateKey())
	if err != nil {
		t.Fatal(err)
	}
	v, err := dtlic.NewVerifier(*p, dtlic.Options{Now: func() time.Time { return now }, Development: true})
	if err != nil {
		t.Fatal(err)
	}
	r := ada()
	r.Name, r.Features, r.Limits = `"Ada\" <&> 😀 `+"\u200d"+`Z`, []string{"x"}, map[string]int64{"rows": 1<<53 - 1}
	r.Extra = map[string]json.RawMessage{"x_\"": json.RawMessage(`"\u00e9<"`)}
	l, err := mint.License(p, r, now, random())
	if err != nil {
		t.Fatal(err)
	}
	blob, err := key.Sign(&l)
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Verify(blob)
	if err != nil || got.Blob() != blob || !bytes.Equal(got.AppendPayload(nil), l.AppendPayload(nil)) {
		t.Fatalf("%v: %s", err, got.AppendPayload(nil))
	}
	if found, err := dtlic.Extract(blob); err != nil || found != blob {
		t.Errorf("Extract: %q, %v", found, err)
	}
	if !reflect.DeepEqual(got.Extra, l.Extra) {
		t.Errorf("own members %s", got.Extra)
	}
}

func TestSignRefusesWhatNobodyReads(t *testing.T) {
	key, err := mint.NewKey(dev.PrivateKey())
	if err != nil {
		t.Fatal(err)
	}
	r := ada()
	for i := range 256 {
		r.Features = append(r.Features, fmt.Sprintf("%s-%03d", strings.Repeat("f", 60), i))
	}
	l, err := mint.License(product(t), r, now, random())
	if err != nil {
		t.Fatal(err)
	}
	if blob, err := key.Sign(&l); err == nil || blob != "" || !strings.Contains(err.Error(), "fewer features") {
		t.Errorf("%d characters, %v", len(blob), err)
	}
}
