// Package export writes the issuance log in forms that other programs read: a
// table for spreadsheets (CSV), an array for scripts (JSON), and statements for
// a database (SQL, as PostgreSQL takes it).
//
// It holds one record in memory at a time. A text that is cut off, because the
// records ended with an error, is recognizable: the JSON array has no end, and
// the SQL transaction no COMMIT.
package export

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/ledger"
)

// Format is the form of an export.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	JSON Format = "json"
	SQL  Format = "sql"
)

// Formats lists the formats.
var Formats = []Format{CSV, JSON, SQL}

// Options say what an export is about.
type Options struct {
	// Product is the name of the product whose log it is.
	Product string
	// Revoked are the license keys in force as revoked.
	Revoked Revoked
}

// Revoked are license keys that are revoked, as [ledger.InForce] knows them.
type Revoked interface {
	// Find tells since when and why one is revoked.
	Find(licenseKey string) (r ledger.Revocation, found bool)
	// All yields them.
	All(ctx context.Context) iter.Seq2[ledger.Revocation, error]
}

// Write writes all records in a format, each record in one call of w.Write, so
// that w may look at whole records. The first error of the records, of ctx or of w
// ends it, and is returned.
func Write(ctx context.Context, w io.Writer, format Format, records iter.Seq2[ledger.Entry, error], o Options) error {
	writers := map[Format]writer{CSV: csvWriter{}, JSON: &jsonWriter{}, SQL: &sqlWriter{options: o}}
	form, ok := writers[format]
	if !ok {
		return fmt.Errorf("there is no format %q", format)
	}
	if _, err := w.Write(form.begin(nil)); err != nil {
		return err
	}
	var text []byte
	for e, err := range records {
		if err != nil {
			return err
		}
		text = form.row(text[:0], newRow(&e, o.Revoked))
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return form.end(ctx, w)
}

// writer makes one format's text: begin and row append it to dst, and end writes it.
type writer interface {
	begin(dst []byte) []byte
	row(dst []byte, r *row) []byte
	end(ctx context.Context, w io.Writer) error
}

// Losses tells, in sentences that go on after "line 7:", what of a record the
// format cannot hold.
func Losses(format Format, e *ledger.Entry) (losses []string) {
	if format != SQL {
		return nil
	}
	r := newRow(e, nil)
	for i := range columns {
		c := &columns[i]
		switch value := c.value(r); {
		case c.kind == moment && value != "" && sqlTime(value) == "":
			losses = append(losses, fmt.Sprintf("its %q is no time that a database has: it becomes NULL", c.name))
		case c.kind == text && strings.ContainsRune(value, 0):
			losses = append(losses, fmt.Sprintf("its %q has a NUL character, which no text in a database can have: it becomes U+FFFD", c.name))
		}
	}
	return losses
}

// row is a record, and what is known of it besides.
type row struct {
	ledger.Record
	blobSHA256    string // hex
	other         string // a JSON object, or ""
	revokedAt     string
	revokedReason string
}

func newRow(e *ledger.Entry, revoked Revoked) *row {
	r := &row{Record: e.Record, blobSHA256: ledger.BlobHash(e.Record.Blob), other: objectOf(e.Unknown())}
	if revoked != nil {
		revocation, _ := revoked.Find(r.LicenseKey)
		r.revokedAt, r.revokedReason = revocation.RevokedAt, revocation.Reason
	}
	return r
}

// objectOf is a JSON object of members that stand in the log as JSON; "" for none.
func objectOf(unknown []ledger.Member) string {
	if len(unknown) == 0 {
		return ""
	}
	var raw []byte
	for i, m := range unknown {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		raw = append(envelope.AppendString(append(raw, sep), asUTF8(m.Name)), ':')
		raw = append(raw, m.Value.(json.RawMessage)...)
	}
	raw = append(raw, '}')
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return string(raw) // it is JSON for one reader, and not for the other
	}
	return compact.String()
}

// kind is what a column holds.
type kind int

const (
	text   kind = iota
	moment      // a time, as in the log: RFC 3339 where it was minted by dtlic
	truth       // "true" or "false"
	object      // a JSON object
)

// column is one value of a record, under the same name in every format.
type column struct {
	name string
	kind kind
	// always says that every record of the log has it, be it empty.
	always bool
	value  func(*row) string
	// declared is the rest of its declaration in SQL, behind the type.
	declared string
}

// columns are those of every format, in this order. Those between blob_sha256 and
// other are the members of the log; order_id is its order, which is a word of SQL.
var columns = [...]column{
	{"blob_sha256", text, true, func(r *row) string { return r.blobSHA256 }, " PRIMARY KEY"},
	{"license_key", text, true, func(r *row) string { return r.LicenseKey }, " NOT NULL"},
	{"name", text, true, func(r *row) string { return r.Name }, " NOT NULL"},
	{"email", text, true, func(r *row) string { return r.Email }, " NOT NULL"},
	{"tier", text, true, func(r *row) string { return r.Tier }, " NOT NULL"},
	{"issued_at", moment, true, func(r *row) string { return r.IssuedAt }, ""},
	{"expires_at", moment, true, func(r *row) string { return r.ExpiresAt }, ""},
	{"blob", text, true, func(r *row) string { return r.Blob }, " NOT NULL"},
	{"key_id", text, false, func(r *row) string { return r.KeyID }, ""},
	{"product", text, false, func(r *row) string { return r.Product }, ""},
	{"starts_at", moment, false, func(r *row) string { return r.StartsAt }, ""},
	{"updates_until", moment, false, func(r *row) string { return r.UpdatesUntil }, ""},
	{"trial", truth, true, func(r *row) string { return fmt.Sprint(r.Trial) }, " NOT NULL"},
	{"order_id", text, false, func(r *row) string { return r.Order }, ""},
	{"replaces", text, false, func(r *row) string { return r.Replaces }, ""},
	{"note", text, false, func(r *row) string { return r.Note }, ""},
	{"other", object, false, func(r *row) string { return r.other }, ""},
	{"revoked_at", moment, false, func(r *row) string { return r.revokedAt }, ""},
	{"revoked_reason", text, false, func(r *row) string { return r.revokedReason }, ""},
}

// isNull tells whether a value is none.
func (c *column) isNull(value string) bool { return value == "" && !c.always }

// sqlTime is a time of the log as a database takes it, in UTC; "" where it is none.
func sqlTime(value string) string {
	t, err := time.Parse(time.RFC3339, value)
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// asUTF8 makes valid UTF-8 of a text; what came out of a JSON line is such a text.
func asUTF8(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// names are the columns' names, with commas between them.
var names = sync.OnceValue(func() string {
	var b bytes.Buffer
	for i := range columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(columns[i].name)
	}
	return b.String()
})
