package export

import (
	"context"
	"fmt"
	"io"
	"strings"
)

const (
	// statementRows and statementBytes bound one INSERT.
	statementRows  = 500
	statementBytes = 1 << 20
)

// sqlWriter writes what PostgreSQL takes: one transaction that makes the table
// where it is missing, inserts each license that is not in it yet, and sets
// which are revoked. So it can be run again and again with the same effect, and
// a text that is cut off has none.
//
// It does not depend on the session that reads it: the encoding is set before
// the first foreign text, and texts with a backslash are written so that they
// mean the same whatever standard_conforming_strings is.
type sqlWriter struct {
	options     Options
	rows, bytes int // of the statement under way
}

func (w *sqlWriter) begin(dst []byte) []byte {
	dst = append(dst, "SET client_encoding = 'UTF8';\nSET client_min_messages = 'warning';\nBEGIN;\nCREATE TABLE IF NOT EXISTS licenses (\n"...)
	types := map[kind]string{text: "text", moment: "timestamptz", truth: "boolean", object: "json"}
	for i := range columns {
		c := &columns[i]
		end := ",\n"
		if i == len(columns)-1 {
			end = "\n"
		}
		dst = fmt.Appendf(dst, "  %s %s%s%s", c.name, types[c.kind], c.declared, end)
	}
	return append(dst, ");\n"+
		// Hashes: an ordered index refuses a text of more than a third of a page.
		"CREATE INDEX IF NOT EXISTS licenses_license_key ON licenses USING hash (license_key);\n"+
		"CREATE INDEX IF NOT EXISTS licenses_email ON licenses USING hash (lower(email));\n"...)
}

func (w *sqlWriter) row(dst []byte, r *row) []byte {
	before := len(dst)
	if w.rows == 0 {
		dst = fmt.Appendf(dst, "INSERT INTO licenses (%s) VALUES\n(", names())
	} else {
		dst = append(dst, ",\n("...)
	}
	for i := range columns {
		c := &columns[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = c.appendSQL(dst, c.value(r))
	}
	dst = append(dst, ')')
	w.rows, w.bytes = w.rows+1, w.bytes+len(dst)-before
	if w.rows == statementRows || w.bytes >= statementBytes {
		dst = w.endInsert(dst)
	}
	return dst
}

// endInsert ends the statement. A license that is in the table stays as it is; one
// that stands twice in the log is in it once.
func (w *sqlWriter) endInsert(dst []byte) []byte {
	if w.rows > 0 {
		dst = append(dst, "\nON CONFLICT (blob_sha256) DO NOTHING;\n"...)
	}
	w.rows, w.bytes = 0, 0
	return dst
}

// end sets which licenses of this product are revoked, those that were in the table
// before too. Nobody sees the state between the statements.
func (w *sqlWriter) end(ctx context.Context, to io.Writer) error {
	ours := string(appendLiteral([]byte("(product IS NULL OR product = "), w.options.Product)) + ")"
	text := fmt.Appendf(w.endInsert(nil), "UPDATE licenses SET revoked_at = NULL, revoked_reason = NULL WHERE %s AND (revoked_at IS NOT NULL OR revoked_reason IS NOT NULL);\n", ours)
	if _, err := to.Write(text); err != nil {
		return err
	}
	if w.options.Revoked != nil {
		for r, err := range w.options.Revoked.All(ctx) {
			if err != nil {
				return err
			}
			text = appendTime(append(text[:0], "UPDATE licenses SET revoked_at = "...), r.RevokedAt)
			text = appendLiteral(append(text, ", revoked_reason = "...), r.Reason)
			text = appendLiteral(append(text, " WHERE license_key = "...), r.LicenseKey)
			text = append(append(append(text, " AND "...), ours...), ";\n"...)
			if _, err := to.Write(text); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(to, "COMMIT;\n")
	return err
}

// appendSQL appends a value of the column.
func (c *column) appendSQL(dst []byte, value string) []byte {
	switch {
	case c.isNull(value):
		return append(dst, "NULL"...)
	case c.kind == moment:
		return appendTime(dst, value)
	case c.kind == truth:
		return append(dst, strings.ToUpper(value)...)
	default:
		return appendLiteral(dst, value)
	}
}

// appendTime appends a time; NULL for what is none.
func appendTime(dst []byte, value string) []byte {
	t := sqlTime(value)
	if t == "" {
		return append(dst, "NULL"...)
	}
	return append(append(append(dst, '\''), t...), '\'')
}

// appendLiteral appends a text. One with a backslash is written as an escape
// string, which means the same in every session. NUL, which no text of
// PostgreSQL has, becomes U+FFFD.
func appendLiteral(dst []byte, s string) []byte {
	s = strings.ReplaceAll(asUTF8(s), "\x00", "\ufffd")
	if strings.ContainsRune(s, '\\') {
		dst = append(dst, 'E')
		s = strings.ReplaceAll(s, `\`, `\\`)
	}
	dst = append(dst, '\'')
	dst = append(dst, strings.ReplaceAll(s, `'`, `''`)...)
	return append(dst, '\'')
}
