package cli

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/keys"
)

func (a *App) reportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "report",
		Short: "Print a block to paste into a mail to the seller",
		Long: `Print a block to paste into a mail to the seller: what runs here, what it
trusts, and how the license stands. It holds no secret and not the license itself.`,
		Example: "  " + a.Program + " report",
		Args:    Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.report() },
	}
}

func (a *App) report() error {
	p, o, err := a.License()
	if err != nil {
		return err
	}
	s := openStatus(dtlic.Stored(p, o))
	var licenseKey, keyID any
	if s.License.LicenseKey != "" {
		licenseKey, keyID = s.License.LicenseKey, s.License.KeyID()
	}
	release, commit := keys.Version()
	now := a.Now()
	return a.PrintDocument(Document{
		{"program", a.Program},
		{"version", release},
		{"commit", OrNil(commit)},
		{"channel", string(keys.BuildChannel())},
		{"product", p.Name},
		{"support", p.Support},
		{"trusted_key_ids", KeyIDs(&p)},
		{"license_key", licenseKey},
		{"key_id", keyID},
		{"path", OrNil(s.Source.Path)},
		{"variable", OrNil(s.Source.Variable)},
		{"state", string(s.State)},
		{"error", ErrorValue(s.Err)},
		{"clock", Timestamp(now)},
		{"zone", now.In(a.Location).Format("MST -07:00")},
		{"os", runtime.GOOS + "/" + runtime.GOARCH},
	})
}
