package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

var (
	today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	tiers = []string{"lite", "core", "pro"}
	// nasty names fold to or from ASCII, have no case, are escaped, or look like
	// something else in a line.
	nasty = []string{
		"Ada Buyer", "ADA BUYER", "Zoë Kessler", "ZOË \u212aE\u017f\u017fLER", "日本 太郎", "Straße", "İstanbul ıssız", "Ångström", "A\u030angstro\u0308m",
		"\u212bngström", "Ωmega ω\u2126", "Söhne \"Q\" \\ GmbH", "a/b\tc", "ς Σ σ", "kK\u212a", "x", "\u00b5\u03bc", "Ǆ ǅ ǆ", `"email":"x@y"`, "K'Ko & s+s",
		"O. K.", "é e\u0301", "\U00010400\U00010428", "\u1e9eß",
	}
)

// madeUp makes a log with all that a log may have in it.
func madeUp(chance *rand.Rand, lines int) string {
	pick := func(list ...string) string { return list[chance.IntN(len(list))] }
	var text strings.Builder
	for i := range lines {
		issued := today.AddDate(0, 0, -chance.IntN(700)).Add(time.Duration(chance.IntN(3)) * time.Second)
		n := chance.IntN(lines/2 + 1)
		r := Record{
			LicenseKey: fmt.Sprintf("DT1-%s-%04d", strings.ToUpper(tiers[n%3]), n), Name: nasty[n%len(nasty)],
			Email: strings.ToLower(fmt.Sprintf("user%d@%s", n%11, []string{"example.com", "kiosk.example.org", "ex\u212aample.net"}[n%3])),
			Tier:  pick(tiers...), IssuedAt: issued.Format(time.RFC3339), ExpiresAt: issued.AddDate(1, 0, 0).Format(time.RFC3339),
			Blob: "DTLIC2:AAAAAAAAAAA.eyJ" + strings.Repeat(pick("QURB", "Kk_-", "ada0"), chance.IntN(40)) + ".c2ln", KeyID: pick("AAAAAAAAAAA", "BBBBBBBBBBB"),
			Product: "datatools", Trial: chance.IntN(5) == 0, Note: pick("", "", "a note"),
		}
		if chance.IntN(6) == 0 {
			r.Email = strings.ToUpper(r.Email)
		}
		if chance.IntN(9) == 0 {
			r.StartsAt = issued.AddDate(1, 0, 0).Format(time.RFC3339)
		}
		if chance.IntN(15) == 0 {
			r.IssuedAt = pick("yesterday", "2026-02-29T00:00:00Z", "2026-01-01T00:00:00.5+01:00", "1969-01-01T00:00:00Z", "2300-01-01T00:00:00Z")
		}
		line := string(r.Append(nil))
		switch chance.IntN(14) {
		case 0: // as Python writes it
			line = strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(line)
		case 1:
			line = strings.Replace(line, "@", `\u0040`, 1)
		case 2:
			line = strings.Replace(line, `{`, `{"x_more":[1],`, 1)
		case 3:
			line = strings.Replace(line, `"e`, "\"\x00e", 1)
		case 4:
			line = line[:len(line)/(1+chance.IntN(3))]
		case 5:
			line = pick("", " \t", line+"\r", "\xef\xbb\xbf"+line, line+line, "{}", "K\xc3", strings.Replace(line, "e", "\xff", 1))
		}
		text.WriteString(line)
		if i < lines-1 || chance.IntN(2) == 0 {
			text.WriteString("\n")
		}
	}
	return text.String()
}

// answer is what a question is answered with, in words.
func answer(t *testing.T, s *Snapshot, q Question) (list []string) {
	t.Helper()
	for m, err := range s.Ask(t.Context(), q) {
		list = append(list, inWords(t, m, err))
	}
	return list
}

