package creatorcli

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/signer"
	"github.com/dtlic/dtlic/keys"
)

// initFlags are the answers that init asks for where they are not given.
type initFlags struct {
	product, title, support, program, tiers, defaultTier, defaultTerm string
	yes                                                               bool
}

func (a *app) initCommand() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Name your product and make its keys",
		Long: `Name your product and make its keys.

At a terminal it asks for what is not given; --yes takes the suggestions. It
writes three files into ~/.PRODUCT-creator (mode 700): product.json, which goes
into the app; key.env, which signs licenses; and spare.env, a second key that
the app trusts from the start, so that losing or changing the first one costs no
customer. Put spare.env away, where key.env is not.`,
		Example: "  dtlic init\n" +
			"  dtlic init --product notes --title Notes --support help@example.com \\\n" +
			"      --tiers basic=export,studio=export+batch --default-tier basic --default-term 1y --yes",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			f.product = a.product
			return a.init(f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.title, "title", "", "the product's name for people")
	flags.StringVar(&f.support, "support", "", "a mail or https address that buyers are sent to")
	flags.StringVar(&f.program, "program", "", "the buyer's program as it is typed (default: PRODUCT-license)")
	flags.StringVar(&f.tiers, "tiers", "", "tiers and their features: basic=export,studio=export+batch")
	flags.StringVar(&f.defaultTier, "default-tier", "", "the tier that is minted where none is named (default: the first)")
	flags.StringVar(&f.defaultTerm, "default-term", "", `the term that is minted where none is named: 1y, 90d or perpetual (default "1y")`)
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) init(f initFlags) error {
	if keys.BuildChannel() == keys.Product {
		return cli.UsageHint("dtlic keygen --help", "this build has its own product; init is for the published dtlic and for development builds")
	}
	if a.Home == "" {
		return noHome("the creator's directory is not known")
	}
	if err := a.askInit(&f); err != nil {
		return err
	}
	p, err := f.toProduct()
	if err != nil {
		return err
	}
	place := a.home.Place(p.Name)
	// Everything that can be refused is refused before the first file is made.
	probe := p
	probe.Keys, err = probeKeys(a)
	if err != nil {
		return err
	}
	if _, err := probe.File(); err != nil {
		return cli.UsageHint("dtlic init --help", "%s", err)
	}
	if err := a.createProduct(&p, place); err != nil {
		return err
	}
	return a.showInit(&p, place)
}

// createProduct makes a product's keys and its file, under the lock of the home:
// of two products that must not be both, the other one may be there by now.
func (a *app) createProduct(p *dtlic.Product, place creator.Place) error {
	given, err := a.keyFromVariable(p)
	if err != nil {
		return err
	}
	unlock, err := a.home.Lock(a.Context())
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case isHeld(err):
		return locked("no product was made", err)
	case err != nil:
		return cli.IO("cannot make the product", err)
	}
	defer unlock()
	if err := a.checkNewProduct(p.Name); err != nil {
		return err
	}
	if err := a.makeKeys(p, place, given); err != nil {
		return err
	}
	// The product file comes last: a run that ends before it can be repeated, and
	// until then the default names a product that no command finds. The other way
	// round, licenses would be minted for the built-in product unnoticed.
	if err := a.home.SetDefault(p.Name); err != nil {
		return cli.IO("cannot make the product the default", err)
	}
	if err := place.CreateProduct(p); err != nil {
		return cli.IO("cannot write the product file", err)
	}
	return nil
}

// probeKeys is a throw-away trust store, to check a product before it has keys.
func probeKeys(a *app) ([]dtlic.TrustedKey, error) {
	private, err := signer.Generate(a.Random)
	if err != nil {
		return nil, err
	}
	key, err := dtlic.NewPublicKey(private.Public().(ed25519.PublicKey))
	return []dtlic.TrustedKey{{PublicKey: key, Role: dtlic.RoleIssuing}}, err
}

