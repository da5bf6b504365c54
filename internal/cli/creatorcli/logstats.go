package creatorcli

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/ui"
)

const statsLong = `Count the log: licenses issued, license keys, holders (mail addresses, in any
case), renewals and trials; license keys by the state and the tier of their running
license; and how many licenses were issued of each tier and in each month, UTC.

Off a terminal, or with --plain, it is one count a line, of three values separated
by tabs: what kind of count (total, state, tier, tier_issued or month), its name,
and the number. The kinds state and tier count license keys, tier_issued and month
licenses issued.`

func (a *app) logStatsCommand() *cobra.Command {
	var lines bool
	cmd := &cobra.Command{
		Use:     "stats",
		Short:   "Count the log: states, tiers, months",
		Long:    statsLong,
		Example: "  dtlic log stats\n  dtlic log stats --json | jq .states.active",
		Args:    cli.Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.logStats(lines) },
	}
	a.addJSONLines(cmd, &lines)
	return cmd
}

func (a *app) logStats(lines bool) error {
	p, err := a.askedAbout(lines)
	if err != nil {
		return err
	}
	revoked, inRevocations, err := a.revoked(&p)
	if err != nil {
		return err
	}
	defer revoked.Close()
	stats, err := a.stats(&p, revoked)
	if err != nil {
		return err
	}
	damaged := damage{app: a, revocations: inRevocations}
	for _, err := range stats.FirstDamaged {
		damaged.add(err)
	}
	damaged.lines = stats.Damaged
	if err := a.showStats(&p, &stats, lines); err != nil {
		return err
	}
	return a.afterAnswer(damaged.failure())
}

func (a *app) stats(p *dtlic.Product, revoked *ledger.InForce) (ledger.Stats, error) {
	log, err := a.ledger(p)
	if err != nil {
		return ledger.Stats{}, err
	}
	snapshot, err := log.Snapshot()
	if err != nil {
		return ledger.Stats{}, readFailure(err)
	}
	defer snapshot.Close()
	stats, err := snapshot.Stats(a.Context(), a.Now(), revoked)
	if err != nil {
		return ledger.Stats{}, readFailure(err)
	}
	return stats, nil
}

func (a *app) showStats(p *dtlic.Product, s *ledger.Stats, lines bool) error {
	switch {
	case a.JSON():
		return a.PrintJSON(statsDocument(s))
	case lines:
		return a.printJSONLine(statsDocument(s))
	case !a.Styled():
		return a.printValues(statsValues(s))
	case s.Issued == 0:
		a.Say("%s", a.ofThisProduct(noneIssued))
		return nil
	}
	var b strings.Builder
	if err := ui.Charts(&b, a.Theme(), a.Width, statsCharts(p, s, a.Now())...); err != nil {
		return err
	}
	return a.Print(b.String())
}

func (a *app) printValues(rows [][]string) error {
	var b strings.Builder
	if err := ui.TSV(&b, rows); err != nil {
		return err
	}
	return a.Print(b.String())
}

// runningStates are the states that the running license of a license key can have,
// as they are shown.
var runningStates = []struct {
	state ledger.State
	level ui.Level
}{
	{ledger.Active, ui.LevelGood},
	{ledger.NotYetValid, ui.LevelWarning},
	{ledger.Expired, ui.LevelBad},
	{ledger.Revoked, ui.LevelBad},
}

// total is a count of the whole log.
type total struct {
	name, words string
	count       int
}

func totals(s *ledger.Stats) []total {
	return []total{
		{"issued", "licenses issued", s.Issued},
		{"license_keys", "license keys", s.LicenseKeys},
		{"holders", "holders", s.Holders},
		{"renewals", "renewals", s.Renewals},
		{"trials", "trials", s.Trials},
	}
}