func inWords(t *testing.T, m Match, err error) string {
	if err != nil {
		line, ok := errors.AsType[*journal.LineError](err)
		if !ok {
			t.Fatal(err)
		}
		return fmt.Sprintf("line %d is damaged", line.Line)
	}
	if record, err := Parse(m.Raw); err != nil || record != m.Record {
		t.Errorf("line %d is %q, and the record %+v", m.Line, m.Raw, m.Record)
	}
	return fmt.Sprintf("line %d %s %s", m.Line, m.State, m.Record.LicenseKey)
}

// plainly answers a question as simply as possible, with everything in memory.
func plainly(t *testing.T, s *Snapshot, asked Question) (list []string) {
	q := prepare(&asked)
	about := q.LicenseKey
	matters := func(raw []byte) bool { return strings.Contains(string(raw), about) }
	if about == "" {
		about = cmp.Or(q.email, q.word, q.name)
		matters = func(raw []byte) bool { return strings.Contains(fold(string(raw)), about) }
	}
	var all []Match
	var told, damaged []string // those that have the text in them, and all
	for line, err := range s.Lines() {
		if err != nil {
			told, damaged = append(told, inWords(t, Match{}, err)), append(damaged, inWords(t, Match{}, err))
			continue
		}
		if strings.TrimSpace(string(line.Raw)) == "" {
			continue
		}
		r, err := Parse(line.Raw)
		if err == nil {
			all = append(all, Match{Entry: Entry{line.Number, r, slices.Clone(line.Raw)}})
			continue
		}
		bad := inWords(t, Match{}, &journal.LineError{Line: line.Number, Err: err})
		if damaged = append(damaged, bad); matters(line.Raw) {
			told = append(told, bad)
		}
	}
	found := 0
	for _, m := range all {
		if q.about(&m.Record) {
			found++
		}
	}
	if list = told; about == "" || found == 0 || found+len(told) > fewRecords {
		list = damaged
	}
	running := make(map[string]Match)
	for _, m := range all {
		if former, ok := running[m.Record.LicenseKey]; !ok || seconds(m.Record.IssuedAt) >= seconds(former.Record.IssuedAt) {
			running[m.Record.LicenseKey] = m
		}
	}
	var wanted []Match
	for _, m := range all {
		m.State = q.stateOf(&m.Record, running[m.Record.LicenseKey].Line != m.Line)
		if q.about(&m.Record) && q.wants(&m.Record, m.State) {
			wanted = append(wanted, m)
		}
	}
	slices.SortStableFunc(wanted, func(a, b Match) int {
		c := strings.Compare(q.Sort.key(&a.Record), q.Sort.key(&b.Record))
		if q.Sort == ByLog {
			c = a.Line - b.Line
		}
		if q.Reverse {
			c = -c
		}
		return c
	})
	for i, m := range wanted {
		if q.Limit == 0 || i < q.Limit {
			list = append(list, inWords(t, m, nil))
		}
	}
	return list
}

