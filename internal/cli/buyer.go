package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/wording"
	"github.com/dtlic/dtlic/keys"
)

// Buyer makes the buyer's program. A build that is not safe to run answers
// nothing but help and version.
func Buyer(env Env) (*App, *cobra.Command) {
	p, development, err := BuiltIn(&env)
	a := &App{Env: env, Resolve: func() (dtlic.Product, bool, error) { return p, development, err }}
	a.Program = p.Program
	long := "Activate and look after the license of " + p.Title + " on this machine."
	if p.Support != "" {
		long += "\n\nHelp: " + p.Support
	}
	root := a.NewRoot("Activate and look after the license of "+p.Title, long)
	a.Unsafe = forBuyer(err, &p, env.Slot)
	a.AddBuyerCommands(root)
	root.RunE = func(_ *cobra.Command, args []string) error { return a.withoutCommand(root, args) }
	return a, root
}

// forBuyer gives an unsafe build the hint that its user needs: a buyer the
// seller's address, not how to build it; whoever runs a template is the seller.
func forBuyer(err error, p *dtlic.Product, slot string) error {
	var e *dtlic.Error
	if !errors.As(err, &e) || e.Code != dtlic.CodeUnsafeBuild {
		return err
	}
	if keys.IsTemplate(slot) {
		return Fail(e.Code, wording.Template, "", wording.TemplateHint)
	}
	what, hint := wording.Failure(string(e.Code), wording.Face{Program: p.Program, Support: p.Support})
	return Fail(e.Code, what, e.Why, hint)
}

// BuiltIn returns the product that this build carries, and whether it may trust
// the development key.
func BuiltIn(env *Env) (dtlic.Product, bool, error) {
	p, err := keys.BuiltIn(env.Slot, env.Getenv("DATATOOLS_LICENSE_PUBKEY"))
	if err != nil && dtlic.CodeOf(err) == "" {
		err = UsageHint("unset the variable, or give it the public keys that dtlic pubkey prints, with commas", "%s", err)
	}
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
		if a.isFile(args[0]) || holdsLicense(args[0]) {
			return a.activate(args, dtlic.Holder{}, wording.HolderOnCommand(a.Program))
		}
		return a.UnknownCommand(root, args[0])
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
	return a.activate(nil, dtlic.Holder{}, wording.HolderOnCommand(a.Program))
}

// UnknownCommand is the error about a first argument of cmd, a program or a
// command with others below it, that is no command there.
func (a *App) UnknownCommand(cmd *cobra.Command, arg string) error {
	cmd.SuggestionsMinimumDistance = 2
	hint := cmd.CommandPath() + " --help"
	if likely := cmd.SuggestionsFor(arg); len(likely) > 0 {
		hint = cmd.CommandPath() + " " + likely[0]
	}
	return UsageHint(hint, "unknown command %q", arg)
}

// Group makes cmd one that only has others below it: alone it prints its help.
func (a *App) Group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return a.UnknownCommand(cmd, args[0])
		}
		return nil
	}
	cmd.RunE = func(*cobra.Command, []string) error { return cmd.Help() }
	cmd.AddCommand(below...)
	return cmd
}

func (a *App) isFile(path string) bool {
	info, err := a.Disk.Stat(path)
	return err == nil && !info.IsDir()
}
