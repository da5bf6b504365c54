package export

import (
	"context"
	"io"
	"strings"
	"unicode"
)

// csvWriter writes a table as RFC 4180 has it: a header, every cell in quotes,
// lines that end in CR LF, UTF-8 without a byte order mark.
//
// A spreadsheet takes a cell that begins as a formula does for one, also in
// quotes, and holders choose their names. Such a cell gets an apostrophe before
// it, see [guarded]: this format is for people's eyes, the other two are exact.
type csvWriter struct{}

func (csvWriter) begin(dst []byte) []byte { return append(append(dst, names()...), "\r\n"...) }

func (csvWriter) row(dst []byte, r *row) []byte {
	for i := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, strings.ReplaceAll(guarded(asUTF8(columns[i].value(r))), `"`, `""`)...)
		dst = append(dst, '"')
	}
	return append(dst, "\r\n"...)
}

func (csvWriter) end(context.Context, io.Writer) error { return nil }

// guarded puts an apostrophe where a formula could begin: at the beginning of a
// cell, and behind what a spreadsheet that is set to another separator, or that
// does not heed the quotes, begins a new cell at.
func guarded(cell string) string {
	if !strings.ContainsAny(cell, formulaStarts) {
		return cell
	}
	var b strings.Builder
	atStart := true
	for _, r := range cell {
		if atStart && strings.ContainsRune(formulaStarts, r) {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		// White space and quotes before it keep no spreadsheet from a formula.
		atStart = strings.ContainsRune(cellBreaks, r) || atStart && (unicode.IsSpace(r) || r == '"' || isUnseen(r))
	}
	return b.String()
}

const (
	// formulaStarts begin a formula, the full-width forms in some settings.
	formulaStarts = "=+-@\t\r＝＋－＠"
	// cellBreaks are separators of other settings, and line ends.
	cellBreaks = ";|\t\r\n\u0085\u2028\u2029"
)

// isUnseen tells whether a character may be dropped before a cell is looked at.
func isUnseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf)
}
