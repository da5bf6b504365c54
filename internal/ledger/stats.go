package ledger

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dtlic/dtlic/internal/journal"
)

// Stats are a log in numbers.
type Stats struct {
	// Issued counts licenses, LicenseKeys their license keys, and Holders the
	// mail addresses, which are the same in any case.
	Issued, LicenseKeys, Holders int
	// Renewals are issued licenses that are not the first of their license key,
	// Trials those that are for evaluation.
	Renewals, Trials int
	// States counts the running license of each license key, so that no one is
	// [Replaced].
	States map[State]int
	// Tiers are in the order of their names, Months from the first to the last
	// in which a license was issued.
	Tiers  []TierStats
	Months []MonthStats
	// Damaged counts the lines that could not be read; they count nowhere else.
	// FirstDamaged has an error for each of the first few, a
	// [*journal.LineError].
	Damaged      int
	FirstDamaged []error
}

// TierStats are a tier's licenses: those that are the running one of their
// license key, in whatever state, and all that were issued.
type TierStats struct {
	Tier            string
	Running, Issued int
}

// MonthStats are the licenses issued in a month, which is YYYY-MM, UTC.
type MonthStats struct {
	Month  string
	Issued int
}

// Stats counts. Damaged lines are counted too, and are no error.
func (s *Snapshot) Stats(ctx context.Context, now time.Time, revoked map[string]Revocation) (Stats, error) {
	stats := Stats{States: make(map[State]int)}
	keys, holders := make(map[string]bool), make(map[string]bool)
	tiers, months := make(map[string]TierStats), make(map[string]int)
	for m, err := range s.Ask(ctx, Question{All: true, Now: now, Revoked: revoked}) {
		if line := (*journal.LineError)(nil); errors.As(err, &line) {
			if stats.Damaged++; len(stats.FirstDamaged) < MaxDamaged {
				stats.FirstDamaged = append(stats.FirstDamaged, err)
			}
			continue
		}
		if err != nil {
			return Stats{}, err
		}
		r := &m.Record
		stats.Issued++
		keys[r.LicenseKey], holders[fold(r.Email)] = true, true
		if r.Trial {
			stats.Trials++
		}
		tier := tiers[r.Tier]
		tier.Tier = r.Tier
		tier.Issued++
		if m.State != Replaced {
			tier.Running++
			stats.States[m.State]++
		}
		tiers[r.Tier] = tier
		months[monthOf(r.IssuedAt)]++
	}
	stats.LicenseKeys, stats.Holders = len(keys), len(holders)
	stats.Renewals = stats.Issued - stats.LicenseKeys
	stats.Tiers = slices.SortedFunc(maps.Values(tiers), func(a, b TierStats) int { return strings.Compare(a.Tier, b.Tier) })
	for _, month := range slices.Sorted(maps.Keys(months)) {
		stats.Months = append(stats.Months, MonthStats{month, months[month]})
	}
	return stats, nil
}

// monthOf is the month of a time, "" of a text that is none.
func monthOf(timestamp string) string {
	t, err := time.Parse(time.RFC3339, timestamp)
	if err != nil {
		return ""
	}
	return t.UTC().Format("2006-01")
}
