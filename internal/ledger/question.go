package ledger

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
	Revoked *InForce
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
	// torn is how many bytes the unfinished last line has.
	torn int64
}

// Snapshot opens the log. A missing log is an empty one. It must be closed.
//
// An unfinished last line is no part of it: the mint under way, or the next one,
// may put another line there while the snapshot is read several times.
func (l *Ledger) Snapshot() (*Snapshot, error) { return l.snapshot(l.journal.Snapshot) }

// Copied is a log that stands somewhere else than in a file, such as in a backup:
// size bytes of r. Errors name it by path. It need not be closed.
func Copied(path string, r io.ReaderAt, size int64) (*Snapshot, error) {
	s := journal.NewSnapshot(path, r, size, beginsWithRecord)
	var err error
	if s.View, _, err = s.WholeLines(); err != nil {
		return nil, err
	}
	return &Snapshot{s, path, size - s.Size()}, nil
}

func (l *Ledger) snapshot(open func() (*journal.Snapshot, error)) (*Snapshot, error) {
	const tries = 100
	for try := 1; ; try++ {
		s, err := open()
		if err != nil {
			return nil, err
		}
		size := s.Size()
		s.View, _, err = s.WholeLines()
		if err == nil {
			return &Snapshot{s, l.Path(), size - s.Size()}, nil
		}
		s.Close()
		if !errors.Is(err, io.ErrUnexpectedEOF) || try == tries { // else it was set aside meanwhile
			return nil, err
		}
	}
}

// Records yields all records as [Ledger.Records] does.
func (s *Snapshot) Records() iter.Seq2[Entry, error] {
	return readRecords(context.Background(), s.View, s.path, nil, func(*Record) bool { return true })
}

// stateOf decides how a record stands. A time that is none, as another tool may
// have written it, has passed.
func (q *Question) stateOf(r *Record, replaced bool) State {
	switch {
	case replaced:
		return Replaced
	case q.Revoked.Has(r.LicenseKey):
		return Revoked
	case r.StartsAt != "" && q.Now.Before(instant(r.StartsAt)):
		return NotYetValid
	case !q.Now.Before(instant(r.ExpiresAt)):
		return Expired
	}
	return Active
}

// prepared is a question with its texts folded.
type prepared struct {
	*Question
	word, email, name string
}

func prepare(q *Question) *prepared {
	return &prepared{q, fold(q.Word), fold(q.Email), fold(q.Name)}
}

// about tells whether a record's license key and holder are those asked about.
// These are the same for all records of one license key.
func (q *prepared) about(r *Record) bool {
	switch {
	case q.word != "" && !contains(r.LicenseKey, q.word) && !contains(r.Email, q.word) && !contains(r.Name, q.word),
		q.LicenseKey != "" && r.LicenseKey != q.LicenseKey,
		strings.HasPrefix(q.email, "@") && !endsWith(r.Email, q.email),
		q.email != "" && q.email[0] != '@' && !strings.EqualFold(r.Email, q.Email),
		!contains(r.Name, q.name):
		return false
	}
	return true
}

// wants tells whether all else that is set in the filter holds.
func (q *prepared) wants(r *Record, state State) bool {
	within := func(text string, after, before time.Time) bool {
		if after.IsZero() && before.IsZero() {
			return true
		}
		t := instant(text)
		return (after.IsZero() || !t.Before(after)) && (before.IsZero() || t.Before(before))
	}
	switch {
	case state == Replaced && !q.All,
		q.Tier != "" && r.Tier != q.Tier,
		!within(r.IssuedAt, q.IssuedAfter, q.IssuedBefore),
		!within(r.ExpiresAt, q.ExpiresAfter, q.ExpiresBefore),
		len(q.States) > 0 && !slices.Contains(q.States, state),
		q.Trial && !r.Trial,
		q.KeyID != "" && r.KeyID != q.KeyID:
		return false
	}
	return true
}

// probe searches for the first text that is asked about; nil finds all lines.
func (q *prepared) probe() *probe {
	if q.LicenseKey != "" {
		return newProbe(q.LicenseKey, true)
	}
	return newProbe(cmp.Or(q.email, q.word, q.name), false)
}

// sortedBytes is how many bytes of a text count in the order of records: more than
// any license's texts have. Where these are equal, the order of the log counts.
const sortedBytes = 1 << 10

// key is what a record is sorted by.
func (o Order) key(r *Record) string { return o.keyIn(nil, r) }

// keyIn is the key: a text of the record, or, folded or an instant, in room.
func (o Order) keyIn(room []byte, r *Record) string {
	switch o {
	case ByIssued:
		return instantKey(room, r.IssuedAt)
	case ByExpires:
		return instantKey(room, r.ExpiresAt)
	case ByName:
		return foldIn(room, sortedPart(r.Name))
	case ByEmail:
		return foldIn(room, sortedPart(r.Email))
	case ByTier:
		return sortedPart(r.Tier)
	case ByKey:
		return sortedPart(r.LicenseKey)
	}
	return ""
}

// sortedPart is what of a text counts in the order, in whole characters.
func sortedPart(text string) string {
	if len(text) <= sortedBytes {
		return text
	}
	end := sortedBytes
	for end > sortedBytes-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// instantKey is a text in room that sorts as the instant does which a time of the log
// stands for, whatever its zone. What is no time comes first.
func instantKey(room []byte, text string) string {
	t := instant(text)
	room = binary.BigEndian.AppendUint64(room, uint64(t.Unix())^1<<63)
	return alias(binary.BigEndian.AppendUint32(room, uint32(t.Nanosecond())))
}