// questions are all kinds of them.
func questions(t *testing.T) []Question {
	t.Helper()
	revoked := inForce(t, "DT1-LITE-0003", "DT1-CORE-0001", "DT1-PRO-0008")
	list := []Question{
		{},
		{All: true},
		{Limit: 3},
		{Filter: Filter{Tier: "pro"}},
		{Filter: Filter{Trial: true, States: []State{Active, NotYetValid}}},
		{Filter: Filter{KeyID: "AAAAAAAAAAA"}, All: true},
		{Filter: Filter{States: []State{Expired}}},
		{Filter: Filter{States: []State{Revoked, Replaced}}, All: true},
		{Filter: Filter{IssuedAfter: today.AddDate(-1, 0, 0), IssuedBefore: today}},
		{Filter: Filter{ExpiresAfter: today, ExpiresBefore: today.AddDate(0, 1, 0)}},
		{Filter: Filter{Email: "@example.com"}},
		{Filter: Filter{Email: "USER3@kiosK.example.org"}, All: true},
		{Filter: Filter{Email: "user3@ex\u212aample.net", Tier: "core"}},
		{Filter: Filter{LicenseKey: "DT1-LITE-0003"}},
		{Filter: Filter{LicenseKey: "dt1-lite-0003"}},
		{Filter: Filter{LicenseKey: "DT1-CORE-0001"}, All: true},
		{Filter: Filter{Name: "kessler"}},
		{Filter: Filter{Name: "Kessler"}, Word: "3@KIOSK"},
	}
	for _, word := range append(slices.Clone(nasty), "a", "-core-", "000", "user1", "@", "ex", ".org", "nobody", "ω", "太", "ß", "K", "s", "\u0130", "\xff", "\"", "datatools") {
		list = append(list, Question{Word: word, All: len(word)%2 == 0})
	}
	for _, order := range []Order{ByLog, ByIssued, ByExpires, ByName, ByEmail, ByTier, ByKey} {
		list = append(list, Question{Sort: order, Reverse: true, All: true}, Question{Sort: order, Limit: 40},
			Question{Sort: order, Word: "user", Reverse: order == ByName})
	}
	for i := range list {
		list[i].Now = today
		list[i].Revoked = revoked
	}
	return list
}

// bounds makes all bounds small, so that a small log takes many passes.
func bounds(t *testing.T, slots, few, window int) {
	before := []int{tableSlots, fewRecords, fewBytes, windowRecords, windowBytes}
	tableSlots, fewRecords, windowRecords, windowBytes = slots, few, window, 10*window
	t.Cleanup(func() {
		tableSlots, fewRecords, fewBytes, windowRecords, windowBytes = before[0], before[1], before[2], before[3], before[4]
	})
}

// TestAskAnswersAsThePlainWay compares the answers on made-up logs with those of
// the simplest way, once as programs ask, and with tables and windows so small that
// every answer takes many passes.
func TestAskAnswersAsThePlainWay(t *testing.T) {
	for _, small := range []bool{false, true} {
		for seed := range uint64(12) {
			chance := rand.New(rand.NewPCG(seed, 1))
			s := snapshotOf(t, madeUp(chance, 1+chance.IntN(250)))
			if small {
				bounds(t, 16+chance.IntN(60), 1+chance.IntN(8), 1+chance.IntN(30))
			}
			for _, q := range questions(t) {
				if got, want := answer(t, s, q), plainly(t, s, q); !slices.Equal(got, want) {
					t.Errorf("small %v, seed %d: %+v\ngot  %q\nwant %q", small, seed, q, got, want)
				}
			}
		}
	}
}

// plainStats counts as simply as possible.
func plainStats(t *testing.T, s *Snapshot, revoked *InForce) Stats {
	t.Helper()
	want := Stats{States: make(map[State]int)}
	keys, holders := make(map[string]bool), make(map[string]bool)
	tiers, months := make(map[string]TierStats), make(map[string]int)
	for m, err := range s.Ask(t.Context(), Question{All: true, Now: today, Revoked: revoked}) {
		if err != nil {
			want.Damaged++
			if len(want.FirstDamaged) < MaxDamaged {
				want.FirstDamaged = append(want.FirstDamaged, err)
			}
			continue
		}
		r := &m.Record
		want.Issued++
		keys[r.LicenseKey], holders[fold(r.Email)] = true, true
		if r.Trial {
			want.Trials++
		}
		tier := tiers[r.Tier]
		tier.Tier = r.Tier
		tier.Issued++
		if m.State != Replaced {
			tier.Running++
			want.States[m.State]++
		}
		tiers[r.Tier] = tier
		month := ""
		if at, err := time.Parse(time.RFC3339, r.IssuedAt); err == nil {
			month = at.UTC().Format("2006-01")
		}
		months[month]++
	}
	want.LicenseKeys, want.Holders, want.Renewals = len(keys), len(holders), want.Issued-len(keys)
	want.Tiers = slices.SortedFunc(maps.Values(tiers), func(a, b TierStats) int { return strings.Compare(a.Tier, b.Tier) })
	for _, month := range slices.Sorted(maps.Keys(months)) {
		want.Months = append(want.Months, MonthStats{month, months[month]})
	}
	return want
}

