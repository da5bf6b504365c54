package creatorcli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

const checkLong = `Look at every line of the issuance log, and of revoked.jsonl beside it: whether it
is a record, whether its license is genuine and says the same as the record, and
whether the records agree with each other. Nothing is changed.

Each finding has a line number, a class and words. Errors make the exit code 1;
notes are odd and no damage: a license of an older kind or under a key that is not
known here, which cannot be verified, a record older than the one above it.

Off a terminal, or with --plain, the findings are tab-separated values: line, class,
words, and error or note; a class of revoked.jsonl begins with revoked_. The first
thousand errors and the first thousand notes are listed; all are counted.`

func (a *app) logCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Check every line of the log and its license", Long: checkLong,
		Example: "  dtlic log check\n  dtlic log check --json | jq '.findings[] | select(.severity == \"error\")'",
		Args:    cli.Args(cobra.NoArgs), RunE: func(*cobra.Command, []string) error { return a.logCheck() },
	}
}

func (a *app) logCheck() error {
	log, judge, err := a.checkable()
	if err != nil {
		return err
	}
	p, err := a.Product()
	if err != nil {
		return err
	}
	exists, err := a.isThere(log, &p)
	if err != nil {
		return cli.IO("cannot read the issuance log", err)
	}
	tell, end := a.Progress("checking the issuance log")
	report, err := log.Check(a.Context(), judge, tell)
	end()
	if err != nil {
		return readFailure(err)
	}
	wrong := a.checkFailure(&report)
	if a.JSON() {
		if err := a.PrintJSON(checkDocument(log, exists, &report, wrong)); err != nil {
			return err
		}
		return cli.Shown(wrong)
	}
	if err := a.printFindings(report.Findings); err != nil {
		return err
	}
	if !exists {
		a.Say("there is no log at %q", log.Path())
	} else {
		a.Say("%s in %q: %s, %s, %s", counted(report.Lines, "line"), log.Path(),
			counted(report.Records, "record"), counted(report.Errors(), "error"), counted(report.Notes(), "note"))
	}
	if report.Revocations > 0 {
		a.Say("%s in %q", counted(report.Revocations, "line"), log.Revocations().Path())
	}
	if more := notListed(&report); more > 0 {
		a.Say("%s not listed", counted(more, "finding"))
	}
	return wrong
}

func notListed(r *ledger.Report) int { return r.Errors() + r.Notes() - len(r.Findings) }

// checkFailure says that something is wrong with the log, and what can be done.
func (a *app) checkFailure(r *ledger.Report) error {
	errors := r.Errors()
	if errors == 0 {
		return nil
	}
	mended, strictly := 0, 0
	for class, n := range r.Counts {
		switch {
		case class.IsNote():
		case class.IsMended():
			mended += n
		case class.IsMendedStrictly():
			strictly += n
		}
	}
	hint := "nothing but a person can tell which of the records are right: look at these lines"
	switch {
	case mended > 0:
		hint = "dtlic log repair"
	case strictly > 0:
		hint = "put these lines right from a backup; or dtlic log repair --strict, which believes the licenses alone"
	}
	return cli.Fail(cli.CodeBadRecord, "the issuance log is not as it should be", counted(errors, "error"), a.ofThisProduct(hint))
}

// printFindings lists findings, for a person in a table for each of the two files, or
// as tab-separated values.
func (a *app) printFindings(found []ledger.Finding) error {
	var log, revocations [][]string
	for i := range found {
		f := &found[i]
		class, row := string(f.Class), []string{strconv.Itoa(f.Line)}
		if a.Styled() {
			class = strings.ReplaceAll(class, "_", " ")
			if f.Class.IsNote() {
				class += " (note)"
			}
			row = append(row, class, f.What)
		} else {
			row = append(row, class, f.What, severity(f))
		}
		if f.Class.IsOfRevocations() {
			revocations = append(revocations, row)
		} else {
			log = append(log, row)
		}
	}
	if err := a.printRows([]string{"line", "finding", "what"}, log); err != nil {
		return err
	}
	if a.Styled() && len(log) > 0 && len(revocations) > 0 {
		if err := a.Print("\n"); err != nil {
			return err
		}
	}
	return a.printRows([]string{"line", "finding", "what in " + backup.RevocationsName}, revocations)
}

func severity(f *ledger.Finding) string {
	if f.Class.IsNote() {
		return "note"
	}
	return "error"
}

func checkDocument(log *ledger.Ledger, exists bool, r *ledger.Report, wrong error) cli.Document {
	return cli.Document{
		{Name: "path", Value: log.Path()},
		{Name: "exists", Value: exists},
		{Name: "lines", Value: r.Lines},
		{Name: "records", Value: r.Records},
		{Name: "revocations_path", Value: log.Revocations().Path()},
		{Name: "revocations", Value: r.Revocations},
		{Name: "errors", Value: r.Errors()},
		{Name: "notes", Value: r.Notes()},
		{Name: "findings", Value: lineFindings(r.Findings, func(f *ledger.Finding) string {
			if f.Class.IsOfRevocations() {
				return log.Revocations().Path()
			}
			return log.Path()
		})},
		{Name: "more", Value: notListed(r)},
		{Name: "error", Value: cli.ErrorValue(wrong)},
	}
}

// lineFindings are findings, each with the path of the file that it is about.
func lineFindings(found []ledger.Finding, path func(*ledger.Finding) string) []cli.Document {
	list := make([]cli.Document, 0, len(found))
	for i := range found {
		f := &found[i]
		list = append(list, cli.Document{
			{Name: "path", Value: path(f)},
			{Name: "line", Value: f.Line},
			{Name: "class", Value: string(f.Class)},
			{Name: "severity", Value: severity(f)},
			{Name: "message", Value: f.What},
		})
	}
	return list
}
