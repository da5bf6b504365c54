package creator

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
)

// A product file that is there stays as it is.
func TestCreateProduct(t *testing.T) {
	place := Home{Disk: fsys.OS, Path: t.TempDir()}.Place("notes")
	if err := place.Make(func(s string) { t.Error(s) }); err != nil {
		t.Fatal(err)
	}
	first := dtlic.Product{Name: "notes", Title: "First"}
	if err := place.CreateProduct(&first); err == nil {
		t.Error("a product without a key was written")
	}
	trusted, err := dtlic.ParsePublicKey("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a") // RFC 8032, section 7.1
	if err != nil {
		t.Fatal(err)
	}
	first = dtlic.Product{
		Name: "notes", Title: "First", Program: "notes", Support: "help@example.com", LicenseKeyPrefix: "NOTES", EnvPrefix: "NOTES",
		Directory: ".notes", Keys: []dtlic.TrustedKey{{PublicKey: trusted, Role: dtlic.RoleIssuing}},
		Tiers: map[string]dtlic.Tier{"basic": {Features: []string{"export"}}}, DefaultTier: "basic", DefaultTerm: "1y",
	}
	second := first
	second.Title = "Second"
	if err := place.CreateProduct(&first); err != nil {
		t.Fatal(err)
	}
	if err := place.CreateProduct(&second); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another one: %v", err)
	}
	if p, err := place.Product(); err != nil || p.Title != "First" {
		t.Errorf("%q, %v", p.Title, err)
	}
}
