package creatorcli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/internal/ui"
)

func (a *app) productCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE|-]",
		Short: "Say whether a product file is fit to go into an app",
		Long: `Say whether a product file is fit to go into an app: this product's, or FILE, or
what comes on standard input. Nothing is changed.

It is read as strictly as an app reads it. A file that trusts the development
key may not be shipped (exit code 6). Warnings are about what an app takes and
its seller may regret: a signing key that the file does not trust, no spare key,
two tiers that grant the same.`,
		Example: "  dtlic product check\n  dtlic product check app/license/product.json",
		Args:    cli.Args(cobra.MaximumNArgs(1)),
		RunE:    func(_ *cobra.Command, args []string) error { return a.productCheck(args) },
	}
}

// verdict is what product check answers.
type verdict struct {
	path     string // "" for the product that the build brings along
	product  dtlic.Product
	warnings []finding
	err      error
}

func (a *app) productCheck(args []string) error {
	file, err := a.fileToCheck(args)
	if err != nil {
		return err
	}
	v := verdict{path: file.path}
	v.product, err = parseProduct(file.text)
	if err != nil {
		v.err = badProduct(file.path, err)
	} else {
		v.warnings = a.findings(&v.product)
		v.err = mayBeShipped(&v.product)
	}
	if a.Styled() {
		for _, w := range v.warnings {
			a.Warn("%s", w.text)
		}
		if v.err != nil {
			return v.err
		}
		return a.PrintLine(v.words())
	}
	if v.err != nil && !a.JSON() {
		return v.err
	}
	if err := a.PrintDocument(v.document()); err != nil {
		return err
	}
	return cli.Shown(v.err)
}

// fileToCheck reads the file that is named, else the product's own.
func (a *app) fileToCheck(args []string) (productFile, error) {
	if len(args) == 0 {
		return a.ownFile()
	}
	text, err := a.ReadInput(args[0], creator.MaxProductText)
	switch {
	case errors.Is(err, ui.ErrInterrupted):
	case errors.Is(err, store.ErrTooLarge):
		err = badProduct("", err)
	case err != nil && args[0] == "-":
		err = cli.IO("cannot read standard input", err)
	case err != nil:
		err = cli.IO("cannot read the product file", err)
	}
	return productFile{path: args[0], text: text}, err
}

func (v *verdict) words() string {
	path := strconv.Quote(v.path)
	switch v.path {
	case "":
		path = "the built-in product"
	case "-":
		path = "standard input"
	}
	return fmt.Sprintf("%s is fit: product %s, %s, %s", path, v.product.Name,
		counted(len(v.product.Tiers), "tier"), counted(len(v.product.Keys), "key"))
}

func (v *verdict) document() cli.Document {
	return cli.Document{
		{Name: "path", Value: cli.OrNil(v.path)},
		{Name: "product", Value: cli.OrNil(v.product.Name)},
		{Name: "fit", Value: v.err == nil},
		{Name: "warnings", Value: findingDocuments(v.warnings)},
		{Name: "error", Value: cli.ErrorValue(v.err)},
	}
}

// mayBeShipped refuses a product that follows every rule, and that nobody may
// build into an app.
func mayBeShipped(p *dtlic.Product) error {
	return unlessSafe(p, "this product may not be shipped", "dtlic init makes a product with keys of its own")
}

// unlessSafe is the error, in the words of a command, where a product is not safe
// to be given to buyers.
func unlessSafe(p *dtlic.Product, what, hint string) error {
	var e *dtlic.Error
	if err := dtlic.AssertProductionSafe(*p); errors.As(err, &e) {
		return cli.Fail(dtlic.CodeUnsafeBuild, what, e.Why, hint)
	}
	return nil
}

// finding is what an app takes and its seller may regret.
type finding struct{ code, text string }

func findingDocuments(list []finding) []cli.Document {
	var documents []cli.Document
	for _, f := range list {
		documents = append(documents, cli.Document{{Name: "code", Value: f.code}, {Name: "message", Value: f.text}})
	}
	return documents
}

// findings looks at a product that follows every rule.
func (a *app) findings(p *dtlic.Product) (list []finding) {
	private, err := a.privateKey(p)
	if err == nil && private != nil {
		var key dtlic.PublicKey
		if key, err = publicOf(private); err == nil && !issues(p, key) {
			list = append(list, finding{"signing_key_not_trusted", fmt.Sprintf(
				"the signing key %s is not among the issuing keys: no app with this file takes what is minted here", key.ID())})
		}
	}
	if err != nil {
		list = append(list, finding{"signing_key_not_read", err.Error()})
	}
	issuing := 0
	for _, k := range p.Keys {
		if k.Role == dtlic.RoleIssuing && !k.PublicKey.IsDevelopment() {
			issuing++
		}
	}
	if issuing == 1 {
		list = append(list, finding{"no_spare", "there is one issuing key and no spare: once it is lost or stolen, every app has to be replaced"})
	}
	return append(list, sameTiers(p)...)
}

// issues tells whether a key is trusted to sign licenses.
func issues(p *dtlic.Product, key dtlic.PublicKey) bool {
	return slices.Contains(p.Keys, dtlic.TrustedKey{PublicKey: key, Role: dtlic.RoleIssuing})
}

// sameTiers finds tiers that grant the same as one before them.
func sameTiers(p *dtlic.Product) (list []finding) {
	names := p.TierNames()
	for i, name := range names {
		for _, other := range names[:i] {
			if grantSame(p.Tiers[name], p.Tiers[other]) {
				list = append(list, finding{"same_tiers", fmt.Sprintf("the tiers %s and %s grant the same features and limits", other, name)})
				break
			}
		}
	}
	return list
}

func grantSame(a, b dtlic.Tier) bool {
	return slices.Equal(slices.Sorted(slices.Values(a.Features)), slices.Sorted(slices.Values(b.Features))) && maps.Equal(a.Limits, b.Limits)
}
