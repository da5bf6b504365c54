package creatorcli

import (
	"fmt"
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
every license that was issued under it. A mail address that has several license
keys is answered by a list of them, exit code 2.

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
	running, err := a.pick(&p, word, "dtlic log show", revoked)
	if err != nil {
		return err
	}
	log, err := a.ledger(&p)
	if err != nil {
		return err
	}
	history, err := a.history(log, running.Record.LicenseKey, revoked)
	if err != nil {
		return err
	}
	if err := a.showLicense(&p, &running, history, revoked, lines); err != nil {
		return err
	}
	return a.afterAnswer(damaged)
}

// showLicense shows a license and its history, in the form that is wanted.
func (a *app) showLicense(p *dtlic.Product, running *ledger.Match, history []ledger.Match, revoked map[string]ledger.Revocation, lines bool) error {
	d := append(matchDocument(running, revoked), cli.Field{Name: "history", Value: historyDocuments(history)})
	switch {
	case lines:
		return a.printJSONLine(d)
	case !a.Styled():
		return a.PrintDocument(d)
	}
	var b strings.Builder
	if err := ui.Card(&b, a.Theme(), a.Width, a.recordCard(p, running, history, revoked)); err != nil {
		return err
	}
	return a.Print(b.String())
}

// historyDocuments tell of each license of a license key what differs.
func historyDocuments(history []ledger.Match) []cli.Document {
	list := []cli.Document{}
	for _, m := range history {
		r := &m.Record
		d := cli.Document{
			{Name: "line", Value: m.Line},
			{Name: "tier", Value: r.Tier},
			{Name: "issued_at", Value: r.IssuedAt},
			{Name: "expires_at", Value: r.ExpiresAt},
			{Name: "state", Value: string(m.State)},
			{Name: "blob_sha256", Value: ledger.BlobHash(r.Blob)},
		}
		for _, f := range []cli.Field{
			{Name: "starts_at", Value: r.StartsAt}, {Name: "updates_until", Value: r.UpdatesUntil}, {Name: "replaces", Value: r.Replaces},
		} {
			if f.Value != "" {
				d = append(d, f)
			}
		}
		if r.Trial {
			d = append(d, cli.Field{Name: "trial", Value: true})
		}
		list = append(list, d)
	}
	return list
}

// recordCard is the card of a record.
func (a *app) recordCard(p *dtlic.Product, m *ledger.Match, history []ledger.Match, revoked map[string]ledger.Revocation) ui.CardView {
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
		v.Error = revokedWords(revoked[r.LicenseKey])
	}
	v.More = [][]ui.SheetRow{
		{sheetRow(wording.LabelEnds, odd), sheetRow("Issued", dayAndWhen(r.IssuedAt, now)), sheetRow("Order", r.Order), sheetRow("Note", r.Note)},
		{sheetRow("History", historyLines(history)...)},
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

// historyLines tell of each license when it was issued, what it is, and which one
// it took the place of, by their numbers. One that replaced nothing is told alone
// by the rest of the card.
func historyLines(history []ledger.Match) (lines []string) {
	if len(history) < 2 {
		return nil
	}
	numbers := make(map[string]int)
	for i := range history {
		numbers[ledger.BlobHash(history[i].Record.Blob)] = i + 1
	}
	for i, m := range history {
		r := &m.Record
		end := "to " + dateOf(r.ExpiresAt)
		if end == "to never" {
			end = "never ends"
		}
		tier := r.Tier
		if r.Trial {
			tier += ", trial"
		}
		if r.StartsAt != "" {
			end = "from " + dateOf(r.StartsAt) + " " + end
		}
		if r.UpdatesUntil != "" {
			end += ", updates until " + dateOf(r.UpdatesUntil)
		}
		line := fmt.Sprintf("%d. %s: %s, %s, %s", i+1, dateOf(r.IssuedAt), tier, end, stateWords(m.State))
		if former, known := numbers[r.Replaces]; known {
			line += fmt.Sprintf(", in place of %d", former)
		}
		lines = append(lines, line)
	}
	return lines
}
