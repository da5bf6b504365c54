package creatorcli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

func (a *app) logExpiringCommand() *cobra.Command {
	var within string
	var v view
	cmd := &cobra.Command{
		Use:   "expiring",
		Short: "List the licenses that end soon",
		Long: `List the active licenses that end soon, the soonest first. Those that were renewed
are not among them.

The forms are those of log list. Off a terminal one more value stands last, the
whole days that are left, which JSON calls days_left.`,
		Example: "  dtlic log expiring\n  dtlic log expiring --within 2w\n  dtlic log expiring --within 3m --jsonl | jq -r .email",
		Args:    cli.Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.logExpiring(within, v) },
	}
	cmd.Flags().StringVar(&within, "within", "30d", "within this `TIME` from now: days, weeks, months or years, such as 30d, 4w, 6m or 1y")
	a.addJSONLines(cmd, &v.lines)
	return cmd
}

// expiringColumns say whom to write to, and how soon.
func expiringColumns() []tableColumn {
	email, ends, when := emailColumn, endsColumn, whenColumn
	email.Rank, ends.Rank, when.Rank = 1, 0, 0
	key := keyColumn
	key.Rank = 2
	return []tableColumn{nameColumn, email, tierColumn, ends, key, when}
}

func (a *app) logExpiring(within string, v view) error {
	now := a.Now()
	last, err := parseSpan(within, now)
	if err != nil {
		return cli.Usage("--within: %s", err)
	}
	p, err := a.askedAbout(v.lines)
	if err != nil {
		return err
	}
	v.more = func(m *ledger.Match) cli.Field {
		left := momentOf(m.Record.ExpiresAt).Sub(now)
		return cli.Field{Name: "days_left", Value: int(left / (24 * time.Hour))}
	}
	v.columns = expiringColumns()
	v.none = fmt.Sprintf("no active license ends within %s", within)
	q := ledger.Question{Now: now, Sort: ledger.ByExpires}
	q.States = []ledger.State{ledger.Active}
	q.ExpiresBefore = last.Add(time.Second) // one that ends just then is meant too
	return a.answer(&p, q, v)
}
