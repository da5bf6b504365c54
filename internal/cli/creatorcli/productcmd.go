package creatorcli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/keys"
)

// productCommand is product and what is below it; root has the flag that names
// a product.
func (a *app) productCommand(root *cobra.Command) *cobra.Command {
	_ = root.RegisterFlagCompletionFunc("product", a.completeProduct) // the flag is there
	return a.Group(&cobra.Command{
		Use:   "product",
		Short: "Show, check, choose or change the product",
		Long: `The product file, product.json, is everything that makes the toolkit yours:
names, tiers, and the public keys that licenses are checked with. It holds no
secret. These commands show it, check it, and change it, and the text that goes
with a license by mail.`,
	}, a.productShowCommand(), a.productCheckCommand(), a.productUseCommand(), a.productEditCommand(),
		a.productMailCommand())
}

// completeProduct offers the products there are.
func (a *app) completeProduct(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	list, err := a.listProducts()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, p := range list {
		names = append(names, p.name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// productFile is the text of the product file that a run is about, good or bad.
type productFile struct {
	name string
	// path is "" for the product that the build brings along.
	path  string
	place creator.Place // without path, of no use
	text  []byte
}

// ownFile finds the product file as resolve finds the product, and does not
// judge it.
func (a *app) ownFile() (productFile, error) {
	if keys.BuildChannel() != keys.Product && a.Home != "" {
		name, err := a.productName()
		if err != nil {
			return productFile{}, err
		}
		if builtIn, _, err := a.builtIn(); name == "" && err == nil {
			name = builtIn.Name
		}
		if name != "" {
			place := a.home.Place(name)
			text, err := place.ProductText()
			if err == nil {
				return productFile{name: name, path: place.ProductFile(), place: place, text: text}, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return productFile{}, cli.IO("cannot read the product file", err)
			}
		}
	}
	p, err := a.Product() // the one that the build brings along, or why there is none
	if err != nil {
		return productFile{}, err
	}
	text, err := p.File()
	return productFile{name: p.Name, text: text}, err
}

// productPath is where a product was read, "" for the one that the build brings
// along.
func (a *app) productPath(p *dtlic.Product) string {
	if a.Home == "" || keys.BuildChannel() == keys.Product {
		return ""
	}
	place := a.home.Place(p.Name)
	if there, _ := place.Exists(place.ProductFile()); !there {
		return ""
	}
	return place.ProductFile()
}

// notInProductBuild refuses what only a creator who keeps product files can do.
func notInProductBuild(command string) error {
	if keys.BuildChannel() != keys.Product {
		return nil
	}
	return cli.UsageHint("dtlic product show", "this build has its own product; %s is for the published dtlic and for development builds", command)
}

// parseProduct is dtlic.ParseProduct with the bare reason, to be put behind the
// file's name.
func parseProduct(text []byte) (dtlic.Product, error) {
	p, err := dtlic.ParseProduct(text)
	if err != nil {
		err = errors.Unwrap(err)
	}
	return p, err
}

// badProduct says that a product file breaks a rule; path may be "".
func badProduct(path string, err error) error {
	why := err.Error()
	switch path {
	case "":
	case "-":
		why = "standard input: " + why
	default:
		why = fmt.Sprintf("%q: %s", path, why)
	}
	return cli.Fail(cli.CodeBadRecord, "the product file cannot be used", why, "")
}