func TestStatsCountAsThePlainWay(t *testing.T) {
	revoked := inForce(t, "DT1-LITE-0003", "DT1-CORE-0001")
	for seed := range uint64(20) {
		chance := rand.New(rand.NewPCG(seed, 2))
		s := snapshotOf(t, madeUp(chance, 1+chance.IntN(300)))
		if seed >= 10 {
			bounds(t, 16+chance.IntN(60), 5, 5)
		}
		got, err := s.Stats(t.Context(), today, revoked)
		if want := plainStats(t, s, revoked); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("seed %d: %v\ngot  %+v\nwant %+v", seed, err, got, want)
		}
	}
}

// A log of another kind may have as many tiers as lines.
func TestStatsOfManyTiers(t *testing.T) {
	var text []byte
	for i := range maxTiers + 500 {
		r := keyed(fmt.Sprint(i))
		r.Tier = fmt.Sprintf("tier-%d", i)
		if i == 7 {
			r.Tier = strings.Repeat("t", maxTierName+1)
		}
		text = append(r.Append(text), '\n')
	}
	got, err := snapshotOf(t, string(text)).Stats(t.Context(), today, nil)
	if err != nil || len(got.Tiers) != maxTiers || got.Tiers[maxTiers-1] != (TierStats{"…", 501, 501}) {
		t.Errorf("%d tiers, the last %+v, %v", len(got.Tiers), got.Tiers[len(got.Tiers)-1], err)
	}
}

