package creatorcli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
)

const mergeLong = `Add the licenses of other issuance logs of this product that are not in the log,
such as those that you minted on another computer, and what is revoked there.

Each license is in the log once, byte for byte as it stood. What does not fit
together (one license key for two holders, or renewed on both computers) is
added all the same, and listed. A file with a line that is no record of this
product is refused, and nothing is changed.`

func (a *app) logMergeCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:     "merge FILE…",
		Short:   "Add the licenses of another computer's log",
		Long:    mergeLong,
		Example: "  dtlic log merge /media/laptop/issued.jsonl\n  dtlic log merge --dry-run laptop.jsonl",
		Args:    someFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			return a.takeOver(args, taking{verb: "merge", dryRun: dryRun, revocations: true, check: func(p *dtlic.Product) (checkRecord, error) {
				return ofProduct(p, "merge"), nil
			}})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be added, and add nothing")
	return cmd
}

// someFiles wants at least one file.
func someFiles(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return cli.UsageHint(cmd.CommandPath()+" --help", "the file of the other log is missing")
	case len(args) > ledger.MaxMerged:
		return cli.Usage("%d files are too many at once: at most %d", len(args), ledger.MaxMerged)
	}
	for _, arg := range args {
		if arg == "-" {
			return cli.UsageHint(cmd.CommandPath()+" --help", "a log is read from a file, not from standard input")
		}
	}
	return nil
}

// checkRecord says why a record is not taken over.
type checkRecord func(r *ledger.Record) error

// taking is how licenses of other logs are taken over.
type taking struct {
	verb            string // merge or import
	dryRun, foreign bool
	revocations     bool // with what is revoked there
	check           func(p *dtlic.Product) (checkRecord, error)
}

// taken is what came of it.
type taken struct {
	ledger.Merged
	log         string
	dryRun      bool
	revocations int
}

// notTaken is why a record is not taken over, and what to do about the file that it
// stands in.
type notTaken struct {
	error
	hint func(file string) string
}

// ofProduct refuses records of other products; verb is for the hint. Those that do
// not name one, as of the Python predecessor, are judged by their license.
func ofProduct(p *dtlic.Product, verb string) checkRecord {
	return func(r *ledger.Record) error {
		product := r.Product
		if product == "" {
			for _, m := range envelope.ReadFragment(envelope.License, r.Blob).Members {
				if m.Name == "product" {
					product = m.Value.Text
				}
			}
		}
		if product != "" && product != p.Name {
			return notTaken{
				fmt.Errorf("it is of product %q, not %q", product, p.Name),
				func(file string) string {
					return "name the product that the log is of: dtlic --product " + here.word(product) + " log " + verb + " " + here.word(file)
				},
			}
		}
		return nil
	}
}

// takeOver adds the licenses of other logs to the product's.
func (a *app) takeOver(files []string, how taking) error {
	p, err := a.Product()
	if err != nil {
		return err
	}
	check, err := how.check(&p)
	if err != nil {
		return err
	}
	log, err := a.ledger(&p)
	if err != nil {
		return err
	}
	done := taken{log: log.Path(), dryRun: how.dryRun}
	failed := func(err error) error { return a.takeOverFailure(err, &done, how.verb, &p, files) }
	what := ledger.Merging{Check: check, Foreign: how.foreign, DryRun: how.dryRun}
	acts := ledger.MergingActs{DryRun: how.dryRun}
	for _, file := range files {
		other, err := a.otherLog(log, file)
		if err != nil {
			return failed(err)
		}
		if other == nil {
			continue
		}
		snapshot, err := other.Snapshot()
		if err != nil {
			return failed(err)
		}
		defer snapshot.Close()
		what.Others = append(what.Others, snapshot)
		if !how.revocations {
			continue
		}
		revoked, err := other.Revocations().Snapshot()
		if err != nil {
			return failed(err)
		}
		defer revoked.Close()
		acts.Others = append(acts.Others, revoked.View)
	}
	var revoked ledger.MergedActs
	done.Merged, revoked, err = a.mergeLogs(log, what, acts)
	if done.revocations = revoked.Added; err != nil {
		return failed(err)
	}
	return a.showTaken(&done)
}

// mergeLogs merges others into a log and what is revoked. After an error what is
// revoked may have been merged, which acts tells.
func (a *app) mergeLogs(log *ledger.Ledger, what ledger.Merging, revoked ledger.MergingActs) (done ledger.Merged, acts ledger.MergedActs, err error) {
	// A license must not be there for a moment without its revocation.
	what.Before = func() (err error) {
		acts, err = log.Revocations().Merge(a.Context(), revoked)
		return err
	}
	done, err = log.Merge(a.Context(), what)
	return done, acts, err
}

// otherLog is another log; nil for the log itself.
func (a *app) otherLog(log *ledger.Ledger, file string) (*ledger.Ledger, error) {
	info, err := a.Disk.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Fail(cli.CodeNotFound, fmt.Sprintf("there is no file %q", file), "", "")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at %q: %w", file, fsys.Reason(err))
	}
	if own, err := a.Disk.Stat(log.Path()); err == nil && os.SameFile(info, own) {
		a.Say("%q is the log itself: there is nothing to do", file)
		return nil, nil
	}
	return ledger.New(journal.Journal{FS: a.Disk, Path: file, Now: a.Now, Warn: a.warnText}), nil
}

