package creatorcli

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/stamp"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/keys"
)

// buildFlags are the flags of buyer build.
type buildFlags struct {
	platforms         []string
	output, templates string
}

func (a *app) buyerBuildCommand() *cobra.Command {
	var f buildFlags
	cmd := &cobra.Command{
		Use:   "build -o DIR",
		Short: "Make your buyers' program for every platform",
		Long: `Make your buyers' program, for every platform or those that --platform names:
DIR/OS_ARCH/PROGRAM, with .exe behind it on Windows. It carries your product
file, trusts the keys in it and nothing else, and calls itself by your name.
Programs of an earlier run are replaced, none of them before all new ones are
written in full; any other file in their place is left alone.

Sign and notarize the programs afterwards, where you do that: stamping changes
what a signature covers. Those for Macs with Apple's chips are signed ad hoc
already, without which they would not start there.

The templates lie beside dtlic, where its release archive has them.`,
		Example: "  dtlic buyer build -o programs\n" +
			"  dtlic buyer build --platform linux/amd64 --platform windows/amd64 -o programs",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return a.buyerBuild(f) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.platforms, "platform", nil, "a platform, like windows/amd64 (default: all there are templates for)")
	flags.StringVarP(&f.output, "output", "o", "", "the folder that the programs are written into")
	flags.StringVar(&f.templates, "templates", "", "the folder of the templates (default: beside dtlic)")
	_ = cmd.RegisterFlagCompletionFunc("platform", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		folder, err := a.openTemplates(f.templates)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return folder.Platforms(), cobra.ShellCompDirectiveNoFileComp
	})
	_ = cmd.MarkFlagDirname("output")
	_ = cmd.MarkFlagDirname("templates")
	return cmd
}

// built is one program that was made.
type built struct {
	platform string
	store.Output
}

func (a *app) buyerBuild(f buildFlags) error {
	if f.output == "" {
		return cli.UsageHint("dtlic buyer build -o programs", "the folder for the programs is missing")
	}
	p, _, err := a.Resolve()
	if err != nil {
		return err
	}
	product, err := a.shippable(&p)
	if err != nil {
		return err
	}
	folder, err := a.openTemplates(f.templates)
	if err != nil {
		return err
	}
	programs, err := a.stampAll(folder, f, p.Program, product)
	if err != nil {
		return err
	}
	files := make([]store.Output, len(programs))
	for i, b := range programs {
		if err := a.mayReplace(b.Path, &p); err != nil {
			return err
		}
		files[i] = b.Output
	}
	if err := store.WriteSet(a.Disk, files, 0o755, 0o755); err != nil {
		return cli.IO("cannot write the programs", err)
	}
	return a.showBuilt(&p, programs)
}

// shippable is the product file that goes into a program: of a product whose
// keys a buyer may trust.
func (a *app) shippable(p *dtlic.Product) ([]byte, error) {
	err := unlessSafe(p, fmt.Sprintf("product %q cannot be given to buyers", p.Name), "make a product with keys of your own: dtlic init")
	if err != nil {
		return nil, err
	}
	product, err := p.File()
	if err != nil {
		return nil, cli.Fail(cli.CodeBadRecord, "the product file cannot be used", err.Error(), "dtlic product check")
	}
	for _, f := range a.findings(p) {
		a.Warn("%s", f.text)
	}
	return product, nil
}

// openTemplates opens the first folder of templates that is there. A development
// build takes templates of any release.
func (a *app) openTemplates(named string) (*stamp.Folder, error) {
	dirs, err := a.templateFolders(named)
	if err != nil {
		return nil, err
	}
	want := stamp.Release{ListSum: keys.Templates()}
	if keys.BuildChannel() != keys.Development {
		want.Version, _ = keys.Version()
		if want.ListSum == "" {
			a.Warn("this dtlic was built without the checksum of its templates, so that they are taken as they are")
		}
	}
	for _, dir := range dirs {
		folder, err := stamp.Open(a.Disk, dir, want)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, templateFailure(err)
		}
		return folder, nil
	}
	return nil, cli.Fail(cli.CodeNotFound, "the templates of the buyer's program are not there",
		fmt.Sprintf("there is no %s in %s", stamp.ListFile, strings.Join(quoted(dirs), " or ")),
		"name the folder of the release archive with --templates DIR; in a checkout, make toolkit lays it out in dist/toolkit")
}

