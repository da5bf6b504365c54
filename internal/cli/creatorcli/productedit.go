package creatorcli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
)

const editLong = `Change the product file: in an editor, or by flags.

Without flags $VISUAL, else $EDITOR opens a copy of the file; when the editor
ends, the copy is checked as strictly as an app reads it, and takes the place of
the file. An editor with a window of its own must be told to wait: set
EDITOR='code --wait'. With flags nothing is opened. What the flags do not name
stays as it is.

The former file is kept as product.json.before. A change that takes something
from buyers is asked about first; off a terminal it needs --yes. The name of a
product is never changed: licenses of the old name are for another product.`

const editExample = `  dtlic product edit
  dtlic product edit --title 'Notes 2' --support https://example.com/help
  dtlic product edit --limit basic.seats=3 --trial-days 14 --trial-tier studio
  jq '.default_term = "2y"' product.json | dtlic product edit --from -`

func (a *app) productEditCommand() *cobra.Command {
	var f editFlags
	cmd := &cobra.Command{
		Use: "edit", Short: "Change the product file", Long: editLong, Example: editExample,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.trialDaysGiven = cmd.Flags().Changed("trial-days")
			return a.productEdit(f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.title, "title", "", "the product's name for people")
	flags.StringVar(&f.support, "support", "", "a mail or https address that buyers are sent to")
	flags.StringVar(&f.program, "program", "", "the buyer's program as it is typed")
	flags.StringVar(&f.tiers, "tiers", "", "all tiers and their features: basic=export,studio=export+batch; limits stay")
	flags.StringVar(&f.defaultTier, "default-tier", "", "the tier that is minted where none is named")
	flags.StringVar(&f.defaultTerm, "default-term", "", "the term that is minted where none is named: 1y, 90d or perpetual")
	flags.StringArrayVar(&f.limits, "limit", nil, "a limit of a tier, TIER.NAME=NUMBER, or TIER.NAME=none; may be repeated")
	flags.IntVar(&f.trialDays, "trial-days", 0, "the trial's length, 1 to 3660; 0 for no trial")
	flags.StringVar(&f.trialTier, "trial-tier", "", "the tier that the trial grants")
	flags.StringVar(&f.from, "from", "", "a whole product file to put in its place, or - for standard input")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	_ = cmd.RegisterFlagCompletionFunc("default-tier", a.completeTier)
	_ = cmd.RegisterFlagCompletionFunc("trial-tier", a.completeTier)
	return cmd
}

func (a *app) productEdit(f editFlags) error {
	if err := notInProductBuild("product edit"); err != nil {
		return err
	}
	if f.from != "" && f.anyMember() {
		return cli.Usage("--from brings the whole file; give it alone")
	}
	file, err := a.ownFile()
	if err != nil {
		return err
	}
	if file.path == "" {
		return cli.Fail(cli.CodeNotFound, fmt.Sprintf("product %q has no product file", file.name), "it is built in",
			"dtlic init --product "+file.name+", or with a name of your own")
	}
	if link, err := file.place.IsLink(); err != nil || link {
		if err == nil {
			err = fmt.Errorf("%q is a symbolic link, which would be replaced", file.path)
		}
		return cli.Fail(dtlic.CodeIO, "the product file cannot be changed", err.Error(),
			"change the file that it leads to, and run: dtlic product check")
	}
	if f.from == "" && !f.anyMember() {
		return a.editByHand(&file, f.yes)
	}
	text, err := a.newText(&file, &f)
	if err != nil {
		return err
	}
	_, err = a.replaceProduct(&file, text, f.yes)
	return err
}

// newText is what --from or the flags make of a product file.
func (a *app) newText(file *productFile, f *editFlags) ([]byte, error) {
	if f.from != "" {
		other, err := a.fileToCheck([]string{f.from})
		return other.text, err
	}
	p, err := parseProduct(file.text)
	if err != nil {
		return nil, cli.Fail(cli.CodeBadRecord, "flags change a good product file only", fmt.Sprintf("%q: %s", file.path, err),
			"mend it first: dtlic product edit")
	}
	changed, err := f.apply(p)
	if err != nil {
		return nil, err
	}
	if reflect.DeepEqual(p, changed) {
		return file.text, nil // as it is written, too
	}
	text, err := mergeProduct(file.text, &p, &changed)
	if err != nil {
		return nil, cli.UsageHint("dtlic product edit --help", "%s", err)
	}
	return text, nil
}

// replaceProduct judges a new text of the product file and puts it into place.
// It returns false where nothing was to be done, or the person does not want it.
func (a *app) replaceProduct(file *productFile, text []byte, yes bool) (bool, error) {
	if bytes.Equal(text, file.text) {
		return false, a.nothingChanged(file)
	}
	p, err := a.acceptable(file, text)
	if err != nil {
		return false, err
	}
	if former, err := dtlic.ParseProduct(file.text); err != nil {
		a.Warn("the former file breaks a rule, so what the change takes from buyers is not known")
	} else if ok, err := a.agreed(losses(&former, &p), yes); !ok || err != nil {
		if err == nil {
			err = a.nothingChanged(file)
		}
		return false, err
	}
	if err := file.place.ReplaceProduct(file.text, text); err != nil {
		hint := ""
		if errors.Is(err, creator.ErrChanged) {
			hint = "look at it with dtlic product show, then do it again"
		}
		return false, cli.Fail(dtlic.CodeIO, "cannot write the product file", err.Error(), hint)
	}
	a.Say("wrote %q; the former file is %q", file.path, file.place.FormerFile())
	for _, w := range a.findings(&p) {
		a.Warn("%s", w.text)
	}
	if err := mayBeShipped(&p); err != nil {
		a.Warn("%s", err)
	}
	a.Say("build the app with the new file: those that are out there go on with theirs")
	return true, a.showEdit(file, true)
}

// acceptable reads a new text of the product file, by the file's own rules and by
// those that it has towards its former self and its neighbors.
func (a *app) acceptable(file *productFile, text []byte) (dtlic.Product, error) {
	p, err := parseProduct(text)
	if err != nil {
		return p, badProduct("", err)
	}
	if p.Name != file.name {
		return p, cli.Fail(cli.CodeBadRecord, "the name of a product is never changed",
			fmt.Sprintf("product is %q, and was %q: every license of the old name would be wrong_product", p.Name, file.name),
			"dtlic init --product "+p.Name)
	}
	if what, why, err := a.clash(&p); err != nil {
		return p, err
	} else if what != "" {
		return p, cli.Fail(cli.CodeBadRecord, what, why, "")
	}
	return p, nil
}

// clash tells what a product would share with another one of this creator, that
// each must have alone; "" for nothing. A file that cannot be read is passed over.
func (a *app) clash(p *dtlic.Product) (what, why string, err error) {
	names, err := a.home.Products()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", cli.IO("cannot look at the other products", err)
	}
	for _, name := range names {
		other, err := a.home.Place(name).Product()
		switch {
		case err != nil || name == p.Name:
		case other.EnvPrefix == p.EnvPrefix:
			return "two products cannot share their environment variables",
				fmt.Sprintf("env_prefix %s is that of product %q", p.EnvPrefix, name), nil
		case strings.EqualFold(other.Directory, p.Directory): // one directory on Windows and macOS
			return "two products cannot share their buyers' directory",
				fmt.Sprintf("directory %q is that of product %q, and holds one license", p.Directory, name), nil
		}
	}
	return "", "", nil
}

// agreed tells what a change takes away, and asks whether it is meant.
func (a *app) agreed(losses []string, yes bool) (bool, error) {
	for _, loss := range losses {
		a.Warn("%s", loss)
	}
	switch {
	case len(losses) == 0 || yes:
		return true, nil
	case !a.Interactive():
		return false, cli.UsageHint("add --yes if you mean it", "the change takes something away, and there is nobody to ask")
	}
	return a.Confirm("Change it all the same?", false)
}

func (a *app) nothingChanged(file *productFile) error {
	a.Say("nothing was changed")
	return a.showEdit(file, false)
}

// showEdit is the answer as JSON.
func (a *app) showEdit(file *productFile, changed bool) error {
	if !a.JSON() {
		return nil
	}
	former := ""
	if changed {
		former = file.place.FormerFile()
	}
	return a.PrintJSON(cli.Document{
		{Name: "product", Value: file.name},
		{Name: "path", Value: file.path},
		{Name: "changed", Value: changed},
		{Name: "former", Value: cli.OrNil(former)},
	})
}
