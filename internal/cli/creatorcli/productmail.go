package creatorcli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/mailtext"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/internal/ui"
)

const productMailLong = `Print the text that mint --mail and log resend --mail make a mail of: your own,
from mail.txt in the creator's directory, else the built-in one. With --from,
check a text and put it into that place; the former is kept as mail.txt.before.

The text has {license} alone on a line, once, and no other license, such as one in
a mail that you sent. It may have {name}, {title}, {program}, {command}, {support},
{license_key}, {tier}, {ends} and {updates_until}; {command} is activate, or renew
in the mail of mint --renew. A brace itself is written twice. Any other word in
braces is refused, so that no buyer reads it.`

// mailFlags are what product mail was asked for.
type mailFlags struct {
	from  string
	reset bool
}

func (a *app) productMailCommand() *cobra.Command {
	var f mailFlags
	cmd := &cobra.Command{
		Use: "mail", Short: "Show or replace the text that goes with a license", Long: productMailLong,
		Example: "  dtlic product mail > mail.txt\n  dtlic product mail --from mail.txt\n  dtlic product mail --reset",
		Args:    cli.Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.productMail(f) },
	}
	cmd.Flags().StringVar(&f.from, "from", "", "check the text in `FILE`, or - for standard input, and use it from now on")
	cmd.Flags().BoolVar(&f.reset, "reset", false, "go back to the built-in text")
	return cmd
}

func (a *app) productMail(f mailFlags) error {
	if f.from != "" && f.reset {
		return cli.Usage("give one of --from and --reset, not both")
	}
	p, err := a.Product()
	if err != nil {
		return err
	}
	if f.from != "" || f.reset {
		return a.changeMail(&p, f)
	}
	t, err := a.mailTemplate(&p)
	if err != nil {
		return err
	}
	if !a.JSON() {
		return a.Print(t.Source())
	}
	return a.PrintJSON(cli.Document{
		{Name: "product", Value: p.Name},
		{Name: "path", Value: cli.OrNil(t.path)},
		{Name: "text", Value: t.Source()},
	})
}

// changeMail puts a text in the place of the one in force, or removes that.
func (a *app) changeMail(p *dtlic.Product, f mailFlags) error {
	text, err := a.newMail(p, f)
	if err != nil {
		return err
	}
	place, err := a.place(p)
	if err != nil {
		return err
	}
	if text != nil {
		if err := place.Make(a.warnText); err != nil {
			return cli.IO("cannot make the creator's directory", err)
		}
	}
	changed, err := a.home.ChangeMail(a.Context(), p.Name, text)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case isHeld(err):
		return locked("the text for mails was not changed", err)
	case err != nil:
		return cli.IO("the text for mails was not changed", err)
	}
	path := place.MailFile()
	switch {
	case !changed:
		a.Say("nothing was changed")
	case text == nil:
		a.Say("the built-in text is used again; the former file is %q", place.FormerMailFile())
	default:
		a.Say("wrote %q", path)
	}
	if !a.JSON() {
		return nil
	}
	if text == nil {
		path = ""
	}
	return a.PrintJSON(cli.Document{
		{Name: "product", Value: p.Name},
		{Name: "path", Value: cli.OrNil(path)},
		{Name: "changed", Value: changed},
	})
}

// newMail is the text that product mail was given, checked; nil for none.
func (a *app) newMail(p *dtlic.Product, f mailFlags) ([]byte, error) {
	if f.reset {
		return nil, nil
	}
	text, err := a.ReadInput(f.from, mailtext.MaxTemplate)
	switch {
	case errors.Is(err, ui.ErrInterrupted):
		return nil, err
	case errors.Is(err, store.ErrTooLarge):
		return nil, badMail("", err, aboutMail)
	case err != nil:
		return nil, cli.IO("cannot read the text for mails", err)
	}
	if _, err := checkMail(p, string(text)); err != nil {
		return nil, badMail(f.from, err, aboutMail)
	}
	return text, nil
}