// takeOverFailure tells why nothing was taken over, or what of it was.
func (a *app) takeOverFailure(err error, done *taken, verb string, p *dtlic.Product, files []string) error {
	what, hint := "nothing was "+strings.TrimSuffix(verb, "e")+"ed", ""
	if done.revocations > 0 && !done.dryRun {
		// They are written first, and were by now.
		what, hint = "the revocations were taken over, the licenses were not", "run it again"
	}
	var own *dtlic.Error
	var line *journal.LineError
	var record *ledger.RefusedError
	var refused notTaken
	switch {
	case errors.Is(err, context.Canceled):
		if hint != "" {
			a.Warn("%s; %s", what, hint)
		}
		return err
	case errors.As(err, &record) && errors.As(record, &refused):
		return cli.Fail(cli.CodeBadRecord, what, inOneLine(err), refused.hint(record.Path))
	case errors.As(err, &line):
		return cli.Fail(cli.CodeBadRecord, what, inOneLine(err), repairHint(p, line.Path, files))
	case errors.As(err, &own):
		return err
	case isHeld(err):
		return cli.Fail(cli.CodeLocked, what+": the issuance log cannot be locked", err.Error(), hint)
	}
	return cli.Fail(codeOf(err), what, err.Error(), hint)
}

// repairHint says how the log that has a damaged line, or has it in its
// revocations, is repaired.
func repairHint(p *dtlic.Product, path string, files []string) string {
	for _, file := range files {
		if path == file || path == ledger.RevocationsPath(file) {
			return here.withVariable(logVariable(p), file, "dtlic log repair")
		}
	}
	return "dtlic log repair" // it is the log itself
}

// inOneLine joins the lines of an error about several things.
func inOneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// warnOfMerge tells what a person should look at after a merge.
func (a *app) warnOfMerge(done *ledger.Merged) {
	if done.Damaged != nil {
		a.Warn("the log has lines that cannot be read, and keeps them: %s", inOneLine(done.Damaged))
		a.Hint(checkHint)
	}
	for _, other := range done.Others {
		if other.Torn > 0 {
			are := "are"
			if other.Torn == 1 {
				are = "is"
			}
			a.Warn("the last line of %q is unfinished, as after a power loss: %s of it %s not taken over", other.Path, counted(int(other.Torn), "byte"), are)
		}
	}
	for _, c := range done.Conflicts {
		a.Warn("%s", conflictSentence(&c))
	}
	if more := done.ConflictCount - len(done.Conflicts); more > 0 {
		a.Warn("and %s more", counted(more, "conflict"))
	}
}

// showTaken tells what was taken over.
func (a *app) showTaken(done *taken) error {
	a.warnOfMerge(&done.Merged)
	if a.Styled() {
		would := ""
		if done.dryRun {
			would = "would be "
		}
		a.Say("%s %sadded to %q, %s there already, %s", counted(done.Added, "license"), would, done.log,
			counted(done.Duplicates, "line"), counted(done.ConflictCount, "conflict"))
		if done.revocations > 0 {
			a.Say("%s of what is revoked %sadded", counted(done.revocations, "line"), would)
		}
		return nil
	}
	return a.PrintDocument(done.document())
}

func conflictSentence(c *ledger.Conflict) string {
	first, second := c.Lines[0], c.Lines[1]
	where := fmt.Sprintf("line %d of %q, line %d of %q", first.Line, first.Path, second.Line, second.Path)
	switch c.Kind {
	case ledger.OtherHolder:
		return fmt.Sprintf("license key %q has different holders: %s", c.LicenseKey, where)
	case ledger.BothRunning:
		return fmt.Sprintf("license key %q was issued on both sides, and neither license replaces the other: %s", c.LicenseKey, where)
	default:
		return fmt.Sprintf("one license of %q is recorded in two ways, and the first is kept: %s", c.LicenseKey, where)
	}
}

func (t *taken) document() cli.Document {
	files := []cli.Document{}
	for _, other := range t.Others {
		files = append(files, cli.Document{
			{Name: "path", Value: other.Path},
			{Name: "records", Value: other.Records},
			{Name: "added", Value: other.Added},
			{Name: "torn_bytes", Value: other.Torn},
		})
	}
	return append(cli.Document{
		{Name: "log", Value: t.log},
		{Name: "dry_run", Value: t.dryRun},
		{Name: "added", Value: t.Added},
		{Name: "duplicates", Value: t.Duplicates},
		{Name: "revocations", Value: t.revocations},
		{Name: "files", Value: files},
	}, conflictsDocument(&t.Merged)...)
}

// conflictsDocument is what a document has of a merge's conflicts.
func conflictsDocument(m *ledger.Merged) cli.Document {
	conflicts := []cli.Document{}
	for _, c := range m.Conflicts {
		var lines []cli.Document
		for _, l := range c.Lines {
			lines = append(lines, cli.Document{{Name: "path", Value: l.Path}, {Name: "line", Value: l.Line}})
		}
		conflicts = append(conflicts, cli.Document{
			{Name: "kind", Value: string(c.Kind)}, {Name: "license_key", Value: c.LicenseKey}, {Name: "lines", Value: lines},
		})
	}
	return cli.Document{{Name: "conflict_count", Value: m.ConflictCount}, {Name: "conflicts", Value: conflicts}}
}
