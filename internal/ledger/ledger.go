// Package ledger keeps the issuance log: one line for each license ever
// issued. A license is shown to nobody before its line is durable.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/dtlic/dtlic/internal/journal"
)

var (
	// ErrDuplicate is matched by the error about a license key that stands in
	// the log already.
	ErrDuplicate = errors.New("this license key has been issued already")
	// ErrSuperseded is matched by the error about a license that was to be renewed
	// and is not the running one of its license key any more.
	ErrSuperseded = errors.New("it was renewed or changed meanwhile")
	// ErrShort is matched by the error about a part of a license that is too
	// short to search for.
	ErrShort = errors.New("too little of the license is left to search for it")
)

// minPartial is the least of a license that FindPartial searches for: the tag,
// the key ID, and the beginning of any payload.
const (
	partialTag     = "DTLIC2:"
	partialKeyID   = 11
	partialPayload = ".eyJ"
	minPartial     = len(partialTag) + partialKeyID + len(partialPayload)
)

// Ledger is an issuance log.
type Ledger struct {
	journal journal.Journal
}

// Entry is one line of the log.
type Entry struct {
	// Line is its number, counted from 1.
	Line int
	// Record is what is known of the license.
	Record Record
	// Raw is the line as it stands, without the line feed, with whatever members
	// it has that Record does not know.
	Raw []byte
}

// New makes the ledger that is kept in a journal, whose Whole it sets: an
// unfinished last line that is a record is one, all the same.
func New(j journal.Journal) *Ledger {
	j.Whole = beginsWithRecord
	return &Ledger{journal: j}
}

// beginsWithRecord tells whether an unfinished last line is a whole record, or
// begins with one and goes on with something else, as glued records do. What a mint
// left unfinished does not: it is one record, and not whole. So no whole record is
// ever set aside; a line that is more than one is damaged, and can be repaired.
func beginsWithRecord(line []byte) bool {
	if _, err := Parse(line); err == nil {
		return true
	}
	end, _ := objectEnd(line)
	_, err := Parse(line[:end])
	return err == nil
}

// Path returns where the log is.
func (l *Ledger) Path() string { return l.journal.Path }

// Text opens the log's text, as far as it is durable, for copying. It must be closed.
func (l *Ledger) Text(ctx context.Context) (*journal.Snapshot, error) { return l.journal.Durable(ctx) }

// Issuance says what has to hold in the log for a license to be issued.
type Issuance struct {
	// ChosenKey is a license key that a person chose: it must not stand in the log
	// yet. Empty for a random key, which is not searched for, and for a renewal.
	ChosenKey string
	// Renews is the running license that this one takes the place of, under the
	// same license key; nil for none.
	Renews *Renewed
}

// Issue puts one license into the log. The log is locked; then build checks,
// signs and returns the record; when Issue returns without an error the record
// is durable, and the license may be shown. Otherwise the log is as it was.
//
// When the log has a chosen license key already the error matches
// [ErrDuplicate]; when the license to be renewed is no longer the running one
// it matches [ErrSuperseded]; build is not called then.
func (l *Ledger) Issue(ctx context.Context, i Issuance, build func() (Record, error)) error {
	return l.journal.Update(ctx, func(existing journal.View) ([][]byte, error) {
		key := i.ChosenKey
		var err error
		switch {
		case i.Renews != nil:
			key, err = i.Renews.Record.LicenseKey, l.mustStillRun(ctx, existing, i.Renews)
		case key != "":
			err = l.mustBeFree(ctx, existing, key)
		}
		if err != nil {
			return nil, err
		}
		record, err := build()
		if err != nil {
			return nil, err
		}
		if key != "" && record.LicenseKey != key {
			return nil, fmt.Errorf("the license key %q was asked for, but %q was signed", key, record.LicenseKey)
		}
		if i.Renews != nil {
			record.Replaces = BlobHash(i.Renews.Record.Blob)
		}
		return [][]byte{record.Append(nil)}, nil
	})
}

// mustBeFree makes sure that no line has this license key. A damaged line in
// which it can be read counts: it may have been issued. One that is too long
// does not: no license makes such a line.
func (l *Ledger) mustBeFree(ctx context.Context, existing journal.View, key string) error {
	for entry, err := range readRecords(ctx, existing, l.Path(), newProbe(key, true), func(r *Record) bool { return r.LicenseKey == key }) {
		if errors.Is(err, journal.ErrLongLine) {
			continue
		}
		if err != nil {
			return fmt.Errorf("cannot tell whether the license key %q has been issued: %w", key, err)
		}
		return fmt.Errorf("%w: %q stands in line %d of %q", ErrDuplicate, key, entry.Line, l.Path())
	}
	return nil
}

// Records yields all records in the order of the file. The error for a line
// that is no record is a [*journal.LineError], and the iteration goes on; any
// other error ends it. A missing log is an empty one; so is an empty line.
func (l *Ledger) Records() iter.Seq2[Entry, error] {
	return l.records(nil, func(*Record) bool { return true })
}

// Find returns all records of a license key, in the order of the file. Damaged
// lines in which that key can be read, and lines too long to read, are told by
// an error that joins a [*journal.LineError] for each; the records found are
// returned all the same.
func (l *Ledger) Find(licenseKey string) ([]Entry, error) {
	return l.find(licenseKey, func(r *Record) bool { return r.LicenseKey == licenseKey })
}

// FindPartial returns the records whose license begins with a text, such as a
// mail program leaves of a license that it cut: at least the tag, the key ID
// and the beginning of the payload. Errors are those of Find.
func (l *Ledger) FindPartial(blobPrefix string) ([]Entry, error) {
	if len(blobPrefix) < minPartial || !strings.HasPrefix(blobPrefix, partialTag) {
		return nil, fmt.Errorf("%w: at least the first %d characters are needed, from %q on", ErrShort, minPartial, partialTag)
	}
	return l.find(blobPrefix, func(r *Record) bool { return strings.HasPrefix(r.Blob, blobPrefix) })
}

// records opens the log for [readRecords].
func (l *Ledger) records(seek *probe, wanted func(*Record) bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s, err := l.Snapshot()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer s.Close()
		readRecords(context.Background(), s.View, s.path, seek, wanted)(yield)
	}
}

func (l *Ledger) find(text string, wanted func(*Record) bool) ([]Entry, error) {
	var entries []Entry
	var damage Damage
	for entry, err := range l.records(newProbe(text, true), wanted) {
		switch {
		case err == nil:
			entries = append(entries, entry)
		case !damage.Add(err):
			return nil, err
		}
	}
	return entries, damage.Err()
}
