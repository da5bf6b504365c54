package creatorcli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

const listLong = `List the running license of each license key, in the order of the log; with --all
all that were ever issued. Flags choose among them, and what is
shown is what all of them say.

The state is active, expired, revoked, not_yet_valid, or, of a license in whose
place another of the same license key was issued, replaced.

A DATE is a day or a time: 2027-06-30 or 2027-06-30T12:00:00Z. A day alone is its
beginning, UTC: --issued-after 2026-11-01 --issued-before 2026-12-01 are all those
of November.

At a terminal it is a table that has the columns for which there is room. Off one,
or with --plain, the values are separated by tabs: license key, name, email, tier,
when it was issued, when it ends, state. With --json it is an array of all that
the log has, with --jsonl the same as one object a line.`

func (a *app) logListCommand() *cobra.Command {
	var filter filterFlags
	var order orderFlags
	v := view{none: "no license of the log is like that"}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List issued licenses",
		Long:  listLong,
		Example: `  dtlic log list
  dtlic log list --active --tier studio --sort expires
  dtlic log list --email @example.com --json
  dtlic log list --all --sort issued --reverse -n 10`,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			order.limited = cmd.Flags().Changed("limit")
			return a.logList(filter, order, v)
		},
	}
	filter.add(cmd.Flags())
	order.add(cmd)
	a.addJSONLines(cmd, &v.lines)
	_ = cmd.RegisterFlagCompletionFunc("tier", a.completeTier)
	return cmd
}

var listColumns = []tableColumn{stateColumn, nameColumn, emailColumn, tierColumn, endsColumn, whenColumn, issuedColumn, keyColumn}

func (a *app) logList(filter filterFlags, order orderFlags, v view) (err error) {
	q := ledger.Question{Now: a.Now()}
	if q.Filter, err = filter.filter(q.Now); err != nil {
		return err
	}
	if err := order.apply(&q); err != nil {
		return err
	}
	p, err := a.askedAbout(v.lines)
	if err != nil {
		return err
	}
	if tiers := p.TierNames(); q.Tier != "" && !slices.Contains(tiers, q.Tier) {
		// Licenses of a tier that is sold no more are in the log all the same.
		a.Warn("product %q has no tier %q", p.Name, q.Tier)
	}
	v.columns = sortedBy(q.Sort, listColumns)
	return a.answer(&p, q, v)
}
