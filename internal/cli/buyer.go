package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/keys"
)

// Buyer makes the buyer's program. A build that is not safe to run answers
// nothing but help and version.
func Buyer(env Env) (*App, *cobra.Command) {
	a := &App{Env: env, Resolve: func() (dtlic.Product, bool, error) { return BuiltIn(env.Getenv) }}
	p, _, err := a.Resolve()
	a.Program = p.Program
	root := a.NewRoot("Activate and look after the license of "+p.Title,
		"Activate and look after the license of "+p.Title+" on this machine.\n\nHelp: "+p.Support)
	if err != nil {
		refuse := root.PersistentPreRunE
		root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
			if cmd.Name() == "version" {
				return refuse(cmd, args)
			}
			return err
		}
	}
	a.AddBuyerCommands(root)
	root.RunE = func(_ *cobra.Command, args []string) error { return a.withoutCommand(root, args) }
	return a, root
}

// BuiltIn resolves to the product that this build carries.
func BuiltIn(getenv func(string) string) (dtlic.Product, bool, error) {
	p, err := keys.BuiltIn(getenv("DATATOOLS_LICENSE_PUBKEY"))
	return p, keys.BuildChannel() == keys.Development, err
}

// AddBuyerCommands adds what a buyer needs.
func (a *App) AddBuyerCommands(root *cobra.Command) {
	root.AddCommand(a.activateCommand(), a.statusCommand(), a.renewCommand(), a.deactivateCommand(), a.reportCommand())
}

// withoutCommand is what a double-click, a file dragged onto the program, or a
// license pasted behind its name mean.
func (a *App) withoutCommand(root *cobra.Command, args []string) error {
	if len(args) > 0 {
		if strings.Contains(args[0], "DTLIC") || a.isFile(args[0]) {
			return a.activate(args, dtlic.Holder{})
		}
		return UsageHint(a.Program+" --help", "unknown command %q", args[0])
	}
	if !a.Interactive() {
		return root.Help()
	}
	p, o, err := a.License()
	if err != nil {
		return err
	}
	if s := dtlic.Stored(p, o); dtlic.CodeOf(s.Err) != dtlic.CodeNotActivated {
		return a.showStatus(p, s)
	}
	return a.activate(nil, dtlic.Holder{})
}

func (a *App) isFile(path string) bool {
	info, err := a.Disk.Stat(path)
	return err == nil && !info.IsDir()
}
