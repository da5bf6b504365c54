package creatorcli

import (
	"crypto/ed25519"
	"encoding/hex"
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
key's first, then the others that the product trusts, the spare among them.`,
		Example: "  dtlic pubkey\n  make release PUBKEY=$(dtlic pubkey | paste -sd, -)",
		Args:    cli.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if as != "hex" {
				return cli.Usage("--as must be hex, not %q", as)
			}
			return a.pubkey()
		},
	}
	cmd.Flags().StringVar(&as, "as", "hex", "the form: hex")
	return cmd
}

func (a *app) pubkey() error {
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
		a.Warn("this is the development key: no app that is shipped may trust it; make your own with: dtlic keygen")
	}
	if a.JSON() {
		return a.PrintJSON(cli.Document{{Name: "product", Value: p.Name}, {Name: "public_keys", Value: list}})
	}
	return a.Print(strings.Join(list, "\n") + "\n")
}
