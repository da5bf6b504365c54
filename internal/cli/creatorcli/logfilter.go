package creatorcli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

// filterFlags choose licenses.
type filterFlags struct {
	email, name, tier                                      string
	issuedAfter, issuedBefore, expiresAfter, expiresBefore string
	active, expired, trial, devKey                         bool
}

func (f *filterFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.email, "email", "", "of this `ADDRESS`, or of a domain: @example.com; any case")
	flags.StringVar(&f.name, "name", "", "with this `PART` in the holder's name; any case")
	flags.StringVar(&f.tier, "tier", "", "of this `TIER`")
	flags.StringVar(&f.issuedAfter, "issued-after", "", "issued at `DATE` or later")
	flags.StringVar(&f.issuedBefore, "issued-before", "", "issued before `DATE`")
	flags.StringVar(&f.expiresAfter, "expires-after", "", "ending at `DATE` or later")
	flags.StringVar(&f.expiresBefore, "expires-before", "", "ending before `DATE`")
	flags.BoolVar(&f.active, "active", false, "that run now")
	flags.BoolVar(&f.expired, "expired", false, "that have ended")
	flags.BoolVar(&f.trial, "trial", false, "for evaluation")
	flags.BoolVar(&f.devKey, "dev-key", false, "signed by the development key, which no app of a buyer trusts")
}

// filter is what the flags ask for. What no license can be is a usage error.
func (f *filterFlags) filter(now time.Time) (ledger.Filter, error) {
	filter := ledger.Filter{Email: f.email, Name: f.name, Tier: f.tier, Trial: f.trial}
	if f.email != "" && !strings.Contains(f.email, "@") {
		return filter, cli.UsageHint("dtlic log find "+here.word(f.email),
			"--email takes a whole address, or a domain such as @example.com, not %q", f.email)
	}
	for _, d := range []struct {
		flag, text string
		to         *time.Time
	}{
		{"issued-after", f.issuedAfter, &filter.IssuedAfter},
		{"issued-before", f.issuedBefore, &filter.IssuedBefore},
		{"expires-after", f.expiresAfter, &filter.ExpiresAfter},
		{"expires-before", f.expiresBefore, &filter.ExpiresBefore},
	} {
		if d.text == "" {
			continue
		}
		moment, err := parseDate(d.text, false)
		if err != nil {
			return filter, cli.Usage("--%s: %s", d.flag, err)
		}
		*d.to = moment
	}
	if f.active {
		filter.States = []ledger.State{ledger.Active}
	}
	if f.expired {
		filter.States = []ledger.State{ledger.Expired}
	}
	if f.devKey {
		key, err := dtlic.ParsePublicKey(dtlic.DevelopmentKey)
		if err != nil {
			return filter, err
		}
		filter.KeyID = key.ID()
	}
	return filter, f.contradiction(&filter, now)
}

// contradiction is a usage error about two flags that no license satisfies both.
func (f *filterFlags) contradiction(filter *ledger.Filter, now time.Time) error {
	noneBetween := func(after, before time.Time) bool {
		return !after.IsZero() && !before.IsZero() && !after.Before(before)
	}
	for _, c := range []struct {
		holds    bool
		one, two string
	}{
		{f.active && f.expired, "--active", "--expired"},
		{noneBetween(filter.IssuedAfter, filter.IssuedBefore), "--issued-after " + f.issuedAfter, "--issued-before " + f.issuedBefore},
		{noneBetween(filter.ExpiresAfter, filter.ExpiresBefore), "--expires-after " + f.expiresAfter, "--expires-before " + f.expiresBefore},
		{f.active && noneBetween(now, filter.ExpiresBefore), "--active", "--expires-before " + f.expiresBefore},
		{f.expired && filter.ExpiresAfter.After(now), "--expired", "--expires-after " + f.expiresAfter},
	} {
		if c.holds {
			return cli.Usage("no license is both %s and %s", c.one, c.two)
		}
	}
	return nil
}

// orderFlags say how many licenses are shown, and in which order.
type orderFlags struct {
	all, reverse bool
	sort         string
	limit        int
	limited      bool
}

func (f *orderFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "the history too: licenses that were replaced")
	flags.StringVar(&f.sort, "sort", "", "sort by `WHAT`: issued, expires, name, email, tier or key (default: as the log has them)")
	flags.BoolVar(&f.reverse, "reverse", false, "turn the order around")
	flags.IntVarP(&f.limit, "limit", "n", 0, "at most `N` licenses")
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(orderNames(), cobra.ShellCompDirectiveNoFileComp))
}

var orders = []ledger.Order{ledger.ByIssued, ledger.ByExpires, ledger.ByName, ledger.ByEmail, ledger.ByTier, ledger.ByKey}

func orderNames() (names []string) {
	for _, o := range orders {
		names = append(names, string(o))
	}
	return names
}

// apply puts the order into a question.
func (f *orderFlags) apply(q *ledger.Question) error {
	q.All, q.Reverse, q.Sort, q.Limit = f.all, f.reverse, ledger.Order(f.sort), f.limit
	if f.sort != "" && !slices.Contains(orders, q.Sort) {
		return cli.Usage("--sort must be one of %s, not %q", strings.Join(orderNames(), ", "), f.sort)
	}
	if f.limited && f.limit < 1 {
		return cli.Usage("--limit must be 1 or more, not %d", f.limit)
	}
	return nil
}

// parseSpan reads a length of time, such as 30d, 2w, 6m or 1y, and returns when it
// has passed. Months and years are those of the calendar.
func parseSpan(s string, now time.Time) (time.Time, error) {
	const longest = 100_000
	var n int
	var unit string
	if _, err := fmt.Sscanf(s, "%d%s", &n, &unit); err == nil && fmt.Sprint(n)+unit == s && 0 < n && n <= longest {
		now = now.UTC()
		switch unit {
		case "d":
			return now.AddDate(0, 0, n), nil
		case "w":
			return now.AddDate(0, 0, 7*n), nil
		case "m":
			return now.AddDate(0, n, 0), nil
		case "y":
			return now.AddDate(n, 0, 0), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a number of days, weeks, months or years, such as 30d, 4w, 6m or 1y", s)
}