// makeKeys puts the signing key, private unless that is nil, and the spare into the
// product, making those that an interrupted earlier run or keygen did not.
func (a *app) makeKeys(p *dtlic.Product, place creator.Place, private ed25519.PrivateKey) (err error) {
	if err := place.Make(a.warnText); err != nil {
		return cli.IO("cannot make the creator's directory", err)
	}
	if private == nil {
		if private, err = a.ensureKeyFile(place.KeyFile(), place.ReadKey, p.EnvPrefix); err != nil {
			return err
		}
	}
	spare, err := a.ensureKeyFile(place.SpareFile(), place.ReadSpare, p.EnvPrefix)
	if err != nil {
		return err
	}
	for _, k := range []ed25519.PrivateKey{private, spare} {
		key, err := dtlic.NewPublicKey(k.Public().(ed25519.PublicKey))
		if err != nil {
			return err
		}
		p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: key, Role: dtlic.RoleIssuing})
	}
	return nil
}

// ensureKeyFile makes a key file, or reads the one that is there. It does not
// look first: making it also removes what a run that was killed has left of it.
func (a *app) ensureKeyFile(path string, read func(func(string)) (string, error), prefix string) (ed25519.PrivateKey, error) {
	private, err := a.createKeyFile(path, prefix)
	switch {
	case errors.Is(err, fs.ErrExist):
		return a.keyFromFile(path, read, prefix)
	case err != nil:
		return nil, cli.IO("cannot write the key pair", err)
	}
	return private, nil
}

func (a *app) showInit(p *dtlic.Product, place creator.Place) error {
	a.Say("product %q is ready in %q; it is the default now", p.Name, place.Dir)
	if name := p.EnvPrefix + signer.PrivateSuffix; a.Getenv(name) != "" {
		a.Say("it signs with the key in $%s; no key.env was made", name)
	}
	a.Say("back up, encrypted, with dtlic backup -o %s.age: whoever has the signing key can make licenses, and without it none can be renewed", p.Name)
	a.Say("move spare.env to a safe place that is not this computer: the app trusts it already, for the day key.env is lost")
	a.Say(`next: dtlic mint --name "Ada Buyer" --email ada@example.com`)
	a.Say("and the program for your buyers: dtlic buyer build -o programs")
	if a.JSON() {
		return a.PrintJSON(cli.Document{
			{Name: "product", Value: p.Name},
			{Name: "directory", Value: place.Dir},
			{Name: "product_file", Value: place.ProductFile()},
			{Name: "key_file", Value: place.KeyFile()},
			{Name: "spare_file", Value: place.SpareFile()},
			{Name: "public_keys", Value: []string{p.Keys[0].PublicKey.String(), p.Keys[1].PublicKey.String()}},
		})
	}
	return nil
}

// parseTiers reads basic=export,studio=export+batch.
func parseTiers(s string) (tiers map[string]dtlic.Tier, first string, err error) {
	tiers = make(map[string]dtlic.Tier)
	for part := range strings.SplitSeq(s, ",") {
		name, features, found := strings.Cut(strings.TrimSpace(part), "=")
		if !found || name == "" || features == "" {
			return nil, "", fmt.Errorf("tiers are written like basic=export,studio=export+batch, not %q", part)
		}
		if _, twice := tiers[name]; twice {
			return nil, "", fmt.Errorf("tier %q stands twice", name)
		}
		if first == "" {
			first = name
		}
		tiers[name] = dtlic.Tier{Features: strings.Split(features, "+")}
	}
	return tiers, first, nil
}

// toProduct makes the product of answers that were checked, its keys apart.
func (f *initFlags) toProduct() (dtlic.Product, error) {
	tiers, _, err := parseTiers(f.tiers)
	return dtlic.Product{
		Name:             f.product,
		Title:            f.title,
		Program:          f.program,
		Support:          f.support,
		LicenseKeyPrefix: keyPrefix(f.product),
		EnvPrefix:        envPrefix(f.product),
		Directory:        directory(f.product),
		Tiers:            tiers,
		DefaultTier:      f.defaultTier,
		DefaultTerm:      f.defaultTerm,
	}, err
}

// directory makes the name of the buyers' directory of a product's name.
func directory(product string) string { return "." + product }

// keyPrefix makes a license key's prefix of a product's name: its first
// letters and digits in capitals.
func keyPrefix(product string) string {
	const most = 8
	prefix := strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToUpper(product))
	return prefix[:min(len(prefix), most)]
}

// envPrefix makes the prefix of environment variables of a product's name.
func envPrefix(product string) string {
	const most = 30
	prefix := strings.NewReplacer(".", "_", "-", "_").Replace(strings.ToUpper(product))
	if prefix[0] <= '9' {
		prefix = "P_" + prefix
	}
	return prefix[:min(len(prefix), most)]
}
