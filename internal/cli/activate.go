package cli

import (
	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/wording"
)

func (a *App) activateCommand() *cobra.Command {
	var holder dtlic.Holder
	cmd := &cobra.Command{
		Use:   "activate [BLOB|FILE|-]",
		Short: "Activate a license on this machine",
		Long: `Activate a license on this machine.

Give the license as it is in the seller's mail, the file it is in, or - for
standard input; without any of them it is asked for at a terminal. The whole
mail will do: the license is found in it.

At a terminal you are asked whether you are the license's holder; off one,
--name and --email are required.`,
		Example: "  " + a.Program + " activate\n" +
			"  " + a.Program + " activate buyer.dtlic \\\n" +
			"      --name 'Ada Buyer' --email ada@example.com",
		Args: a.OneLicense,
		RunE: func(_ *cobra.Command, args []string) error { return a.activate(args, holder, wording.HolderNeededHint) },
	}
	cmd.Flags().StringVar(&holder.Name, "name", "", "the holder's `NAME`, as in the seller's mail")
	cmd.Flags().StringVar(&holder.Email, "email", "", "the holder's mail `ADDRESS`, as in the seller's mail")
	return cmd
}

// activate activates a license for a holder who is asked for, or confirmed,
// where nobody named one. holderHint says how to name one.
func (a *App) activate(args []string, holder dtlic.Holder, holderHint string) error {
	p, o, err := a.License()
	if err != nil {
		return err
	}
	asked := holder != dtlic.Holder{}
	if !a.Interactive() && (holder.Name == "" || holder.Email == "") {
		return UsageHint(holderHint, wording.HolderNeeded)
	}
	text, err := a.LicenseText(args)
	if err != nil {
		return err
	}
	holder = dtlic.Holder{Name: norm.NFC.String(holder.Name), Email: norm.NFC.String(holder.Email)}
	if !asked {
		if holder, err = a.confirmedHolder(p, text, o); err != nil {
			return err
		}
	} else if holder, err = a.completeHolder(holder); err != nil {
		return err
	}
	done, err := dtlic.Activate(p, text, holder, o)
	if err != nil {
		return err
	}
	return a.showActivation(p, done, o)
}

// confirmedHolder shows whose license it is, masked, and asks. Only a genuine
// license that is valid now is worth a question.
func (a *App) confirmedHolder(p dtlic.Product, text string, o dtlic.Options) (dtlic.Holder, error) {
	v, err := dtlic.NewVerifier(p, o)
	if err != nil {
		return dtlic.Holder{}, err
	}
	l, err := v.Choose(text)
	if err != nil {
		return dtlic.Holder{}, err
	}
	if s := dtlic.Evaluate(l, o.Now()); s.Err != nil {
		return l.Holder(), nil // Activate refuses it, with its reason
	}
	mine, err := a.Confirm(wording.ConfirmHolder(l.Holder().Masked()), true)
	if err != nil {
		return dtlic.Holder{}, err
	}
	if !mine {
		face := wording.Face{Program: a.Program, Support: p.Support}
		return dtlic.Holder{}, Fail(dtlic.CodeHolderMismatch, wording.NotMine, "", face.Fill(wording.NotMineHint))
	}
	return l.Holder(), nil
}

// completeHolder asks for the half that was not given.
func (a *App) completeHolder(h dtlic.Holder) (dtlic.Holder, error) {
	for _, part := range []struct {
		value    *string
		question string
	}{{&h.Name, wording.AskName}, {&h.Email, wording.AskEmail}} {
		if *part.value != "" {
			continue
		}
		answer, err := a.Ask(part.question, "", nil)
		if err != nil {
			return h, err
		}
		*part.value = norm.NFC.String(answer)
	}
	return h, nil
}

// showActivation tells what activate or renew did, and how the license stands.
func (a *App) showActivation(p dtlic.Product, done dtlic.Activation, o dtlic.Options) error {
	if done.HiddenBy != "" {
		a.Warn("%s", wording.HiddenBy(done.HiddenBy, done.Path))
	}
	if done.SetAside != "" {
		a.Warn("%s", wording.SetAside(done.SetAside))
	}
	if !done.Changed {
		a.Say("%s", wording.AlreadyActive)
	}
	if done.HiddenBy != "" {
		// What programs read is another license; this one is shown as it is.
		s := dtlic.StoredStatus{Status: dtlic.Evaluate(done.License, o.Now()), Source: dtlic.Source{Path: done.Path}}
		return a.showStatus(p, s)
	}
	return a.showStatus(p, dtlic.Stored(p, o))
}
