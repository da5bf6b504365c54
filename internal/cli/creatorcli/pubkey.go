package creatorcli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
)

func (a *app) pubkeyCommand() *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use:   "pubkey",
		Short: "Print what goes into the app",
		Long: `Print the public keys that go into the app, 64 hex digits a line: the signing
key's first, then the others that the product trusts, the spare among them.

With --as it is the whole product file, the keys in this order: as json to
embed, or as source text to paste, in go, python or js. It holds no secret.`,
		Example: "  dtlic pubkey\n  dtlic pubkey --as json > product.json\n  dtlic pubkey --as python",
		Args:    cli.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if _, known := appTexts[as]; !known && as != "hex" {
				return cli.Usage("--as must be hex, go, python, js or json, not %q", as)
			}
			if a.JSON() && as != "hex" {
				return cli.Usage("give one of --as and --json: %s", "--json lists the keys, --as json is the product file")
			}
			return a.pubkey(as)
		},
	}
	cmd.Flags().StringVar(&as, "as", "hex", "the form: hex, go, python, js or json")
	_ = cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(
		append([]string{"hex"}, slices.Sorted(maps.Keys(appTexts))...), cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

func (a *app) pubkey(as string) error {
	p, _, err := a.Resolve()
	if err != nil {
		return err
	}
	if p.Keys, err = a.keysForApp(&p); err != nil {
		return err
	}
	if write, isText := appTexts[as]; isText {
		file, err := p.File()
		if err != nil {
			return cli.Fail(cli.CodeBadRecord, "the product file with the signing key in it breaks a rule", err.Error(), "dtlic product edit")
		}
		return a.Print(write(&p, string(file)))
	}
	var list []string
	for _, k := range p.Keys {
		if k.Role == dtlic.RoleIssuing {
			list = append(list, k.PublicKey.String())
		}
	}
	if a.JSON() {
		return a.PrintJSON(cli.Document{{Name: "product", Value: p.Name}, {Name: "public_keys", Value: list}})
	}
	return a.Print(strings.Join(list, "\n") + "\n")
}

// keysForApp are the keys that an app shall trust: the one that signs here, then
// the product's others.
func (a *app) keysForApp(p *dtlic.Product) ([]dtlic.TrustedKey, error) {
	private, err := a.privateKey(p)
	if err != nil {
		return nil, err
	}
	isDevelopment := func(k dtlic.TrustedKey) bool { return k.PublicKey.IsDevelopment() }
	if private == nil {
		if slices.ContainsFunc(p.Keys, isDevelopment) {
			a.Warn("this is the development key: no app that is shipped may trust it; make your own with: dtlic init")
		}
		return p.Keys, nil
	}
	own, err := publicOf(private)
	if err != nil {
		return nil, err
	}
	signing := dtlic.TrustedKey{PublicKey: own, Role: dtlic.RoleIssuing}
	others := slices.DeleteFunc(slices.Clone(p.Keys), func(k dtlic.TrustedKey) bool { return k == signing })
	if !issues(p, own) {
		a.Warn("product %q does not trust its signing key yet", p.Name)
		if slices.ContainsFunc(others, isDevelopment) {
			others = nil // the built-in product's key goes into no app
		}
	}
	return append([]dtlic.TrustedKey{signing}, others...), nil
}

// appTexts write a product file as an app's author takes it. The file is JSON in
// one value, whose characters beyond ASCII stand in strings alone.
var appTexts = map[string]func(p *dtlic.Product, file string) string{
	"json": func(_ *dtlic.Product, file string) string { return cli.Visible(file) },
	"go": func(p *dtlic.Product, file string) string {
		// A raw string cannot hold a backquote, and JSON can escape it.
		return fmt.Sprintf(goText, p.Name, strings.ReplaceAll(cli.Visible(file), "`", `\u0060`))
	},
	"python": func(_ *dtlic.Product, file string) string { return "PRODUCT = " + pythonText(file) },
	"js": func(_ *dtlic.Product, file string) string {
		// In a page, "</script>" would end the script that holds it.
		file = strings.ReplaceAll(cli.Visible(strings.TrimSuffix(file, "\n")), "<", `\u003c`)
		return "export const product = " + file + ";\n"
	},
}

// goText is what app authors write by hand otherwise, as in docs/integrate.md.
const goText = `// productFile is the product file of %s, as "dtlic pubkey --as go" writes it:
// names, tiers, and the public keys that licenses are checked with. No secret.
const productFile = ` + "`%s`" + `

// Product is this app's product. A mistake in the file is one of the build.
func Product() dtlic.Product {
	p, err := dtlic.ParseProduct([]byte(productFile))
	if err != nil {
		panic(err)
	}
	return p
}
`

// pythonText is a JSON value without true, false and null as Python writes it,
// which knows no surrogate pairs: what cannot be seen is escaped as \U0001d173.
func pythonText(file string) string {
	var b strings.Builder
	for _, r := range file {
		switch {
		case !cli.IsInvisible(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