// templateFailure tells templates that are not as they were released from those
// that cannot be read.
func templateFailure(err error) error {
	if errors.Is(err, stamp.ErrUnfit) {
		return cli.Fail(cli.CodeBadRecord, "the templates cannot be used", err.Error(),
			"take dtlic and its templates from one release archive, unchanged")
	}
	return cli.IO("cannot read the templates", err)
}

func quoted(list []string) (texts []string) {
	for _, text := range list {
		texts = append(texts, strconv.Quote(text))
	}
	return texts
}

// stampAll makes the programs, in memory.
func (a *app) stampAll(folder *stamp.Folder, f buildFlags, name string, product []byte) (programs []built, err error) {
	platforms := folder.Platforms()
	if len(f.platforms) > 0 {
		platforms = f.platforms
	}
	for i, platform := range platforms {
		if slices.Contains(platforms[:i], platform) {
			continue
		}
		image, err := folder.Stamp(platform, product)
		if errors.Is(err, stamp.ErrPlatform) {
			return nil, cli.UsageHint("dtlic buyer build -o "+here.word(f.output)+" --platform "+folder.Platforms()[0],
				"there is no template for platform %q; there are: %s", platform, strings.Join(folder.Platforms(), ", "))
		}
		if err != nil {
			return nil, templateFailure(err)
		}
		path := filepath.Join(f.output, strings.ReplaceAll(platform, "/", "_"), stamp.ProgramFile(name, platform))
		programs = append(programs, built{platform, store.Output{Path: path, Data: image}})
	}
	return programs, nil
}

// mayReplace refuses to write over what an earlier run for this product has not
// made.
func (a *app) mayReplace(path string, p *dtlic.Product) error {
	info, err := a.Disk.Lstat(path)
	if err != nil {
		return nil // nothing is there, or the writer says more about it
	}
	taken := func(what string) error {
		return cli.Fail(dtlic.CodeIO, "cannot write the programs", fmt.Sprintf("%q is there, and is %s", path, what),
			"choose another folder, or remove that file")
	}
	if !info.Mode().IsRegular() {
		return taken(fsys.Describe(info.Mode()))
	}
	former, err := stamp.Peek(a.Disk, path)
	if err != nil || former.Platform == "" {
		return taken("no program that buyer build made")
	}
	if of, err := dtlic.ParseProduct(former.Product); err == nil && of.Name != p.Name {
		return taken(fmt.Sprintf("the program of product %q", of.Name))
	}
	return nil
}

func (a *app) showBuilt(p *dtlic.Product, programs []built) error {
	a.Say("%s carries product %q, trusts %s, and sends buyers to %s", p.Program, p.Name, strings.Join(cli.KeyIDs(p), ", "), p.Support)
	a.Say("sign and notarize it now, where you do that: a signature comes after the stamp")
	if a.Styled() {
		var rows [][]string
		for _, b := range programs {
			rows = append(rows, []string{b.platform, b.Path})
		}
		return a.printRows([]string{"platform", "program"}, rows)
	}
	version, _ := keys.Version()
	list := make([]cli.Document, len(programs))
	rows := make([][]string, len(programs))
	for i, b := range programs {
		sum := fmt.Sprintf("%x", sha256.Sum256(b.Data))
		list[i] = cli.Document{
			{Name: "platform", Value: b.platform},
			{Name: "path", Value: b.Path},
			{Name: "sha256", Value: sum},
			{Name: "size", Value: int64(len(b.Data))},
		}
		rows[i] = []string{b.platform, b.Path, sum}
	}
	if a.JSON() {
		return a.PrintJSON(cli.Document{
			{Name: "program", Value: p.Program},
			{Name: "product", Value: p.Name},
			{Name: "version", Value: version},
			{Name: "programs", Value: list},
		})
	}
	return a.printRows(nil, rows)
}
