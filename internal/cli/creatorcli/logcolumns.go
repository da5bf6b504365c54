package creatorcli

import (
	"slices"
	"strings"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/ui"
	"github.com/dtlic/dtlic/internal/wording"
)

// tableColumn is a column of a table and what it shows of a license.
type tableColumn struct {
	ui.Column
	cell func(a *app, m *ledger.Match) string
}

// The columns of the tables. Whose license it is and how it stands is always there;
// then the license key comes first, which other commands are given, and is never cut.
var (
	stateColumn = tableColumn{ui.Column{Title: "state", Marked: true}, func(a *app, m *ledger.Match) string {
		if m.State == ledger.NotYetValid {
			return "not yet" // its words are long, and few licenses have them
		}
		_, words := a.standing(m)
		return words
	}}
	nameColumn  = tableColumn{ui.Column{Title: "name", Floor: 12}, func(_ *app, m *ledger.Match) string { return m.Record.Name }}
	endsColumn  = tableColumn{ui.Column{Title: "ends", Rank: 2, Floor: 10}, func(_ *app, m *ledger.Match) string { return dateOf(m.Record.ExpiresAt) }}
	keyColumn   = tableColumn{ui.Column{Title: "license key", Rank: 1}, func(_ *app, m *ledger.Match) string { return m.Record.LicenseKey }}
	emailColumn = tableColumn{ui.Column{Title: "email", Rank: 3, Floor: 20}, func(_ *app, m *ledger.Match) string { return m.Record.Email }}
	tierColumn  = tableColumn{ui.Column{Title: "tier", Rank: 4, Floor: 14}, func(_ *app, m *ledger.Match) string {
		if m.Record.Trial {
			return m.Record.Tier + ", " + wording.Trial
		}
		return m.Record.Tier
	}}
	issuedColumn = tableColumn{ui.Column{Title: "issued", Rank: 6, Floor: 10}, func(_ *app, m *ledger.Match) string { return dateOf(m.Record.IssuedAt) }}
	whenColumn   = tableColumn{ui.Column{Rank: 5, Right: true}, func(a *app, m *ledger.Match) string { return when(m.Record.ExpiresAt, a.Now()) }}
)

// sortedBy returns columns of which the one that the rows are sorted by is always
// there.
func sortedBy(order ledger.Order, columns []tableColumn) []tableColumn {
	title := map[ledger.Order]string{
		ledger.ByIssued: issuedColumn.Title, ledger.ByExpires: endsColumn.Title,
		ledger.ByEmail: emailColumn.Title, ledger.ByTier: tierColumn.Title,
	}[order]
	columns = slices.Clone(columns)
	for i := range columns {
		if title != "" && columns[i].Title == title {
			columns[i].Rank = 0
		}
	}
	return columns
}

// standing is how a license stands, for a person's eyes.
func (a *app) standing(m *ledger.Match) (ui.Level, string) {
	words := stateWords(m.State)
	switch m.State {
	case ledger.Replaced:
		return ui.LevelNone, words
	case ledger.Active:
		if _, soon := termLeft(&m.Record, a.Now()); soon {
			return ui.LevelWarning, wording.EndsSoon
		}
		return ui.LevelGood, words
	case ledger.NotYetValid:
		return ui.LevelWarning, words
	}
	return ui.LevelBad, words
}

// termLeft is [wording.TermLeft] of a record.
func termLeft(r *ledger.Record, now time.Time) (fraction float64, endsSoon bool) {
	begin, err := time.Parse(time.RFC3339, r.StartsAt)
	if err != nil {
		begin = momentOf(r.IssuedAt)
	}
	return wording.TermLeft(begin, momentOf(r.ExpiresAt), now)
}

// momentOf is a time of the log; the zero time for a text that is none.
func momentOf(timestamp string) time.Time {
	t, _ := time.Parse(time.RFC3339, timestamp)
	return t
}

// dateOf is the date of an RFC 3339 time, for a person's eyes.
func dateOf(timestamp string) string {
	if strings.HasPrefix(timestamp, "9999-12-31") {
		return "never"
	}
	date, _, _ := strings.Cut(timestamp, "T")
	return date
}

// when is how far a time is away; "" for one that never comes, or is none.
func when(timestamp string, now time.Time) string {
	t := momentOf(timestamp)
	if t.IsZero() || !t.Before(dtlic.Perpetual()) {
		return ""
	}
	return wording.When(now, t)
}
