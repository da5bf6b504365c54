package creatorcli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/export"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/internal/ui"
)

const exportLong = `Write the whole issuance log, every license with all that is recorded of it and
whether it is revoked, for another program:

  csv   a table for a spreadsheet. What could be taken for a formula has an
        apostrophe before it
  json  one array of objects, all with the same members
  sql   statements for PostgreSQL: a table licenses, and each license in it
        once, however often this is run

A log with damaged lines is not exported, nor one with damaged revocations: dtlic
log check names them.`

func (a *app) logExportCommand() *cobra.Command {
	var format, output string
	cmd := &cobra.Command{
		Use:   "export --format csv|json|sql",
		Short: "Write the log for a spreadsheet, a script or a database",
		Long:  exportLong,
		Example: `  dtlic log export --format csv --output licenses.csv
  dtlic log export --format sql | psql`,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return a.logExport(export.Format(format), output) },
	}
	cmd.Flags().StringVar(&format, "format", "", "write it as `FORM`: csv, json or sql")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write a new `FILE` instead of standard output")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func formatNames() (names []string) {
	for _, f := range export.Formats {
		names = append(names, string(f))
	}
	return names
}

// checkExport refuses, before the log is read, a form or a place that cannot be.
func (a *app) checkExport(format export.Format, output string) error {
	switch {
	case format == "":
		return cli.UsageHint("dtlic log export --format csv", "--format is missing: csv, json or sql")
	case !slices.Contains(export.Formats, format):
		return cli.Usage("--format must be csv, json or sql, not %q", format)
	case a.JSON() && output == "" && format != export.JSON:
		return cli.UsageHint("dtlic log export --format "+string(format), "--json and --format %s name two forms of one answer", format)
	case output == "":
		return a.MustBeSeen()
	}
	return a.checkOutput(output)
}

func (a *app) logExport(format export.Format, output string) error {
	if format == "" && a.JSON() {
		format = export.JSON
	}
	if err := a.checkExport(format, output); err != nil {
		return err
	}
	p, err := a.Product()
	if err != nil {
		return err
	}
	revoked, err := a.surelyRevoked(&p)
	if err != nil {
		return err
	}
	defer revoked.Close()
	log, err := a.ledger(&p)
	if err != nil {
		return err
	}
	snapshot, err := a.durably(log)
	if err != nil {
		return readFailure(err)
	}
	defer snapshot.Close()
	records, err := a.exportable(snapshot, format)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		text := bufio.NewWriterSize(w, 256<<10)
		var rows io.Writer = text
		if a.StdoutTTY && output == "" {
			rows = shownRows{text, format}
		}
		err := export.Write(a.Context(), rows, format, a.untilInterrupted(snapshot), export.Options{Product: p.Name, Revoked: revoked})
		if err != nil {
			return err
		}
		return text.Flush()
	}
	if output == "" {
		return exportFailure(write(a.Stdout), "cannot write to standard output")
	}
	if err := store.CreateFrom(a.Disk, output, 0o600, write); err != nil {
		return exportFailure(err, "cannot write the export")
	}
	a.Say("wrote %q%s: %s", output, fsys.ModeNote(0o600), counted(records, "license"))
	if !a.JSON() {
		return nil
	}
	return a.PrintJSON(cli.Document{{Name: "output", Value: output}, {Name: "format", Value: string(format)}, {Name: "records", Value: records}})
}

// exportFailure tells what could not be written from what has its own words.
func exportFailure(err error, what string) error {
	if own := (*dtlic.Error)(nil); err == nil || errors.As(err, &own) {
		return err
	}
	return cli.IO(what, err)
}

// exportable looks at all records before the first is written: a log with
// damaged lines is not exported, and what the format cannot hold is told. It
// returns how many there are.
func (a *app) exportable(snapshot *ledger.Snapshot, format export.Format) (records int, err error) {
	var damaged, losses firstFew
	for e, err := range snapshot.Records() {
		if err == nil {
			err = a.Context().Err()
		}
		switch line := (*journal.LineError)(nil); {
		case errors.As(err, &line):
			damaged.add(err.Error())
			continue
		case err != nil:
			return 0, readFailure(err)
		}
		records++
		for _, loss := range export.Losses(format, &e) {
			losses.add(fmt.Sprintf("line %d of the log: %s", e.Line, loss))
		}
	}
	if damaged.count > 0 {
		return 0, cli.Fail(cli.CodeBadRecord, "nothing was exported: the issuance log has lines that cannot be read",
			strings.Join(damaged.list(), "; "), checkHint)
	}
	for _, sentence := range losses.list() {
		a.Warn("%s", sentence)
	}
	return records, nil
}

// untilInterrupted yields the records until the program is interrupted.
func (a *app) untilInterrupted(snapshot *ledger.Snapshot) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range snapshot.Records() {
			if err == nil {
				err = a.Context().Err()
			}
			if err != nil {
				err = readFailure(err)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// firstFew keeps the first sentences of a kind of which there may be millions.
type firstFew struct {
	first []string
	count int
}

func (f *firstFew) add(sentence string) {
	const most = 10
	if f.count++; f.count <= most {
		f.first = append(f.first, sentence)
	}
}

// list is the sentences, and how many more there were.
func (f *firstFew) list() []string {
	if more := f.count - len(f.first); more > 0 {
		return append(f.first, fmt.Sprintf("and %d more like these", more))
	}
	return f.first
}

// shownRows writes records to a terminal: what it could obey is escaped.
type shownRows struct {
	w      io.Writer
	format export.Format
}

func (s shownRows) Write(p []byte) (int, error) {
	text := string(p)
	if s.format == export.JSON {
		text = cli.Visible(text)
	} else {
		lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
		for i := range lines {
			lines[i] = ui.Escape(lines[i])
		}
		text = strings.Join(lines, "\n")
	}
	if _, err := io.WriteString(s.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}
