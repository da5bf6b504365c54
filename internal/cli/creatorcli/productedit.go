package creatorcli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/keys"
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
	switch {
	case f.from != "":
		other, err := a.fileToCheck([]string{f.from})
		if err != nil {
			return err
		}
		_, err = a.changeProduct(&file, replacing(file.text, other.text), f.yes)
		return err
	case f.anyMember():
		_, err = a.changeProduct(&file, func(now []byte) ([]byte, error) { return f.merge(now, file.path) }, f.yes)
		return err
	}
	return a.editByHand(&file, f.yes)
}

// showChange tells of a change that was made, and what comes next.
func (a *app) showChange(file *productFile, p *dtlic.Product) error {
	a.Say("wrote %q; the former file is %q", file.path, file.place.FormerFile())
	for _, w := range a.findings(p) {
		a.Warn("%s", w.text)
	}
	if err := mayBeShipped(p); err != nil {
		a.Warn("%s", err)
	}
	a.Say("build the app with the new file: those that are out there go on with theirs")
	if keys.BuildChannel() == keys.Toolkit {
		a.Say("%s", a.ofThisProduct("and the program for your buyers anew: dtlic buyer build -o programs"))
	}
	return a.showEdit(file, true)
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
