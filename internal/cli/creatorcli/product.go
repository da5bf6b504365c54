package creatorcli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/signer"
	"github.com/dtlic/dtlic/keys"
)

// resolve finds the product: --product, $DTLIC_PRODUCT, the one that init set,
// and in a development build the built-in one. A product build has its own alone.
func (a *app) resolve() (dtlic.Product, bool, error) {
	builtIn, development, builtInErr := a.builtIn()
	if dtlic.CodeOf(builtInErr) == dtlic.CodeUnsafeBuild {
		return builtIn, development, builtInErr
	}
	name, err := a.productName()
	if err != nil {
		return dtlic.Product{}, false, err
	}
	switch {
	case keys.BuildChannel() == keys.Product && a.product != "" && a.product != builtIn.Name:
		return dtlic.Product{}, false, cli.Usage("this build is for product %q alone", builtIn.Name)
	case keys.BuildChannel() == keys.Product:
		return builtIn, false, nil
	case name == "" && builtIn.Name == "":
		return dtlic.Product{}, false, cli.Fail(cli.CodeNotFound, "no product is set up here", "", "dtlic init")
	case name == "":
		name = builtIn.Name
	}
	if a.Home == "" && name == builtIn.Name {
		return builtIn, development, builtInErr
	}
	p, err := a.productOf(name)
	if errors.Is(err, fs.ErrNotExist) && name == builtIn.Name {
		return builtIn, development, builtInErr
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = a.noSuchProduct(name)
	}
	if err != nil {
		return p, false, err
	}
	return p, false, a.trustInstead(&p)
}

// productOf reads a product file; the error matches fs.ErrNotExist where there
// is none.
func (a *app) productOf(name string) (dtlic.Product, error) {
	if a.Home == "" {
		return dtlic.Product{}, noHome("the product file of \"" + name + "\" cannot be found")
	}
	place := a.home.Place(name)
	p, err := place.Product()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		err = badProduct("", err)
	case p.Name != name:
		err = badProduct(place.ProductFile(), fmt.Errorf("it is of product %q", p.Name))
	}
	return p, err
}

func (a *app) productName() (string, error) {
	name := a.product
	if name == "" {
		name = a.Getenv("DTLIC_PRODUCT")
	}
	if name == "" && a.Home != "" {
		var err error
		if name, err = a.home.Default(); err != nil {
			return "", cli.IO("cannot read which product is meant", err)
		}
	}
	if name != "" && !dtlic.IsName(name) {
		return "", cli.Usage("a product's name is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit, not %q", name)
	}
	return name, nil
}

// trustInstead puts the keys of $PREFIX_LICENSE_PUBKEY in the place of the
// product's, in a development build where it is set.
func (a *app) trustInstead(p *dtlic.Product) error {
	name := p.EnvPrefix + signer.PublicSuffix
	list := a.Getenv(name)
	if list == "" || keys.BuildChannel() != keys.Development {
		return nil
	}
	trusted, err := keys.ParseList(list)
	if err != nil {
		return cli.UsageHint("unset the variable, or give it the public keys that dtlic pubkey prints, with commas", "$%s: %s", name, err)
	}
	p.Keys = trusted
	return nil
}

// place is the creator's directory of a product.
func (a *app) place(p *dtlic.Product) (creator.Place, error) {
	if a.Home == "" {
		return creator.Place{}, noHome("the creator's directory is not known")
	}
	return a.home.Place(p.Name), nil
}

func noHome(what string) error {
	return cli.Fail(dtlic.CodeIO, what, "there is no home directory", "set HOME")
}
