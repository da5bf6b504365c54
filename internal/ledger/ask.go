package ledger

import (
	"context"
	"iter"
	"slices"

	"github.com/dtlic/dtlic/internal/journal"
)

// Ask yields the records that a question is about. The running license of a
// license key is the one issued last, by its issued_at, and of several of one
// second the one that stands last.
//
// An error about a line is a [*journal.LineError], told once, before the records,
// and the others come all the same; any other error ends the iteration. A
// question for a license key, an address, a name or a word that finds some records
// but not thousands tells of those damaged lines that have the text in them, and of
// lines too long to tell; any other question tells of all.
//
// Memory stays constant on a log of any size, whatever is asked. A question about
// a license key or a holder with few records reads little more than these: of the
// records of one license key it then looks at those that it is about, so that
// a license key that was given to two holders, which no mint does, has a running
// license for each.
func (s *Snapshot) Ask(ctx context.Context, q Question) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		a := asking{ctx: ctx, log: s, prepared: prepare(&q), yield: yield}
		a.seek = a.probe()
		if a.seek == nil || !a.few() {
			a.many()
		}
	}
}

// asking is a question under way.
type asking struct {
	*prepared
	ctx   context.Context
	log   *Snapshot
	seek  *probe
	yield func(Match, error) bool
}

// tell tells of a damaged line. It returns false when nobody listens any more.
func (a *asking) tell(bad *journal.LineError) bool {
	return a.yield(Match{Entry: Entry{Line: bad.Line}}, bad)
}

func (a *asking) fail(err error) { a.yield(Match{}, err) }

// Few records are held in memory, up to these bounds; they are variables for tests.
var (
	fewRecords = 4096
	fewBytes   = 8 << 20
)

// few answers a question with few records in one pass. It returns false, and has
// told nothing, when they are too many.
func (a *asking) few() (answered bool) {
	var list []Match
	var bad []*journal.LineError
	size := 0
	for part, err := range scan(a.ctx, a.log.View, a.seek, func(_ *journal.Block, r *reading, items []Entry) []Entry {
		if a.about(&r.Record) {
			items = append(items, r.entry())
		}
		return items
	}) {
		if err != nil {
			a.fail(err)
			return true
		}
		bad = slices.AppendSeq(bad, damaged(a.log.path, part))
		for _, e := range part.Found.items {
			e.Line += part.First
			list = append(list, Match{Entry: e})
			size += len(e.Raw)
		}
		if len(list)+len(bad) > fewRecords || size > fewBytes {
			return false
		}
	}
	if len(list) == 0 {
		a.none()
		return true
	}
	for _, line := range bad {
		if !a.tell(line) {
			return true
		}
	}
	a.fromFew(list)
	return true
}

// none answers a question that finds nothing: what it is about may be in any of
// the damaged lines.
func (a *asking) none() {
	for part, err := range scan(a.ctx, a.log.View, nil, func(_ *journal.Block, _ *reading, items []struct{}) []struct{} { return items }) {
		if err != nil {
			a.fail(err)
			return
		}
		for line := range damaged(a.log.path, part) {
			if !a.tell(line) {
				return
			}
		}
	}
}

// fromFew answers from all records that the question is about.
func (a *asking) fromFew(list []Match) {
	last := make(map[string]*Match) // the running license of each license key
	for i := range list {
		m := &list[i]
		former := last[m.Record.LicenseKey]
		if former == nil || seconds(m.Record.IssuedAt) >= seconds(former.Record.IssuedAt) {
			last[m.Record.LicenseKey] = m
		}
	}
	wanted := list[:0:0]
	for i := range list {
		m := &list[i]
		if m.State = a.stateOf(&m.Record, last[m.Record.LicenseKey] != m); a.wants(&m.Record, m.State) {
			wanted = append(wanted, *m)
		}
	}
	a.sorted(wanted)
}

// many answers a question with many records.
func (a *asking) many() {
	found, err := a.log.findRunning(a.ctx, a.Revoked, a.tell)
	if err != nil {
		a.fail(err)
	}
	if found == nil {
		return
	}
	if a.Sort != ByLog || a.Reverse {
		a.windows(found)
		return
	}
	count := 0
	for part, err := range scan(a.ctx, a.log.View, nil, func(p *journal.Block, r *reading, items []Match) []Match {
		if state, ok := a.answers(found, p, r); ok {
			items = append(items, Match{r.entry(), state})
		}
		return items
	}) {
		if err != nil {
			a.fail(err)
			return
		}
		for _, m := range part.Found.items {
			m.Line += part.First
			if !a.yield(m, nil) {
				return
			}
			if count++; count == a.Limit {
				return
			}
		}
	}
}

// answers tells how a record stands, and whether it is asked about.
func (a *asking) answers(found *running, p *journal.Block, r *reading) (State, bool) {
	replaced := found.isReplaced(found.lineOf(p, r.index))
	if replaced && !a.All || !a.about(&r.Record) {
		return Replaced, false
	}
	state := a.stateOf(&r.Record, replaced)
	return state, a.wants(&r.Record, state)
}
