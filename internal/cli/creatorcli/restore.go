package creatorcli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
)

const restoreLong = `Bring back what dtlic backup wrote. Nothing that is there is removed or replaced.

The whole backup is read and checked before anything is changed. Then the files that
are missing in the creator's directory, ~/.PRODUCT-creator, are put there. Licenses
that the log lacks are added at its end, and revocations likewise. A file that is
there and differs stays; the backup's is laid beside it, as
product.json.from-backup-DATE. A backup with another signing key than the one that is
there is refused.

A restore that was interrupted is made complete by running it again.`

// restoreFlags say how a backup is opened, and whether it is only to be looked at.
type restoreFlags struct {
	keys   identityFlags
	dryRun bool
}

func (a *app) restoreCommand() *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use:     "restore FILE",
		Short:   "Bring back what a backup has",
		Long:    restoreLong,
		Example: "  dtlic restore notes.age --dry-run\n  dtlic restore notes.age --identity key.txt",
		Args:    cli.OneArg("the backup's file"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.restore(args[0], f) },
	}
	f.keys.add(cmd)
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "only tell what would be done")
	return cmd
}

func (a *app) restore(path string, f restoreFlags) error {
	if a.Home == "" {
		return noHome("the creator's directory is not known")
	}
	file, size, err := a.openBackup(path)
	if err != nil {
		return cli.IO("cannot read the backup", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	ids, err := a.identities(io.NewSectionReader(file, 0, size), f.keys)
	if err != nil {
		return openFailure(path, err)
	}
	archive, err := backup.Open(a.Context(), file, size, ids)
	if err != nil {
		return openFailure(path, err)
	}
	r := restoration{app: a, archive: archive, path: path, place: a.home.Place(archive.Product)}
	if !f.dryRun {
		// What is decided now must still be right when it is done.
		unlock, err := a.home.Lock(a.Context())
		if err != nil {
			return r.failure(nothingRestored, err)
		}
		defer unlock()
	}
	if err := r.plan(); err != nil {
		return r.failure(nothingRestored, err)
	}
	run := r.apply
	if f.dryRun {
		run = r.foresee
	}
	if err := run(); err != nil {
		return r.failure("the backup was not restored whole", err)
	}
	return r.show(f.dryRun)
}

const nothingRestored = "the backup was not restored, and nothing was changed"

// openFailure says why a backup cannot be opened.
func openFailure(path string, err error) error {
	own := (*dtlic.Error)(nil)
	what := fmt.Sprintf("cannot open the backup %q", path)
	switch {
	case errors.As(err, &own), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, backup.ErrNoMatch):
		return cli.Fail(dtlic.CodeIO, what, "the passphrase or key is not the one that it was made with", "")
	case errors.Is(err, backup.ErrDamaged):
		return cli.Fail(cli.CodeBadRecord, what, err.Error(), "take another copy of it; nothing was changed")
	case errors.Is(err, backup.ErrNotAge), errors.Is(err, backup.ErrForeign), errors.Is(err, backup.ErrNewer):
		return cli.Fail(cli.CodeBadRecord, what, err.Error(), "")
	}
	return cli.IO(what, err)
}

// restoration is one run of restore.
type restoration struct {
	*app
	archive *backup.Archive
	path    string // the backup's
	place   creator.Place
	product dtlic.Product // as far as it is known: here, else in the backup
	steps   []step
	merged  ledger.Merged // the log, and the backup's
}

// failure says why a restore did not come to its end, and what of it was done.
func (r *restoration) failure(what string, err error) error {
	own := (*dtlic.Error)(nil)
	line := (*journal.LineError)(nil)
	again := "run it again: it goes on where it ended"
	switch {
	case errors.As(err, &own), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &line):
		// Lines are judged before anything is changed, and so is what stands in a log's
		// place.
		return cli.Fail(cli.CodeBadRecord, nothingRestored, inOneLine(err), repairHint(&r.product, line.Path, nil))
	case errors.Is(err, journal.ErrRefused):
		return cli.Fail(dtlic.CodeIO, nothingRestored, err.Error(), "")
	}
	return cli.Fail(codeOf(err), what, err.Error(), again)
}

// show tells what was done, or would be.
func (r *restoration) show(dry bool) error {
	did := "restored"
	if dry {
		did = "would restore"
	}
	r.Say("%s product %q from the backup of %s into %q", did, r.archive.Product, cli.Timestamp(r.archive.MadeAt), r.place.Dir)
	var steps []cli.Document
	for _, s := range r.steps {
		r.Say("%s", s.words(dry))
		if s.tooLong > 0 {
			r.Warn("the backup's %s has %s too long for a record, which stay there", s.name, counted(s.tooLong, "line"))
		}
		steps = append(steps, s.document())
	}
	r.warnOfMerge(&r.merged)
	if !dry {
		r.advise()
	}
	if !r.JSON() {
		return nil
	}
	return r.PrintJSON(append(cli.Document{
		{Name: "product", Value: r.archive.Product},
		{Name: "made_at", Value: cli.Timestamp(r.archive.MadeAt)},
		{Name: "directory", Value: r.place.Dir},
		{Name: "dry_run", Value: dry},
		{Name: "files", Value: steps},
	}, conflictsDocument(&r.merged)...))
}

// advise tells what is to be done next.
func (r *restoration) advise() {
	if there, _ := r.place.Exists(r.place.SpareFile()); there {
		r.Warn("spare.env lies beside the signing key: move it to a safe place that is not this computer")
	}
	private, err := r.privateKey(&r.product)
	switch {
	case err != nil:
		r.Warn("%s", err)
	case private == nil:
		r.Warn("there is no signing key, so nothing can be minted: %s", r.lostKeyHint(&r.product))
	default:
		if public, err := publicOf(private); err == nil && len(r.product.Keys) > 0 && !trusts(&r.product, public.ID()) {
			r.Warn("product %q does not trust the signing key %s: no app will take what it signs", r.product.Name, public.ID())
			if path := r.trusting(public.ID()); path != "" {
				r.Hint("the backup's product file does: dtlic product edit --from " + here.word(path))
			}
		}
	}
	r.Say("%s", r.ofThisProduct("next: dtlic log check"))
}

// trusting is where the backup's product file was laid beside the one that is there,
// "" where it was not or does not trust a key.
func (r *restoration) trusting(keyID string) string {
	for _, s := range r.steps {
		if s.name != productJSON || s.action != actionBeside {
			continue
		}
		if p, err := r.archivedProduct(); err == nil && p != nil && trusts(p, keyID) {
			return s.path
		}
	}
	return ""
}
