package dtlic

import (
	"bytes"
	"encoding/json"
)

// productFile is the product file's form, its members in the format's order.
type productFile struct {
	Format           int                 `json:"format"`
	Product          string              `json:"product"`
	Title            string              `json:"title"`
	Program          string              `json:"program"`
	Support          string              `json:"support"`
	LicenseKeyPrefix string              `json:"license_key_prefix"`
	EnvPrefix        string              `json:"env_prefix"`
	Directory        string              `json:"directory"`
	Keys             []trustedKeyFile    `json:"keys"`
	Tiers            map[string]tierFile `json:"tiers"`
	DefaultTier      string              `json:"default_tier"`
	DefaultTerm      string              `json:"default_term"`
	Trial            *trialFile          `json:"trial,omitempty"`
}

type trustedKeyFile struct {
	PublicKey string `json:"public_key"`
	Role      Role   `json:"role"`
}

type tierFile struct {
	Features []string         `json:"features"`
	Limits   map[string]int64 `json:"limits,omitempty"`
}

type trialFile struct {
	Days   int              `json:"days"`
	Tier   string           `json:"tier"`
	Limits map[string]int64 `json:"limits,omitempty"`
}

// File returns the product as a product file with a final newline, indented
// where that leaves it short enough. It checks the product first, by the rules
// of [ParseProduct].
func (p *Product) File() ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	f := productFile{
		Format: 1, Product: p.Name, Title: p.Title, Program: p.Program, Support: p.Support,
		LicenseKeyPrefix: p.LicenseKeyPrefix, EnvPrefix: p.EnvPrefix, Directory: p.Directory,
		Tiers: make(map[string]tierFile, len(p.Tiers)), DefaultTier: p.DefaultTier, DefaultTerm: p.DefaultTerm,
	}
	for _, k := range p.Keys {
		f.Keys = append(f.Keys, trustedKeyFile{k.PublicKey.String(), k.Role})
	}
	for name, t := range p.Tiers {
		f.Tiers[name] = tierFile(t)
	}
	if p.Trial != nil {
		trial := trialFile(*p.Trial)
		f.Trial = &trial
	}
	data, err := encode(f, "  ")
	if err == nil && len(data) > MaxProductFile {
		data, err = encode(f, "")
	}
	if err != nil {
		return nil, err
	}
	// Reading it back is the one check that nothing can be forgotten in.
	_, err = ParseProduct(data)
	return data, err
}

func encode(f productFile, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(f)
	return b.Bytes(), err
}
