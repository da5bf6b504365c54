// Package creatorcli has the creator's commands: keys, minting, and the
// issuance log. The program dtlic is they and the buyer's.
package creatorcli

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/signer"
	"github.com/dtlic/dtlic/keys"
)

// app is a run of the creator's program.
type app struct {
	*cli.App
	home    creator.Home
	builtIn func() (dtlic.Product, bool, error) // see [cli.BuiltIn]
	product string                              // --product
}

const long = `Mint licenses, keep the record of them, and check them: offline, with one key pair.

  dtlic init                       name the product, make its key
  dtlic product show               what you said; product edit changes it
  dtlic mint --name … --email …    one license, as one line of text
  dtlic log list                   what was issued
  dtlic log resend KEY             the same text again
  dtlic revoke KEY --reason …      a refund
  dtlic buyer build -o DIR         the program that your buyers get
  dtlic backup -o FILE             all of it in one encrypted file; restore brings it back

The buyer's commands (activate, status, renew, deactivate, report) are here too.`

// New makes the creator's program.
func New(env cli.Env) (*cli.App, *cobra.Command) {
	// The key may be in the environment from the start, and a prompt may wait.
	signer.ForbidDumps()
	p, development, err := cli.BuiltIn(&env) // once: each look checks its keys
	a := &app{
		App:     &cli.App{Env: env, Program: "dtlic"},
		home:    creator.Home{Disk: env.Disk, Path: env.Home},
		builtIn: func() (dtlic.Product, bool, error) { return p, development, err },
	}
	a.Resolve, a.Hinted = a.resolve, a.ofThisProduct
	if dtlic.CodeOf(err) == dtlic.CodeUnsafeBuild {
		a.Unsafe = err
	}
	a.RenewalHint = renewalHint
	if keys.BuildChannel() == keys.Toolkit {
		a.Judging = a.judging
	}
	root := a.NewRoot("Offline licenses: keys, minting, and the record of what was issued", long)
	root.PersistentFlags().StringVar(&a.product, "product", "", "the product's `NAME` (default: $DTLIC_PRODUCT, then the one that init set)")
	root.AddCommand(a.initCommand(), a.productCommand(root), a.keygenCommand(), a.pubkeyCommand(), a.mintCommand(), a.inspectCommand(),
		a.logCommand(), a.revokeCommand(), a.unrevokeCommand(), a.buyerCommand(), a.backupCommand(), a.restoreCommand())
	a.AddBuyerCommands(root)
	return a.App, a.Group(root)
}

// aboutProduct finds the beginnings of commands that are about one product.
var aboutProduct = regexp.MustCompile(`\bdtlic (mint|log|revoke|unrevoke|keygen|pubkey|inspect|buyer|backup|restore|activate|status|renew|deactivate|report|product (show|edit|mail|check))\b`)

// ofThisProduct makes the commands in a text be about the product that --product names,
// where it does and the product is there: typed as they stand they would be about
// another one. What may be a signing key is repeated nowhere.
func (a *app) ofThisProduct(text string) string {
	if !dtlic.IsName(a.product) || cli.HoldsSecret(a.product) {
		return text
	}
	place := a.home.Place(a.product)
	if there, err := place.Exists(place.ProductFile()); !there || err != nil {
		return text
	}
	return aboutProduct.ReplaceAllStringFunc(text, func(command string) string {
		return "dtlic --product " + a.product + strings.TrimPrefix(command, "dtlic")
	})
}

// judging tells that this is not what a buyer sees: a toolkit trusts whatever
// stands in the creator's own product file.
func (a *app) judging(p *dtlic.Product) {
	a.Say("judged by your own product file %q; for buyers, make their program with: dtlic buyer build", a.home.Place(p.Name).ProductFile())
}

// renewalHint answers a creator who means the other renewal.
func renewalHint(email string) error {
	return cli.UsageHint("dtlic mint --renew "+here.word(email),
		"renew takes the license that renews this machine's, not a mail address")
}
