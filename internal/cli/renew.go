package cli

import (
	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
)

func (a *App) renewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "renew [BLOB|FILE|-]",
		Short: "Replace this machine's license by its renewal",
		Long: `Replace this machine's license by its renewal.

The renewal is for the same holder, and takes nothing away: neither the end nor
the end of updates becomes earlier. Anything else is refused, and the license
that is active stays.`,
		Example: "  " + a.Program + " renew\n  " + a.Program + " renew renewal.dtlic",
		Args:    a.OneLicense,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && dtlic.IsMailAddress(args[0]) && !a.isFile(args[0]) && a.RenewalHint != nil {
				return a.RenewalHint(args[0])
			}
			p, o, err := a.License()
			if err != nil {
				return err
			}
			if s := dtlic.Stored(p, o); len(args) == 0 && dtlic.CodeOf(s.Err) == dtlic.CodeNotActivated {
				return s.Err // before asking for a text that would be of no use
			}
			text, err := a.LicenseText(args)
			if err != nil {
				return err
			}
			done, err := dtlic.Renew(p, text, o)
			if err != nil {
				return err
			}
			return a.showActivation(p, done, o)
		},
	}
}
