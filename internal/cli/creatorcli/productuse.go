package creatorcli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/keys"
)

func (a *app) productUseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "use [NAME]",
		Short: "Choose the product that is meant where none is named",
		Long: `Choose the product that every later command means, where neither --product nor
$DTLIC_PRODUCT names another. Without NAME: list the products there are.`,
		Example: "  dtlic product use\n  dtlic product use notes",
		Args:    cli.Args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.showProducts()
			}
			return a.productUse(args[0])
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completeProduct(cmd, args, typed)
		},
	}
}

func (a *app) productUse(name string) error {
	if err := notInProductBuild("product use"); err != nil {
		return err
	}
	if a.product != "" {
		return cli.Usage("give the product's name once, without --product")
	}
	if a.Home == "" {
		return noHome("the default product cannot be set")
	}
	if err := checkName(name); err != nil {
		return cli.Usage("%q is no product's name: %s", name, err)
	}
	path, err := a.usable(name)
	if err != nil {
		return err
	}
	if err := a.home.SetDefault(name); err != nil {
		return cli.IO("cannot make the product the default", err)
	}
	a.Say("product %q is the default now", name)
	if other := a.Getenv("DTLIC_PRODUCT"); other != "" && other != name {
		a.Warn("$DTLIC_PRODUCT is set to %q, which wins over the default", other)
	}
	if a.JSON() {
		return a.PrintJSON(cli.Document{{Name: "default", Value: name}, {Name: "path", Value: cli.OrNil(path)}})
	}
	return nil
}

// usable checks a product's file, and returns its path, "" for the product that
// the build brings along.
func (a *app) usable(name string) (path string, err error) {
	_, err = a.productOf(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == a.builtInName():
		return "", nil
	case errors.Is(err, fs.ErrNotExist):
		return "", a.noSuchProduct(name)
	}
	return a.home.Place(name).ProductFile(), err
}

func (a *app) noSuchProduct(name string) error {
	list, err := a.listProducts()
	if err != nil {
		return err
	}
	why := "there is none yet"
	var names []string
	for _, p := range list {
		names = append(names, p.name)
	}
	if len(names) > 0 {
		why = "there is " + strings.Join(names, ", ")
	}
	return cli.Fail(cli.CodeNotFound, fmt.Sprintf("there is no product %q", name), why, "dtlic init --product "+name)
}

// builtInName is the name of the product that a build can do without a file, ""
// where there is none.
func (a *app) builtInName() string {
	p, _, err := a.builtIn()
	if err != nil {
		return ""
	}
	return p.Name
}

// defaultProduct is the product that is meant where none is named, "" where none
// is.
func (a *app) defaultProduct() string {
	if keys.BuildChannel() != keys.Product && a.Home != "" {
		if name, err := a.home.Default(); err == nil && name != "" {
			return name
		}
	}
	return a.builtInName()
}

// listed is a product in the list of those there are.
type listed struct {
	name, title, path string // path is "" for the one that the build brings along
	isDefault         bool
	err               error // why it cannot be used
}

// listProducts finds the products there are, the built-in one behind those of
// the creator's home.
func (a *app) listProducts() (list []listed, err error) {
	builtIn, def := a.builtInName(), a.defaultProduct()
	if keys.BuildChannel() != keys.Product && a.Home != "" {
		names, err := a.home.Products()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, cli.IO("cannot look for products", err)
		}
		for _, name := range names {
			one := listed{name: name, path: a.home.Place(name).ProductFile(), isDefault: name == def}
			p, err := a.home.Place(name).Product()
			if one.title = p.Title; err == nil && p.Name != name {
				err = fmt.Errorf("%q is of product %q", one.path, p.Name)
			}
			one.err = err
			list = append(list, one)
			if name == builtIn {
				builtIn = "" // the file takes its place
			}
		}
	}
	if builtIn != "" {
		p, _, _ := a.builtIn() // it has a name, so it is there
		list = append(list, listed{name: p.Name, title: p.Title, isDefault: p.Name == def})
	}
	return list, nil
}

func (a *app) showProducts() error {
	list, err := a.listProducts()
	if err != nil {
		return err
	}
	def := a.defaultProduct()
	if def != "" && !slices.ContainsFunc(list, func(p listed) bool { return p.name == def }) {
		a.Warn("the default is %q, and there is no such product", def)
	}
	if a.JSON() {
		return a.PrintJSON(productsDocument(def, list))
	}
	var rows [][]string
	for _, p := range list {
		mark, path := "", p.path
		if p.isDefault {
			mark = "default"
		}
		if path == "" {
			path = "built in"
		}
		rows = append(rows, []string{p.name, mark, p.title, path})
		if p.err != nil {
			a.Warn("product %q cannot be used: %s", p.name, p.err)
		}
	}
	if len(list) == 0 {
		a.Say("there is no product yet; make one with: dtlic init")
	}
	return a.printRows([]string{"product", "", "title", "product file"}, rows)
}

func productsDocument(def string, list []listed) cli.Document {
	var products []cli.Document
	for _, p := range list {
		var failure any
		if p.err != nil {
			failure = cli.ErrorValue(cli.Fail(cli.CodeBadRecord, p.err.Error(), "", ""))
		}
		products = append(products, cli.Document{
			{Name: "product", Value: p.name},
			{Name: "title", Value: cli.OrNil(p.title)},
			{Name: "path", Value: cli.OrNil(p.path)},
			{Name: "default", Value: p.isDefault},
			{Name: "error", Value: failure},
		})
	}
	return cli.Document{{Name: "default", Value: cli.OrNil(def)}, {Name: "products", Value: products}}
}
