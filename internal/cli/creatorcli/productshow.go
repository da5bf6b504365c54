package creatorcli

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/signer"
	"github.com/dtlic/dtlic/internal/ui"
	"github.com/dtlic/dtlic/keys"
)

func (a *app) productShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the product that a command is about now",
		Long: `Show the product that a command is about now: --product, else $DTLIC_PRODUCT,
else the default. Its keys come with their IDs and with what they are for here:
the signing key, and the spare as long as spare.env lies beside it.`,
		Example: "  dtlic product show\n  dtlic product show --json | jq .tiers",
		Args:    cli.Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.productShow() },
	}
}

func (a *app) productShow() error {
	p, _, err := a.Resolve()
	if err != nil {
		return err
	}
	if name := p.EnvPrefix + signer.PublicSuffix; a.Getenv(name) != "" && keys.BuildChannel() == keys.Development {
		a.Warn("$%s is set: its keys stand in the place of the product's", name)
	}
	v := productView{product: &p, path: a.productPath(&p), isDefault: p.Name == a.defaultProduct()}
	v.signing, v.spare = a.ownKeyIDs(&p)
	if !a.Styled() {
		d, err := v.document()
		if err != nil {
			return err
		}
		return a.PrintDocument(d)
	}
	return a.printSheet(p.Title, v.sheet())
}

// ownKeyIDs returns the IDs of the key that signs here and of the spare that lies
// beside it; "" where there is none, and where it cannot be read, which is said.
func (a *app) ownKeyIDs(p *dtlic.Product) (signing, spare string) {
	id := func(find func(*dtlic.Product) (ed25519.PrivateKey, error)) string {
		private, err := find(p)
		if err == nil && private != nil {
			var key dtlic.PublicKey
			if key, err = publicOf(private); err == nil {
				return key.ID()
			}
		}
		if err != nil {
			a.Warn("%s", err)
		}
		return ""
	}
	return id(a.privateKey), id(a.spareKey)
}

// productView is what is shown of a product.
type productView struct {
	product        *dtlic.Product
	path           string // "" for the one that the build brings along
	isDefault      bool
	signing, spare string // IDs of this creator's keys
}

// document has the members of the product file, by their names, and what is known
// of it here.
func (v *productView) document() (d cli.Document, err error) {
	file, err := v.product.File()
	if err != nil {
		return nil, err
	}
	root, err := envelope.ParseJSON(string(file))
	if err != nil {
		return nil, err
	}
	for _, m := range root.Members {
		d = append(d, cli.Field{Name: m.Name, Value: json.RawMessage(m.Value.Raw)})
	}
	return append(d,
		cli.Field{Name: "key_ids", Value: allKeyIDs(v.product)},
		cli.Field{Name: "signing_key_id", Value: cli.OrNil(v.signing)},
		cli.Field{Name: "spare_key_id", Value: cli.OrNil(v.spare)},
		cli.Field{Name: "path", Value: cli.OrNil(v.path)},
		cli.Field{Name: "built_in", Value: v.path == ""},
		cli.Field{Name: "default", Value: v.isDefault}), nil
}

func (v *productView) sheet() [][]ui.SheetRow {
	p := v.product
	name := p.Name
	if v.isDefault {
		name += ", the default"
	}
	path := v.path
	if path == "" {
		path = "built in"
	}
	var tiers []string
	for _, tier := range p.TierNames() {
		t := p.Tiers[tier]
		tiers = append(tiers, tier+": "+strings.Join(t.Features, ", ")+limitWords(t.Limits))
	}
	return [][]ui.SheetRow{
		{sheetRow("Product", name), sheetRow("Buyers type", p.Program+" activate"), sheetRow("Support", p.Support)},
		{
			sheetRow("License keys", p.LicenseKeyPrefix+"-…"), sheetRow("Variables", p.EnvPrefix+"_LICENSE and others"),
			sheetRow("Buyers' files", "~/"+p.Directory),
		},
		{sheetRow("Tiers", tiers...), sheetRow("By default", p.DefaultTier+", "+p.DefaultTerm), sheetRow("Trial", trialWords(p.Trial))},
		{sheetRow("Trusted keys", keyLines(p, v.signing, v.spare)...)},
		{sheetRow("Product file", path)},
	}
}

// allKeyIDs are the IDs of a product's keys, those of role root too.
func allKeyIDs(p *dtlic.Product) (ids []string) {
	for _, k := range p.Keys {
		ids = append(ids, k.PublicKey.ID())
	}
	return ids
}

// keyLines are a product's keys in words. signing and spare are the IDs of this
// creator's own, "" where they are not known.
func keyLines(p *dtlic.Product, signing, spare string) (lines []string) {
	for _, k := range p.Keys {
		id := k.PublicKey.ID()
		line := id + ", " + string(k.Role)
		if k.PublicKey.IsDevelopment() {
			line += ", the development key: not to be shipped"
		}
		if id == signing {
			line += ", signs here"
		}
		if id == spare {
			line += ", the spare"
		}
		lines = append(lines, line)
	}
	return lines
}

// limitWords are limits, to stand behind features.
func limitWords(limits map[string]int64) string {
	words := ""
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		words += fmt.Sprintf("; %s %d", name, limits[name])
	}
	return words
}

func trialWords(t *dtlic.Trial) string {
	if t == nil {
		return ""
	}
	return fmt.Sprintf("%d days of %s%s", t.Days, t.Tier, limitWords(t.Limits))
}