func statsDocument(s *ledger.Stats) (d cli.Document) {
	for _, t := range totals(s) {
		d = append(d, cli.Field{Name: t.name, Value: t.count})
	}
	states, tiers, months := cli.Document{}, []cli.Document{}, []cli.Document{}
	for _, r := range runningStates {
		states = append(states, cli.Field{Name: string(r.state), Value: s.States[r.state]})
	}
	for _, t := range s.Tiers {
		tiers = append(tiers, cli.Document{{Name: "tier", Value: t.Tier}, {Name: "license_keys", Value: t.Running}, {Name: "issued", Value: t.Issued}})
	}
	for _, m := range s.Months {
		months = append(months, cli.Document{{Name: "month", Value: m.Month}, {Name: "issued", Value: m.Issued}})
	}
	return append(d, cli.Field{Name: "states", Value: states}, cli.Field{Name: "tiers", Value: tiers}, cli.Field{Name: "months", Value: months})
}

func statsValues(s *ledger.Stats) (rows [][]string) {
	add := func(kind, name string, count int) { rows = append(rows, []string{kind, name, strconv.Itoa(count)}) }
	for _, t := range totals(s) {
		add("total", t.name, t.count)
	}
	for _, r := range runningStates {
		add("state", string(r.state), s.States[r.state])
	}
	for _, t := range s.Tiers {
		add("tier", t.Tier, t.Running)
	}
	for _, t := range s.Tiers {
		add("tier_issued", t.Tier, t.Issued)
	}
	for _, m := range s.Months {
		add("month", m.Month, m.Issued)
	}
	return rows
}

func statsCharts(p *dtlic.Product, s *ledger.Stats, now time.Time) []ui.Chart {
	all := ui.Chart{Header: []string{p.Title, ""}}
	for _, t := range totals(s) {
		all.Rows = append(all.Rows, chartRow(t.words, t.count))
	}
	states := ui.Chart{Header: []string{"state", "keys"}, Marked: true, Bars: true}
	for _, r := range runningStates {
		if n := s.States[r.state]; n > 0 {
			row := chartRow(stateWords(r.state), n)
			row.Level = r.level
			states.Rows = append(states.Rows, row)
		}
	}
	tiers := ui.Chart{Header: []string{"tier", "keys", "issued"}, Bars: true}
	for _, t := range s.Tiers {
		tiers.Rows = append(tiers.Rows, chartRow(t.Tier, t.Running, t.Issued))
	}
	months := ui.Chart{Header: []string{"month", "issued"}, Rows: monthRows(s.Months, now), Bars: true}
	return []ui.Chart{all, states, tiers, months}
}

// shownMonths is how many months a person is shown one by one.
const shownMonths = 12

// monthRows are the last months up to now, those in which nothing was issued among
// them, below a row for all that came before.
func monthRows(months []ledger.MonthStats, now time.Time) (rows []ui.ChartRow) {
	now = now.UTC()
	first := time.Date(now.Year(), now.Month()-shownMonths+1, 1, 0, 0, 0, 0, time.UTC)
	name := func(n int) string { return first.AddDate(0, n, 0).Format("2006-01") }
	issued := make(map[string]int)
	earlier, later := 0, 0
	for _, m := range months {
		switch {
		case m.Month < name(0):
			earlier += m.Issued
		case m.Month > name(shownMonths-1): // by another clock
			later += m.Issued
		}
		issued[m.Month] = m.Issued
	}
	if earlier > 0 {
		rows = append(rows, chartRow("before "+name(0), earlier))
		rows[0].Bare = true
	}
	for n := range shownMonths {
		if count := issued[name(n)]; count > 0 || len(rows) > 0 {
			rows = append(rows, chartRow(name(n), count))
		}
	}
	if later > 0 {
		rows = append(rows, chartRow("after "+name(shownMonths-1), later))
		rows[len(rows)-1].Bare = true
	}
	return rows
}

func chartRow(label string, counts ...int) ui.ChartRow {
	row := ui.ChartRow{Label: label}
	for _, n := range counts {
		row.Numbers = append(row.Numbers, int64(n))
	}
	return row
}
