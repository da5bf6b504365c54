package ledger

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/dtlic/dtlic/internal/journal"
)

// State is how an issued license stands, in the log's eyes: without its
// signature, and without the machine it runs on.
type State string

// The states. The first that holds is the one.
const (
	// Replaced: another license of the same license key was issued later.
	Replaced State = "replaced"
	// Revoked: its license key is revoked.
	Revoked State = "revoked"
	// NotYetValid: it begins later.
	NotYetValid State = "not_yet_valid"
	// Expired: it has ended.
	Expired State = "expired"
	// Active: it runs.
	Active State = "active"
)

// Revocation says since when and why a license key is revoked.
type Revocation struct {
	LicenseKey string
	RevokedAt  string // RFC 3339, UTC
	Reason     string
}

// Filter says which records are wanted: those for which all that is set holds.
type Filter struct {
	// LicenseKey is a whole license key.
	LicenseKey string
	// Email is a whole address, or a domain with its @ before it; any case.
	Email string
	// Name is a part of the holder's name, in any case.
	Name string
	// Tier is a tier's name.
	Tier string
	// IssuedAfter and ExpiresAfter are the first instants wanted, IssuedBefore
	// and ExpiresBefore the first no longer wanted.
	IssuedAfter, IssuedBefore, ExpiresAfter, ExpiresBefore time.Time
	// States are those wanted; none is any.
	States []State
	Trial  bool
	// KeyID is the key that signed.
	KeyID string
}

// Order is what records are sorted by.
type Order string

// The orders. Records that are equal stay in the order of the log.
const (
	ByLog     Order = "" // as they stand
	ByIssued  Order = "issued"
	ByExpires Order = "expires"
	ByName    Order = "name"  // in any case
	ByEmail   Order = "email" // in any case
	ByTier    Order = "tier"
	ByKey     Order = "key"
)

// Question asks a log for records.
type Question struct {
	// Word is a part of the license key, the email or the name, in any case.
	Word string
	Filter
	// All asks for the history: replaced licenses too.
	All bool
	// Now is when the licenses' states are looked at.
	Now time.Time
	// Revoked are the license keys in force as revoked.
	Revoked map[string]Revocation
	Sort    Order
	// Reverse turns the order around.
	Reverse bool
	// Limit is how many records are wanted at most; 0 is all.
	Limit int
}

// Match is a record that a question found.
type Match struct {
	Entry
	State State
}

// Snapshot is the log as it stood when it was opened, for several questions
// about the same lines. It takes no lock and holds nobody up.
type Snapshot struct {
	*journal.Snapshot
	path string
}

// Snapshot opens the log. A missing log is an empty one. It must be closed.
func (l *Ledger) Snapshot() (*Snapshot, error) {
	s, err := l.journal.Snapshot()
	if err != nil {
		return nil, err
	}
	return &Snapshot{s, l.Path()}, nil
}

// Records yields all records as [Ledger.Records] does.
func (s *Snapshot) Records() iter.Seq2[Entry, error] { return matching(s.Lines(), s.path, "") }

// Ask yields the records that a question is about. The running license of a
// license key is the one issued last, by its issued_at, and of several of one
// second the one that stands last. Errors are those of [Ledger.Records]: one
// about a line is a [*journal.LineError], told once, before the records, and
// the others come all the same; any other error ends the iteration.
func (s *Snapshot) Ask(ctx context.Context, q Question) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		running := make(map[string]int) // license key → line
		issued := make(map[string]string)
		var all []Entry
		for e, err := range s.Records() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				if _, ok := errors.AsType[*journal.LineError](err); !yield(Match{Entry: e}, err) || !ok {
					return
				}
				continue
			}
			all = append(all, e)
			if r := &e.Record; r.IssuedAt >= issued[r.LicenseKey] {
				running[r.LicenseKey], issued[r.LicenseKey] = e.Line, r.IssuedAt
			}
		}
		var found []Match
		for _, e := range all {
			state := q.stateOf(&e.Record, running[e.Record.LicenseKey] != e.Line)
			if (q.All || state != Replaced) && q.wants(&e.Record, state) {
				found = append(found, Match{e, state})
			}
		}
		slices.SortStableFunc(found, func(a, b Match) int {
			c := strings.Compare(q.Sort.key(&a.Record), q.Sort.key(&b.Record))
			if q.Sort == ByLog {
				c = a.Line - b.Line
			}
			if q.Reverse {
				c = -c
			}
			return c
		})
		for i, m := range found {
			if q.Limit > 0 && i == q.Limit || !yield(m, nil) {
				return
			}
		}
	}
}

// stateOf decides how a record stands. A time that is none, as another tool may
// have written it, has passed.
func (q *Question) stateOf(r *Record, replaced bool) State {
	_, revoked := q.Revoked[r.LicenseKey]
	starts, err := time.Parse(time.RFC3339, r.StartsAt)
	switch {
	case replaced:
		return Replaced
	case revoked:
		return Revoked
	case err == nil && q.Now.Before(starts):
		return NotYetValid
	case !q.Now.Before(instant(r.ExpiresAt)):
		return Expired
	}
	return Active
}

func instant(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text) // the zero time where it is none
	return t
}

// wants tells whether the filter and the word let a record through.
func (q *Question) wants(r *Record, state State) bool {
	f := &q.Filter
	within := func(text string, after, before time.Time) bool {
		t := instant(text)
		return (after.IsZero() || !t.Before(after)) && (before.IsZero() || t.Before(before))
	}
	switch {
	case q.Word != "" && !contains(r.LicenseKey, q.Word) && !contains(r.Email, q.Word) && !contains(r.Name, q.Word),
		f.LicenseKey != "" && r.LicenseKey != f.LicenseKey,
		strings.HasPrefix(f.Email, "@") && !strings.HasSuffix(fold(r.Email), fold(f.Email)),
		f.Email != "" && f.Email[0] != '@' && fold(r.Email) != fold(f.Email),
		!contains(r.Name, f.Name),
		f.Tier != "" && r.Tier != f.Tier,
		!within(r.IssuedAt, f.IssuedAfter, f.IssuedBefore),
		!within(r.ExpiresAt, f.ExpiresAfter, f.ExpiresBefore),
		len(f.States) > 0 && !slices.Contains(f.States, state),
		f.Trial && !r.Trial,
		f.KeyID != "" && r.KeyID != f.KeyID:
		return false
	}
	return true
}

// key is what a record is sorted by.
func (o Order) key(r *Record) string {
	switch o {
	case ByIssued:
		return r.IssuedAt
	case ByExpires:
		return r.ExpiresAt
	case ByName:
		return fold(r.Name)
	case ByEmail:
		return fold(r.Email)
	case ByTier:
		return r.Tier
	case ByKey:
		return r.LicenseKey
	}
	return ""
}

func contains(text, part string) bool { return strings.Contains(fold(text), fold(part)) }

// fold makes texts that are the same in any case the same.
func fold(text string) string { return strings.ToLower(strings.ToUpper(text)) }
