package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/ui"
)

func (a *App) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show how this machine's license stands",
		Long: `Show how this machine's license stands.

The exit code is 0 when it is active, 3 when it is genuine and not usable now,
4 when it is not acceptable here, 5 when there is none.`,
		Example: "  " + a.Program + " status\n  " + a.Program + " status --json",
		Args:    Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			p, o, err := a.License()
			if err != nil {
				return err
			}
			return a.showStatus(p, dtlic.Stored(p, o))
		},
	}
}

// showStatus shows a license's status; its failure is the command's.
func (a *App) showStatus(p dtlic.Product, s dtlic.StoredStatus) error {
	if err := a.printStatus(p, s); err != nil {
		return err
	}
	return Shown(s.Err)
}

func (a *App) printStatus(p dtlic.Product, s dtlic.StoredStatus) error {
	s = openStatus(s)
	if a.Styled() {
		if s.Err != nil {
			s.Err = asShown(s.Err)
		}
		var b strings.Builder
		if err := ui.Card(&b, a.Theme(), a.Width, ui.CardFromStatus(p, s, a.Now(), a.Location)); err != nil {
			return err
		}
		return a.Print(b.String())
	}
	d, err := StatusDocument(&s.Status)
	if err != nil {
		return err
	}
	d = append(d, Field{"path", OrNil(s.Source.Path)}, Field{"variable", OrNil(s.Source.Variable)},
		Field{"activated_at", OrNil(Timestamp(s.ActivatedAt))}, Field{"support", p.Support})
	return a.PrintDocument(d)
}
