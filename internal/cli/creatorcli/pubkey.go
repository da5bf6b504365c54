package creatorcli

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
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
		Short: "Print the public keys that go into the app",
		Long: `Print the public keys that go into the app, 64 hex digits a line: the signing
key's first, then the others that the product trusts, the spare among them.

With --as they are source text to paste: go, python or js; json is the member
keys of a product file.`,
		Example: "  dtlic pubkey\n  make release PUBKEY=$(dtlic pubkey | paste -sd, -)",
		Args:    cli.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if _, known := pubkeyForms[as]; !known {
				return cli.Usage("--as must be hex, go, python, js or json, not %q", as)
			}
			return a.pubkey(as)
		},
	}
	cmd.Flags().StringVar(&as, "as", "hex", "the form: hex, go, python, js or json")
	return cmd
}

// pubkeyForms write the keys, of which there is one at least, as text.
var pubkeyForms = map[string]func(list []string) string{
	"hex":    func(list []string) string { return strings.Join(list, "\n") + "\n" },
	"go":     sourceList("var trustedKeys = []string{\n", "\t", "}\n"),
	"python": sourceList("TRUSTED_KEYS = [\n", "    ", "]\n"),
	"js":     sourceList("export const trustedKeys = [\n", "  ", "];\n"),
	"json": func(list []string) string {
		for i, key := range list {
			list[i] = fmt.Sprintf("    {\"public_key\": %q, \"role\": \"issuing\"}", key)
		}
		return "{\n  \"keys\": [\n" + strings.Join(list, ",\n") + "\n  ]\n}\n"
	},
}

// sourceList writes the keys as a list that is source text.
func sourceList(head, indent, tail string) func([]string) string {
	return func(list []string) string {
		text := head
		for _, key := range list {
			text += fmt.Sprintf("%s%q,\n", indent, key)
		}
		return text + tail
	}
}

func (a *app) pubkey(as string) error {
	p, _, err := a.Resolve()
	if err != nil {
		return err
	}
	private, err := a.privateKey(&p)
	if err != nil {
		return err
	}
	var list []string
	for _, k := range p.Keys {
		if k.Role == dtlic.RoleIssuing {
			list = append(list, k.PublicKey.String())
		}
	}
	switch {
	case private != nil:
		own := hex.EncodeToString(private.Public().(ed25519.PublicKey))
		if !slices.Contains(list, own) {
			a.Warn("product %q does not trust its signing key yet", p.Name)
			if slices.Contains(list, dtlic.DevelopmentKey) {
				list = nil // the built-in product's key goes into no app
			}
		}
		list = slices.DeleteFunc(list, func(k string) bool { return k == own })
		list = append([]string{own}, list...)
	case slices.Contains(list, dtlic.DevelopmentKey):
		a.Warn("this is the development key: no app that is shipped may trust it; make your own with: dtlic init")
	}
	if a.JSON() {
		return a.PrintJSON(cli.Document{{Name: "product", Value: p.Name}, {Name: "public_keys", Value: list}})
	}
	return a.Print(pubkeyForms[as](list))
}
