package dtlic_test

import (
	"os"
	"testing"

	"github.com/dtlic/dtlic"
)

// exampleProduct is the product of the examples, testdata/product.json.
func exampleProduct(tb testing.TB) dtlic.Product {
	tb.Helper()
	return dtlic.Product{
		Name: "tidytable", Title: "Tidytable", Program: "tidytable-license", Support: "help@tidytable.example",
		LicenseKeyPrefix: "TT", EnvPrefix: "TIDYTABLE", Directory: ".tidytable",
		Keys: []dtlic.TrustedKey{{PublicKey: publicKey(tb, privateKey(1)), Role: dtlic.RoleIssuing}},
		Tiers: map[string]dtlic.Tier{
			"home":   {Features: []string{"sort"}, Limits: map[string]int64{"rows": 10_000}},
			"studio": {Features: []string{"merge", "sort"}},
		},
		DefaultTier: "home", DefaultTerm: "1y", Trial: &dtlic.Trial{Days: 14, Tier: "studio"},
	}
}

// exampleMail is the mail of the examples, testdata/mail.txt.
func exampleMail(tb testing.TB) string {
	tb.Helper()
	blob := signed(tb, members{
		"license_key": "TT-HOME-5dd8e1db-d90c4656", "product": "tidytable", "tier": "home",
		"issued_at": "2026-05-01T09:00:00Z", "expires_at": "2027-05-01T09:00:00Z", "updates_until": "2026-12-31T23:59:59Z",
	})
	mail := "> Hello Ada Løvelace,\n>\n> here is your license for Tidytable:\n>\n"
	for len(blob) > 70 {
		mail += "> " + blob[:70] + "\n"
		blob = blob[70:]
	}
	return mail + "> " + blob + "\n>\n> Yours, Bob\n"
}

// The files of the examples are what the code above makes; to make them anew,
// write these texts into them.
func TestExampleFiles(t *testing.T) {
	p := exampleProduct(t)
	file, err := p.File()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"testdata/product.json": string(file), "testdata/mail.txt": exampleMail(t)} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", name, err, got, want)
		}
	}
}
