package creatorcli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/ui"
	"github.com/dtlic/dtlic/internal/wording"
)

func (a *app) logShowCommand() *cobra.Command {
	var lines bool
	cmd := &cobra.Command{
		Use:   "show KEY|EMAIL",
		Short: "Show all that the log says of one license",
		Long: `Show all that the log says of one license: the running one of a license key, and
every license that was issued under it, of more than 1,000 the last. A mail address
that has several license keys is answered by a list of them, exit code 2.

Nothing is verified; dtlic inspect does that.`,
		Example: "  dtlic log show ada@example.com\n  dtlic log show DT1-CORE-5dd8e1db-d90c4656 --json",
		Args:    cli.OneArg("the license key or the mail address"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.logShow(args[0], lines) },

		ValidArgsFunction: a.completeKey,
	}
	a.addJSONLines(cmd, &lines)
	return cmd
}

func (a *app) logShow(word string, lines bool) error {
	p, err := a.askedAbout(lines)
	if err != nil {
		return err
	}
	revoked, damaged, err := a.revoked(&p)
	if err != nil {
		return err
	}
	defer revoked.Close()
	running, err := a.pick(&p, word, "dtlic log show", revoked)
	if err != nil {
		return err
	}
	log, err := a.ledger(&p)
	if err != nil {
		return err
	}
	q := ledger.Question{Filter: ledger.Filter{LicenseKey: running.Record.LicenseKey}, All: true, Now: a.Now(), Revoked: revoked}
	var past history
	if _, err := a.ask(log, q, (*ledger.Ledger).Snapshot, past.add); err != nil { // damaged lines were told by pick
		return err
	}
	if past.former > 0 {
		a.Warn("of %d licenses under %s the last %d are shown; all of them: dtlic log find %s --all",
			past.former+len(past.list), running.Record.LicenseKey, len(past.list), here.word(running.Record.LicenseKey))
	}
	if err := a.showLicense(&p, &running, &past, revoked, lines); err != nil {
		return err
	}
	return a.afterAnswer(damaged)
}

// showLicense shows a license and its history, in the form that is wanted.
func (a *app) showLicense(p *dtlic.Product, running *ledger.Match, past *history, revoked *ledger.InForce, lines bool) error {
	d := append(matchDocument(running, revoked), cli.Field{Name: "history", Value: past.documents()})
	switch {
	case lines:
		return a.printJSONLine(d)
	case !a.Styled():
		return a.PrintDocument(d)
	}
	var b strings.Builder
	if err := ui.Card(&b, a.Theme(), a.Width, a.recordCard(p, running, past, revoked)); err != nil {
		return err
	}
	return a.Print(b.String())
}

// recordCard is the card of a record.
func (a *app) recordCard(p *dtlic.Product, m *ledger.Match, past *history, revoked *ledger.InForce) ui.CardView {
	r, now := &m.Record, a.Now()
	v := ui.CardView{Title: p.Title, Location: a.Location, Name: r.Name, Email: r.Email, Tier: r.Tier, Trial: r.Trial}
	v.Level, v.State = a.standing(m)
	if end := momentOf(r.ExpiresAt); !end.IsZero() {
		v.SetLicense(dtlic.License{
			LicenseKey: r.LicenseKey, Name: r.Name, Email: r.Email, Tier: r.Tier, Trial: r.Trial,
			StartsAt: momentOf(r.StartsAt), ExpiresAt: end, UpdatesUntil: momentOf(r.UpdatesUntil),
		}, now)
		v.Fraction, _ = termLeft(r, now)
	}
	v.LicenseKey, v.KeyID = r.LicenseKey, r.KeyID
	odd := "" // an end that is no time, as another tool may have written it
	if v.Ends.IsZero() {
		odd = r.ExpiresAt
	}
	if m.State == ledger.Revoked {
		was, _ := revoked.Find(r.LicenseKey)
		v.Error = revokedWords(was)
	}
	v.More = [][]ui.SheetRow{
		{sheetRow(wording.LabelEnds, odd), sheetRow("Issued", dayAndWhen(r.IssuedAt, now)), sheetRow("Order", r.Order), sheetRow("Note", r.Note)},
		{sheetRow("History", past.lines()...)},
	}
	return v
}

func revokedWords(r ledger.Revocation) string {
	words := "revoked"
	if date := dateOf(r.RevokedAt); date != "" {
		words += " on " + date
	}
	if r.Reason != "" {
		words += ": " + r.Reason
	}
	return words
}

// dayAndWhen is a date and how far it is away.
func dayAndWhen(timestamp string, now time.Time) string {
	words := dateOf(timestamp)
	if away := when(timestamp, now); away != "" {
		words += ", " + away
	}
	return words
}
