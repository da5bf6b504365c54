package creatorcli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
)

// textChange makes the new text of a product file of the one that is there when
// it is written. It is asked again where that is another one by then.
type textChange func(now []byte) ([]byte, error)

// errChanged is the error where a whole text would take back what somebody else
// changed.
var errChanged = errors.New("it was changed meanwhile")

// replacing puts a whole text in the place of the one that it was made of.
func replacing(former, text []byte) textChange {
	return func(now []byte) ([]byte, error) {
		switch {
		case bytes.Equal(text, former):
			return now, nil // there is no change to make
		case !bytes.Equal(now, former):
			return nil, errChanged
		}
		return text, nil
	}
}

// changeProduct changes the product file, and asks where that takes something
// away. It returns false where nothing was to be done, or the person does not want
// it. While it asks, the lock is free: what is agreed to is then tried anew, on
// what the file is by then.
func (a *app) changeProduct(file *productFile, change textChange, yes bool) (bool, error) {
	var told []string
	for {
		t, err := a.tryChange(file, change, told, yes)
		if err != nil {
			return false, err
		}
		if t.same {
			return false, a.nothingChanged(file)
		}
		for _, sentence := range slices.Concat(t.warnings, t.losses) {
			a.Warn("%s", sentence)
			told = append(told, sentence)
		}
		if t.written {
			return true, a.showChange(file, &t.product)
		}
		if ok, err := a.agreed(); err != nil {
			return false, err
		} else if !ok {
			return false, a.nothingChanged(file)
		}
	}
}

// agreed asks whether a change that takes something away is meant.
func (a *app) agreed() (bool, error) {
	if !a.Interactive() {
		return false, cli.UsageHint("add --yes if you mean it", "the change takes something away, and there is nobody to ask")
	}
	return a.Confirm("Change it all the same?", false)
}

// attempt is what came of trying a change.
type attempt struct {
	product dtlic.Product
	same    bool // the text is what is there already
	written bool
	// warnings and losses are to be told; losses were not agreed to.
	warnings, losses []string
}

// tryChange makes a change under the lock, unless it takes away what is not among
// the sentences that the person was told before, and agreed to.
func (a *app) tryChange(file *productFile, change textChange, told []string, yes bool) (t attempt, err error) {
	err = a.home.ChangeProduct(a.Context(), file.name, func(now []byte) ([]byte, error) {
		text, err := change(now)
		if err != nil {
			return nil, err
		}
		if t.same = bytes.Equal(text, now); t.same {
			return nil, nil
		}
		if err := a.judge(&t, file.name, now, text); err != nil {
			return nil, err
		}
		t.warnings, t.losses = without(t.warnings, told), without(t.losses, told)
		if t.written = yes || len(t.losses) == 0; !t.written {
			return nil, nil
		}
		return text, nil
	})
	return t, changeFailure(file, err)
}

// changeFailure says why the product file was not changed.
func changeFailure(file *productFile, err error) error {
	var own *dtlic.Error
	switch {
	case err == nil, errors.As(err, &own), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errChanged):
		return cli.Fail(dtlic.CodeIO, "cannot write the product file", fmt.Sprintf("%q: %s", file.path, err),
			"look at it with dtlic product show, then do it again")
	case isHeld(err):
		return locked("the product file was not changed", err)
	}
	return cli.IO("cannot write the product file", err)
}

// locked says that the lock over the product files cannot be had.
func locked(what string, err error) error {
	return cli.Fail(cli.CodeLocked, what, err.Error(),
		"run it again when no other dtlic changes a product; a home directory on a disk without locks needs another one")
}

// judge reads a new text of the product file, by the file's own rules and by those
// that it has towards its former self and its neighbors.
func (a *app) judge(t *attempt, name string, now, text []byte) error {
	p, err := parseProduct(text)
	if err != nil {
		return badProduct("", err)
	}
	if p.Name != name {
		return cli.Fail(cli.CodeBadRecord, "the name of a product is never changed",
			fmt.Sprintf("product is %q, and was %q: every license of the old name would be wrong_product", p.Name, name),
			"dtlic init --product "+p.Name)
	}
	var clashedBefore []clash
	if former, err := dtlic.ParseProduct(now); err != nil {
		t.warnings = append(t.warnings, "the former file breaks a rule, so what the change takes from buyers is not known")
	} else {
		t.losses = losses(&former, &p)
		if clashedBefore, err = a.clashes(&former); err != nil {
			return err
		}
	}
	clashing, err := a.clashes(&p)
	if err != nil {
		return err
	}
	for _, c := range clashing {
		if !slices.Contains(clashedBefore, c) {
			return cli.Fail(cli.CodeBadRecord, c.what, c.why, fmt.Sprintf(
				"choose another %s, or give product %q another one first: dtlic --product %[2]s product edit", c.member, c.other))
		}
		t.warnings = append(t.warnings, fmt.Sprintf("%s: %s; give one of them another %s with dtlic product edit", c.what, c.why, c.member))
	}
	t.product = p
	return nil
}

// clash is something that two products of one creator share, and each must have
// alone.
type clash struct{ member, other, what, why string }

// clashes finds what a product shares with others that it must not. A file that
// cannot be read is passed over.
func (a *app) clashes(p *dtlic.Product) (list []clash, err error) {
	names, err := a.home.Products()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, cli.IO("cannot look at the other products", err)
	}
	for _, name := range names {
		other, err := a.home.Place(name).Product()
		if err != nil || name == p.Name {
			continue
		}
		if other.EnvPrefix == p.EnvPrefix {
			list = append(list, clash{
				"env_prefix", name, "two products cannot share their environment variables",
				fmt.Sprintf("env_prefix %s is that of product %q", p.EnvPrefix, name),
			})
		}
		if strings.EqualFold(other.Directory, p.Directory) { // one directory on Windows and macOS
			list = append(list, clash{
				"directory", name, "two products cannot share their buyers' directory",
				fmt.Sprintf("directory %q is that of product %q, and holds one license", p.Directory, name),
			})
		}
	}
	return list, nil
}

// clash tells of the first of [app.clashes]; "" for none.
func (a *app) clash(p *dtlic.Product) (what, why string, err error) {
	list, err := a.clashes(p)
	if err != nil || len(list) == 0 {
		return "", "", err
	}
	return list[0].what, list[0].why, nil
}