func snapshotOf(t *testing.T, text string) *Snapshot {
	t.Helper()
	l := on(fsys.OS, filepath.Join(t.TempDir(), "issued.jsonl"))
	if err := os.WriteFile(l.Path(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := l.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestAskTellsOfEveryFault makes each reading fail in turn: no answer is given for
// whole that is not.
func TestAskTellsOfEveryFault(t *testing.T) {
	bounds(t, 40, 3, 10)
	text := madeUp(rand.New(rand.NewPCG(3, 3)), 100)
	for _, q := range []Question{{}, {Word: "user1@"}, {Filter: Filter{Name: "kessler"}}, {Sort: ByName, Reverse: true}, {Sort: ByEmail, Limit: 15}} {
		path := filepath.Join(t.TempDir(), "issued.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		injected := 0
		for n := 1; ; n++ {
			disk := faultfs.New(fsys.OS, faultfs.Fault{At: n, Op: faultfs.OpRead})
			s, err := on(disk, path).Snapshot()
			if err != nil && disk.Injected() > 0 {
				injected++
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			var failed error
			for _, err := range s.Ask(t.Context(), q) {
				if _, ok := errors.AsType[*journal.LineError](err); err != nil && !ok {
					failed = err
				}
			}
			s.Close()
			if disk.Injected() == 0 {
				break
			}
			injected++
			if failed == nil || !strings.Contains(failed.Error(), strconv.Quote(path)) {
				t.Errorf("%+v: fault %d: %v", q, n, failed)
			}
		}
		t.Logf("%d faults", injected)
		if injected < 1 || q.Sort == ByName && injected < 40 {
			t.Errorf("%+v: only %d faults were injected", q, injected)
		}
	}
}

func TestAskEndsWhenInterruptedOrLeft(t *testing.T) {
	s := snapshotOf(t, madeUp(rand.New(rand.NewPCG(4, 4)), 200))
	bounds(t, 40, 30, 10)
	for _, q := range questions(t) {
		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		last := error(nil)
		for _, err := range s.Ask(stopped, q) {
			last = err
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("%+v: %v", q, last)
		}
		all := answer(t, s, q)
		for stop := 1; stop <= len(all); stop += 1 + len(all)/4 {
			n := 0
			for m, err := range s.Ask(t.Context(), q) {
				if got := inWords(t, m, err); got != all[n] {
					t.Fatalf("%+v: %q, before %q", q, got, all[n])
				}
				if n++; n == stop {
					break
				}
			}
		}
	}
}

// A writer that failed takes its record back, which a sorted answer may be about
// to read again.
func TestASortedAnswerPassesOverWhatWasTakenBack(t *testing.T) {
	text := string(keyed("K-1").Append(nil)) + "\n" + string(keyed("K-0").Append(nil)) + "\n"
	l := on(fsys.OS, filepath.Join(t.TempDir(), "issued.jsonl"))
	if err := os.WriteFile(l.Path(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := l.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	bounds(t, 40, 30, 10)
	var got []string
	for m, err := range s.Ask(t.Context(), Question{Sort: ByKey, Reverse: true}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.Record.LicenseKey)
		if err := os.Truncate(l.Path(), int64(len(text)/2)); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(got) != "[K-1]" {
		t.Errorf("records %q", got)
	}
}

// Records sort by the instant, whatever zone and fraction their times are written
// with; what is no time comes first.
func TestTheOrderIsByTheInstant(t *testing.T) {
	times := []string{
		"yesterday", "1969-12-31T23:59:59Z", "2026-01-01T00:00:00+01:00", "2025-12-31T23:30:00Z", "2026-01-01T00:00:00Z",
		"2026-01-01T00:00:00.25Z", "2026-01-01T01:00:00.5+01:00", "2025-12-31T20:00:01-04:00", "2026-01-01T00:00:02Z", "9999-12-31T23:59:59Z",
	}
	place := rand.New(rand.NewPCG(5, 5)).Perm(len(times))
	var text []byte
	for i := range times {
		r := keyed(fmt.Sprint("K-", place[i]))
		r.IssuedAt, r.ExpiresAt = times[place[i]], times[place[i]]
		text = append(r.Append(text), '\n')
	}
	s := snapshotOf(t, string(text))
	for _, small := range []bool{false, true} {
		if small {
			bounds(t, 16, 1, 2)
		}
		for _, order := range []Order{ByIssued, ByExpires} {
			var got []string
			for m, err := range s.Ask(t.Context(), Question{Sort: order, All: true, Now: today}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, m.Record.IssuedAt)
			}
			if !slices.Equal(got, times) {
				t.Errorf("by %s, small %v: %q", order, small, got)
			}
		}
	}
}

// Of a text that no license has, its beginning is what counts in the order, in whole
// characters, and no more is held.
func TestLongTextsSortByTheirBeginnings(t *testing.T) {
	long := strings.Repeat("ä", 700)
	r := Record{LicenseKey: long, Name: "X" + long, Email: long + "@x", Tier: strings.Repeat("t", 5000)}
	for _, order := range []Order{ByName, ByEmail, ByTier, ByKey} {
		if key := order.key(&r); len(key) > sortedBytes || len(key) < sortedBytes-1 || !utf8.ValidString(key) {
			t.Errorf("by %s: %d bytes", order, len(key))
		}
	}
	var text []byte
	for i, name := range []string{long + "c", "b" + long, long + "a", "a"} {
		r := keyed(fmt.Sprint("K-", i))
		r.Name = name
		text = append(r.Append(text), '\n')
	}
	s := snapshotOf(t, string(text))
	for _, c := range []struct {
		reverse bool
		want    []string
	}{{false, []string{"4", "2", "1", "3"}}, {true, []string{"1", "3", "2", "4"}}} {
		for _, small := range []bool{false, true} {
			if small {
				bounds(t, 16, 1, 2)
			}
			var got []string
			for m, err := range s.Ask(t.Context(), Question{Sort: ByName, Reverse: c.reverse, All: true, Now: today}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprint(m.Line))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("reverse %v, small %v: lines %q, want %q", c.reverse, small, got, c.want)
			}
		}
	}
}
