package cli

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/keys"
)

func (a *App) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print version, commit, channel and trusted key IDs",
		Example: "  " + a.Program + " version --json",
		Args:    Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.version() },
	}
}

func (a *App) version() error {
	release, commit := keys.Version()
	d := Document{
		{"program", a.Program},
		{"version", release},
		{"commit", commit},
		{"go", runtime.Version()},
		{"platform", runtime.GOOS + "/" + runtime.GOARCH},
		{"channel", string(keys.BuildChannel())},
	}
	p, _, err := a.Resolve()
	if a.Unsafe != nil {
		err = a.Unsafe // it names what whoever runs this can do
	}
	ids := KeyIDs(&p)
	if err == nil {
		d = append(d, Field{"product", p.Name})
	}
	d = append(d, Field{"trusted_key_ids", ids})
	if err != nil && dtlic.CodeOf(err) != CodeNotFound { // a toolkit may have no product yet
		d = append(d, Field{"error", ErrorValue(err)})
	}
	if a.asJSON || !a.Styled() {
		return a.PrintDocument(d)
	}
	if commit != "" {
		commit = ", commit " + commit[:min(len(commit), 12)]
	}
	text := fmt.Sprintf("%s %s (%s channel%s, %s, %s/%s)\n",
		a.Program, release, keys.BuildChannel(), commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if err == nil {
		text += fmt.Sprintf("product %s, trusts %s\n", p.Name, strings.Join(ids, ", "))
	}
	return a.Print(text)
}

// KeyIDs are the IDs of a product's issuing keys.
func KeyIDs(p *dtlic.Product) []string {
	ids := []string{}
	for _, k := range p.Keys {
		if k.Role == dtlic.RoleIssuing {
			ids = append(ids, k.PublicKey.ID())
		}
	}
	return ids
}
