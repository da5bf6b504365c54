package dtlic_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/vectors"
)

const (
	vectorFile = "testdata/vectors/dtlic2.json"
	keyFile    = "testdata/vectors/low-order-keys.txt"
)

// now is the clock of these tests, and of the vectors.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func suite(tb testing.TB) *vectors.Suite {
	tb.Helper()
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := vectors.Parse(data)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// seedFiles returns the files of testdata/seeds/kind; that there are none is
// an error, for a target that starts from nothing finds nothing.
func seedFiles(tb testing.TB, kind string) (contents [][]byte) {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "seeds", kind, "*"))
	if err != nil || len(names) == 0 {
		tb.Fatalf("no seeds of %s: %v", kind, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		contents = append(contents, data)
	}
	return contents
}

// privateKey returns a throw-away key, always the same for the same number.
func privateKey(n byte) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	return ed25519.NewKeyFromSeed(seed)
}

func publicKey(tb testing.TB, private ed25519.PrivateKey) dtlic.PublicKey {
	tb.Helper()
	key, err := dtlic.NewPublicKey(private.Public().(ed25519.PublicKey))
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// product returns a product that trusts private key 1.
func product(tb testing.TB) dtlic.Product {
	tb.Helper()
	return dtlic.Product{
		Name: "datatools", Title: "DataTools", Program: "dtlic-buyer", Support: "support@example.com",
		LicenseKeyPrefix: "DT1", EnvPrefix: "DATATOOLS", Directory: ".datatools",
		Keys: []dtlic.TrustedKey{{PublicKey: publicKey(tb, privateKey(1)), Role: dtlic.RoleIssuing}},
		Tiers: map[string]dtlic.Tier{
			"lite": {Features: []string{"clean"}, Limits: map[string]int64{"rows": 1000, "files": 3}},
			"core": {Features: []string{"clean", "join"}, Limits: map[string]int64{"rows": 100_000}},
		},
		DefaultTier: "core", DefaultTerm: "1y",
	}
}

func verifier(tb testing.TB, p dtlic.Product) *dtlic.Verifier {
	tb.Helper()
	v, err := dtlic.NewVerifier(p, dtlic.Options{Now: func() time.Time { return now }})
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// members are a payload that can be changed member by member.
type members map[string]any

// plain returns the payload of a license that is valid now.
func plain(changes members) members {
	m := members{
		"license_key": "DT1-CORE-00000000-00000001", "product": "datatools", "name": "Ada Løvelace",
		"email": "ada@example.com", "tier": "core", "issued_at": "2026-11-01T00:00:00Z", "expires_at": "2027-11-01T00:00:00Z",
	}
	maps.Copy(m, changes)
	return m
}

// order is the format's order of the members.
var order = []string{
	"license_key", "product", "name", "email", "tier", "issued_at", "expires_at", "starts_at", "updates_until",
	"trial", "features", "limits", "machines", "profile", "valid_days", "crit",
}

// raw is JSON text that stands in a payload as it is.
type raw string

func (m members) json(tb testing.TB) string {
	tb.Helper()
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if d := (slices.Index(order, a)+100)%100 - (slices.Index(order, b)+100)%100; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var b strings.Builder
	for i, name := range names {
		value, ok := m[name].(raw)
		if !ok {
			data, err := json.Marshal(m[name])
			if err != nil {
				tb.Fatal(err)
			}
			value = raw(data)
		}
		fmt.Fprintf(&b, "%c%q:%s", "{,"[min(i, 1)], name, value)
	}
	return b.String() + "}"
}

// sign makes a license of any payload, right or wrong.
func sign(key ed25519.PrivateKey, payload string) string {
	text := envelope.AppendUnsigned(nil, envelope.License, envelope.KeyID(key.Public().(ed25519.PublicKey)), []byte(payload))
	return string(envelope.AppendSignature(text, ed25519.Sign(key, text)))
}

// signed makes a license of changed members under key 1.
func signed(tb testing.TB, changes members) string {
	tb.Helper()
	return sign(privateKey(1), plain(changes).json(tb))
}

// lowOrderKeys reads the keys that nobody may trust.
func lowOrderKeys(tb testing.TB) (keys []string) {
	tb.Helper()
	data, err := os.ReadFile(keyFile)
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			if raw, err := hex.DecodeString(line); err != nil || len(raw) != ed25519.PublicKeySize {
				tb.Fatalf("%s: no key: %q", keyFile, line)
			}
			keys = append(keys, line)
		}
	}
	if len(keys) != 14 {
		tb.Fatalf("%s has %d keys, want 14", keyFile, len(keys))
	}
	return keys
}

// options returns options with this test's clock and a home of its own.
func options(tb testing.TB) dtlic.Options {
	tb.Helper()
	return dtlic.Options{Now: func() time.Time { return now }, Home: tb.TempDir()}
}
