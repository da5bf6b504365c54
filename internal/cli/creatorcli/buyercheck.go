package creatorcli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/codesign"
	"github.com/dtlic/dtlic/internal/slot"
	"github.com/dtlic/dtlic/internal/stamp"
	"github.com/dtlic/dtlic/internal/ui"
	"github.com/dtlic/dtlic/keys"
)

func (a *app) buyerCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Read a buyer's program back: product, keys, version, platform",
		Long: `Read a program back that buyer build made, also after it was signed: whose it
is, which keys it trusts, its version and platform. It is read, never run.

Exit code 0: it holds a product that buyers can be given. 6: its slot is empty,
as that of a template and of a build with its keys baked in, or it trusts what no
buyer may get. 1: it is something else, or damaged.

Of a signature for macOS it says whether the program is still what was signed,
and what nobody can tell without a Mac: who signed it.`,
		Example: "  dtlic buyer check programs/darwin_arm64/notes-license",
		Args:    cli.OneArg("the file of the program"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.buyerCheck(args[0]) },
	}
}

func (a *app) buyerCheck(path string) error {
	v, err := a.readBuyers(path)
	if err != nil {
		return err
	}
	a.compareWithMine(&v.product)
	if s := &v.program.Signature; s.AppleSilicon && s.Kind == codesign.Unsigned {
		a.Warn("it has no signature at all, and no Mac with Apple's chips starts it: sign it")
	}
	if !a.Styled() {
		return a.PrintDocument(v.document())
	}
	return a.printSheet(v.product.Title, v.sheet())
}

// readBuyers reads a buyer's program, and refuses what buyers may not get.
func (a *app) readBuyers(path string) (v programView, err error) {
	const anew = "make it anew with: dtlic buyer build"
	v.program, err = stamp.Read(a.Disk, path)
	switch {
	case errors.Is(err, slot.ErrEmpty):
		return v, cli.Fail(dtlic.CodeUnsafeBuild, "there is no product in this program",
			"its slot is empty: it is a template, or a build with its keys baked in", "put your product into a template with: dtlic buyer build")
	case errors.Is(err, stamp.ErrUnfit) && v.program.Product == nil, errors.Is(err, codesign.ErrForm):
		return v, cli.Fail(cli.CodeBadRecord, "this is no buyer's program", err.Error(), "dtlic buyer build --help")
	case errors.Is(err, stamp.ErrUnfit):
		return v, cli.Fail(cli.CodeBadRecord, "this program was changed after it was signed", err.Error(), anew)
	case err != nil:
		return v, cli.IO("cannot read the program", err)
	}
	if v.product, err = parseProduct(v.program.Product); err != nil {
		return v, cli.Fail(dtlic.CodeUnsafeBuild, "the product file in this program cannot be used", err.Error(), anew)
	}
	return v, unlessSafe(&v.product, "this program may not be given to buyers",
		"make it anew, with keys of your own: dtlic init, then dtlic buyer build")
}

// programView is what is shown of a buyer's program.
type programView struct {
	program stamp.Program
	product dtlic.Product
}

// document has keys and key_ids as product show has them, and trusted_key_ids as
// version has them.
func (v *programView) document() cli.Document {
	p := &v.product
	var trusted []cli.Document
	for _, k := range p.Keys {
		trusted = append(trusted, cli.Document{{Name: "public_key", Value: k.PublicKey.String()}, {Name: "role", Value: string(k.Role)}})
	}
	return cli.Document{
		{Name: "program", Value: p.Program},
		{Name: "product", Value: p.Name},
		{Name: "title", Value: p.Title},
		{Name: "support", Value: p.Support},
		{Name: "trusted_key_ids", Value: cli.KeyIDs(p)},
		{Name: "keys", Value: trusted},
		{Name: "key_ids", Value: allKeyIDs(p)},
		{Name: "env_prefix", Value: p.EnvPrefix},
		{Name: "directory", Value: p.Directory},
		{Name: "version", Value: cli.OrNil(v.program.Version)},
		{Name: "platform", Value: cli.OrNil(v.program.Platform)},
		{Name: "signature", Value: v.signatureDocument()},
	}
}

// signatureKinds are the kinds of signatures in documents.
var signatureKinds = map[codesign.Kind]string{codesign.Unsigned: "unsigned", codesign.AdHoc: "ad_hoc", codesign.Signed: "signed"}

// signatureDocument is how a Mach-O is signed; nil for other files.
func (v *programView) signatureDocument() any {
	s := &v.program.Signature
	if s.Kind == codesign.NotMachO {
		return nil
	}
	return cli.Document{
		{Name: "kind", Value: signatureKinds[s.Kind]},
		{Name: "identifier", Value: cli.OrNil(s.Identifier)},
		{Name: "team_id", Value: cli.OrNil(v.team())},
		{Name: "cd_hash", Value: cli.OrNil(s.CDHash)},
		{Name: "pages", Value: s.Pages},
		{Name: "unchecked", Value: v.unchecked()},
	}
}

// team is the team that a signature names; an ad-hoc one is nobody's, whatever it
// says.
func (v *programView) team() string {
	if v.program.Signature.Kind != codesign.Signed {
		return ""
	}
	return v.program.Signature.TeamID
}

// unchecked is what the signature leaves open.
func (v *programView) unchecked() []string {
	list := v.program.Signature.Unchecked
	if team := v.team(); team != "" {
		list = append(slices.Clone(list), "whether it is of team "+team+", as it says")
	}
	return list
}

func (v *programView) sheet() [][]ui.SheetRow {
	p := &v.product
	return [][]ui.SheetRow{
		{sheetRow("Program", p.Program), sheetRow("Product", p.Name), sheetRow("Support", p.Support)},
		{sheetRow("Trusted keys", keyLines(p, "", "")...)},
		{
			sheetRow("Version", v.program.Version), sheetRow("Platform", v.program.Platform),
			sheetRow("Signature", v.signatureLines()...), sheetRow("Not checked", v.unchecked()...),
		},
	}
}

// signatureLines are a signature in words; none for what is no Mach-O.
func (v *programView) signatureLines() []string {
	s := &v.program.Signature
	switch s.Kind {
	case codesign.NotMachO:
		return nil
	case codesign.Unsigned:
		return []string{s.Kind.String()}
	}
	lines := []string{fmt.Sprintf("%s, %s, as %s", s.Kind, counted(s.Pages, "page"), s.Identifier)}
	if team := v.team(); team != "" {
		lines = append(lines, "says it is of team "+team+", which is not checked here")
	}
	return append(lines, "CDHash "+s.CDHash)
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
