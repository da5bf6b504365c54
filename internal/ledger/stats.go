package ledger

import (
	"context"
	"fmt"
	"maps"
	"math"
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

// Stats counts, in one pass over a log with up to a million license keys. Damaged
// lines are counted too, and are no error. Tiers beyond the first thousand, and those
// with a name of more than a thousand bytes, which no product has, count together as
// "…".
func (s *Snapshot) Stats(ctx context.Context, now time.Time, revoked *InForce) (Stats, error) {
	texts := revoked.beside(s.Size() / shortLine)
	c := counting{
		q:    &Question{Now: now, Revoked: revoked},
		keys: newTable(texts, true), holders: newTable(texts, false),
		stats: Stats{States: make(map[State]int)}, tierOf: make(map[string]int), months: make(map[int]int),
	}
	for first := true; first || c.again(); first = false {
		for part, err := range scan(ctx, s.View, nil, c.take) {
			if err != nil {
				return Stats{}, err
			}
			c.resolve(part.Found.items)
			if first {
				c.count(part.Found.items)
				for bad := range damaged(s.path, part) {
					if c.stats.Damaged++; len(c.stats.FirstDamaged) < MaxDamaged {
						c.stats.FirstDamaged = append(c.stats.FirstDamaged, bad)
					}
				}
			}
			c.decide(part.Found.items)
		}
		c.conclude()
	}
	return c.result(), nil
}

// counting is a log being counted.
type counting struct {
	q *Question
	// keys has what is counted of the running license of each license key: the
	// time it was issued, its tier and its state. holders are the addresses.
	keys, holders *table
	stats         Stats
	states        [len(states)]int
	tierOf        map[string]int // the index in stats.Tiers
	months        map[int]int    // by year*12 + month, -1 for no time
	touched       uint64         // nothing; see touch
}

// counted is what is counted of a record.
type counted struct {
	key, holder uint64 // fingerprints
	issued      uint32
	month       int
	tier        string
	tierIndex   int
	state       uint64 // an index of states
	trial       bool
}

// states are those of running licenses, the usual ones first.
var states = [...]State{Active, Expired, NotYetValid, Revoked}

func (c *counting) take(_ *journal.Block, r *reading, items []counted) []counted {
	issued := instant(r.IssuedAt)
	return append(items, counted{
		key: c.keys.fingerprint(r.LicenseKey), holder: c.holders.fingerprintFolded(r.Email),
		issued: secondsOf(issued), month: monthOf(r.IssuedAt, issued), tier: r.Tier, trial: r.Trial,
		state: uint64(slices.Index(states[:], c.q.stateOf(&r.Record, false))),
	})
}

// again tells whether a pass for more license keys or addresses is needed, and
// prepares it.
func (c *counting) again() bool {
	keys, holders := c.keys.again(), c.holders.again()
	return keys || holders
}

// maxTiers and maxTierName bound the memory that a log of another kind takes.
const (
	maxTiers    = 1000
	maxTierName = 1 << 10
)

// tier is the index in stats.Tiers of a tier.
func (c *counting) tier(name string) int {
	for i := range min(len(c.stats.Tiers), 8) { // most products have no more
		if c.stats.Tiers[i].Tier == name {
			return i
		}
	}
	i, ok := c.tierOf[name]
	if !ok && (len(c.tierOf) >= maxTiers || len(name) > maxTierName) {
		name = "…"
		i, ok = c.tierOf[name]
	}
	if !ok {
		i, name = len(c.stats.Tiers), strings.Clone(name) // it is a part of the scan's text
		c.tierOf[name] = i
		c.stats.Tiers = append(c.stats.Tiers, TierStats{Tier: name})
	}
	return i
}

// resolve finds the tiers of records by their names.
func (c *counting) resolve(items []counted) {
	for i := range items {
		items[i].tierIndex = c.tier(items[i].tier)
	}
}

// count counts what each record says by itself.
func (c *counting) count(items []counted) {
	c.stats.Issued += len(items)
	counted := 0 // in their months
	for i := range items {
		if items[i].month != items[counted].month { // which is rare
			c.months[items[counted].month] += i - counted
			counted = i
		}
		c.stats.Tiers[items[i].tierIndex].Issued++
		if items[i].trial {
			c.stats.Trials++
		}
	}
	if len(items) > 0 {
		c.months[items[counted].month] += len(items) - counted
	}
}

// decide keeps the last record of each license key, and each address once.
func (c *counting) decide(items []counted) {
	for i := range items {
		c.touched ^= c.keys.touch(items[i].key) ^ c.holders.touch(items[i].holder)
	}
	for i := range items {
		r := &items[i]
		c.holders.find(r.holder)
		slot, found := c.keys.find(r.key)
		if slot >= 0 && (!found || uint64(r.issued) >= c.keys.values[slot]>>32) {
			c.keys.values[slot] = uint64(r.issued)<<32 | uint64(r.tierIndex)<<8 | r.state
		}
	}
}

// conclude counts what the tables hold after a pass.
func (c *counting) conclude() {
	c.stats.Holders += c.holders.used
	c.stats.LicenseKeys += c.keys.used
	for slot, key := range c.keys.keys {
		if key != 0 {
			value := c.keys.values[slot]
			c.stats.Tiers[value&math.MaxUint32>>8].Running++
			c.states[value&0xff]++
		}
	}
}

func (c *counting) result() Stats {
	stats := c.stats
	for i, n := range c.states {
		if n > 0 {
			stats.States[states[i]] = n
		}
	}
	stats.Renewals = stats.Issued - stats.LicenseKeys
	slices.SortFunc(stats.Tiers, func(a, b TierStats) int { return strings.Compare(a.Tier, b.Tier) })
	for _, month := range slices.Sorted(maps.Keys(c.months)) {
		name := ""
		if month >= 0 {
			name = fmt.Sprintf("%04d-%02d", month/12, month%12+1)
		}
		stats.Months = append(stats.Months, MonthStats{name, c.months[month]})
	}
	return stats
}
