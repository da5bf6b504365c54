package creatorcli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
)

func (a *app) buyerCommand() *cobra.Command {
	return a.Group(&cobra.Command{
		Use:   "buyer",
		Short: "Make the program that your buyers get",
		Long: `Make the program that your buyers get: under your product's name, with your
keys and your support address in it, for every platform, without a compiler.

The program itself goes by your product's name, such as notes-license; only its
template is called dtlic-buyer.`,
		Example: "  dtlic buyer build -o programs\n  dtlic buyer check programs/linux_amd64/notes-license",
	}, a.buyerBuildCommand(), a.buyerCheckCommand())
}

// templateFolders are where templates are looked for: beside this program as in
// the release archive, and where system packages put them.
func (a *app) templateFolders(named string) ([]string, error) {
	if named != "" {
		return []string{named, filepath.Join(named, "templates")}, nil
	}
	self, err := a.Executable()
	if err != nil {
		return nil, cli.Fail(dtlic.CodeIO, "cannot tell where this program lies", err.Error(), "name the folder of the templates with --templates DIR")
	}
	dir := filepath.Dir(self)
	return []string{filepath.Join(dir, "templates"), filepath.Join(filepath.Dir(dir), "lib", "dtlic", "templates")}, nil
}
