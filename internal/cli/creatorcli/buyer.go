package creatorcli

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/codesign"
	"github.com/dtlic/dtlic/internal/slot"
	"github.com/dtlic/dtlic/internal/stamp"
	"github.com/dtlic/dtlic/keys"
)

func (a *app) buyerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "buyer",
		Short: "Make the program that your buyers get",
		Long: `Make the program that your buyers get: under your product's name, with your
keys and your support address in it, for every platform, without a compiler.`,
		Example: "  dtlic buyer build -o programs\n  dtlic buyer check programs/linux_amd64/notes-license",
		Args:    cli.Args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.buyerBuildCommand(), a.buyerCheckCommand())
	return cmd
}

func (a *app) buyerCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Read a buyer's program back: product, keys, version, platform",
		Long: `Read a program back that buyer build made, also after it was signed: whose it
is, which keys it trusts, its version and platform. It is read, never run.

Exit code 0: it holds a product that buyers can be given. 6: it is a template
that was not stamped, or trusts what no buyer may get. 1: it is something else,
or damaged.`,
		Example: "  dtlic buyer check programs/darwin_arm64/notes-license",
		Args:    cli.Args(cobra.ExactArgs(1)),
		RunE:    func(_ *cobra.Command, args []string) error { return a.buyerCheck(args[0]) },
	}
}

func (a *app) buyerCheck(path string) error {
	program, err := stamp.Read(a.Disk, path)
	switch {
	case errors.Is(err, slot.ErrEmpty):
		return cli.Fail(dtlic.CodeUnsafeBuild, "this is a template, without a product and without a key", "",
			"put your product into it with: dtlic buyer build")
	case errors.Is(err, stamp.ErrUnfit) && program.Product == nil, errors.Is(err, codesign.ErrForm):
		return cli.Fail(cli.CodeBadRecord, "this is no buyer's program", err.Error(), "dtlic buyer build --help")
	case errors.Is(err, stamp.ErrUnfit):
		return cli.Fail(cli.CodeBadRecord, "this program was changed after it was signed", err.Error(), "make it anew with: dtlic buyer build")
	case err != nil:
		return cli.IO("cannot read the program", err)
	}
	p, err := dtlic.ParseProduct(program.Product)
	if err != nil {
		return cli.Fail(dtlic.CodeUnsafeBuild, "the product file in this program cannot be used", err.Error(), "make it anew with: dtlic buyer build")
	}
	if err := dtlic.AssertProductionSafe(p); err != nil {
		return err
	}
	a.compareWithMine(&p)
	if s := &program.Signature; s.AppleSilicon && s.Kind == codesign.Unsigned {
		a.Warn("it has no signature at all, and no Mac with Apple's chips starts it: sign it")
	}
	var ids, public []string
	for _, k := range p.Keys {
		ids, public = append(ids, k.PublicKey.ID()), append(public, k.PublicKey.String())
	}
	return a.PrintDocument(cli.Document{
		{Name: "program", Value: p.Program},
		{Name: "product", Value: p.Name},
		{Name: "title", Value: p.Title},
		{Name: "support", Value: p.Support},
		{Name: "trusted_key_ids", Value: ids},
		{Name: "public_keys", Value: public},
		{Name: "env_prefix", Value: p.EnvPrefix},
		{Name: "directory", Value: p.Directory},
		{Name: "version", Value: cli.OrNil(program.Version)},
		{Name: "platform", Value: cli.OrNil(program.Platform)},
		{Name: "signature", Value: signatureWords(&program.Signature)},
	})
}

// signatureWords says how a Mach-O is signed; nil for other files.
func signatureWords(s *codesign.Signature) any {
	if s.Kind == codesign.NotMachO {
		return nil
	}
	if s.TeamID != "" {
		return s.Kind.String() + " by team " + s.TeamID
	}
	return s.Kind.String()
}

// compareWithMine warns where a program carries another state of the product
// than this creator's file: it was stamped before the last change.
func (a *app) compareWithMine(p *dtlic.Product) {
	if a.Home == "" || keys.BuildChannel() == keys.Product {
		return
	}
	mine, err := a.productOf(p.Name)
	if err != nil {
		return // a program can be looked at anywhere
	}
	here, err := mine.File()
	if err != nil {
		return
	}
	if there, err := p.File(); err == nil && string(there) != string(here) {
		a.Warn("the product file in it is not the one in %q: build it anew where that should reach your buyers", a.home.Place(p.Name).ProductFile())
	}
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
	if real, err := filepath.EvalSymlinks(self); err == nil {
		self = real // a package manager's link
	}
	dir := filepath.Dir(self)
	return []string{filepath.Join(dir, "templates"), filepath.Join(filepath.Dir(dir), "lib", "dtlic", "templates")}, nil
}
