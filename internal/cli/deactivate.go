package cli

import (
	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/wording"
)

func (a *App) deactivateCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "deactivate",
		Short: "Remove this machine's license",
		Long: `Remove this machine's license. At a terminal you are asked first.

The license itself stays good: keep the seller's mail to activate it again.`,
		Example: "  " + a.Program + " deactivate --yes",
		Args:    Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.deactivate(yes) },
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *App) deactivate(yes bool) error {
	p, o, err := a.License()
	if err != nil {
		return err
	}
	stored := dtlic.Stored(p, o)
	if !yes && a.Interactive() && dtlic.CodeOf(stored.Err) != dtlic.CodeNotActivated {
		sure, err := a.Confirm(wording.ConfirmDeactivate, false)
		if err != nil {
			return err
		}
		if !sure {
			a.Say("%s", wording.NothingRemoved)
			if a.asJSON {
				return a.PrintJSON(Document{{"state", string(stored.State)}, {"path", OrNil(withoutSecrets(stored.Source.Path))}, {"error", nil}})
			}
			return nil
		}
	}
	done, err := dtlic.Deactivate(p, o)
	if err != nil {
		return err
	}
	if done.SetAside != "" {
		a.Warn("%s", wording.SetAside(done.SetAside))
	}
	if done.HiddenBy != "" {
		a.Warn("%s", wording.HiddenBy(done.HiddenBy, done.Path))
	}
	if a.asJSON {
		return a.PrintJSON(Document{{"state", string(dtlic.CodeNotActivated)}, {"path", withoutSecrets(done.Path)}, {"set_aside", OrNil(withoutSecrets(done.SetAside))}, {"error", nil}})
	}
	a.Say("%s", wording.Removed(done.Path))
	face := wording.Face{Program: a.Program, Support: p.Support}
	a.Say("%s", face.Fill(wording.DeactivatedHint))
	return nil
}
