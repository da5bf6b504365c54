package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/export"
	"github.com/dtlic/dtlic/internal/ledger"
)

// FuzzReadBack: whatever texts a record has, CSV reads back as they are but for
// apostrophes, JSON exactly, and SQL as the texts that a session reads, which
// never leave their quotes.
func FuzzReadBack(f *testing.F) {
	for _, seed := range []string{"Ada", "O'Neil", `\'`, `\\`, "'';--", "=1", "\x00", "\xff", "\r\n", "\"", "a;=1", "$$", "E'", "＝", "\ufeff"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, name, note string) {
		line := ledger.Record{LicenseKey: "K-1", Name: name, Note: note, Blob: "B", IssuedAt: note}.Append(nil)
		r, err := ledger.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		name, note = r.Name, r.Note // what is not UTF-8 is U+FFFD in the log
		if !utf8.ValidString(name) {
			t.Fatalf("%q", name)
		}

		rows, err := csv.NewReader(strings.NewReader(written(t, export.CSV, string(line)))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		// The reader takes every line end for a line feed.
		same := strings.NewReplacer("'", "", "\r\n", "\n")
		if got := rows[1][2]; same.Replace(got) != same.Replace(name) || !strings.HasSuffix(got, lastRune(name)) {
			t.Errorf("CSV: %q for %q", got, name)
		}

		var objects []struct{ Name, Note *string }
		if err := json.Unmarshal([]byte(written(t, export.JSON, string(line))), &objects); err != nil {
			t.Fatal(err)
		}
		if *objects[0].Name != name || note != "" && *objects[0].Note != note {
			t.Errorf("JSON: %q for %q, %q", *objects[0].Name, name, note)
		}

		for _, s := range statements(t, written(t, export.SQL, string(line))) {
			if s.kind == "INSERT" && (s.tuples != 1 || !bytes.Contains(s.texts, []byte("\x00"+withoutNUL(name)+"\x00"))) {
				t.Errorf("SQL: %d rows, %q for %q", s.tuples, s.texts, name)
			}
		}
	})
}

func withoutNUL(s string) string { return strings.ReplaceAll(s, "\x00", "\ufffd") }

func lastRune(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	if s = s[len(s)-size:]; s == "\n" || s == "\r" {
		return ""
	}
	return s
}

// statement is what a session makes of one.
type statement struct {
	kind   string
	tuples int
	texts  []byte // all texts of it, a NUL around each
}

// statements reads SQL as PostgreSQL's psql does, as far as an export needs:
// words, plain and escape strings, brackets, semicolons.
func statements(t testing.TB, sql string) (all []statement) {
	t.Helper()
	s := statement{texts: []byte{0}}
	depth := 0
	for i := 0; i < len(sql); i++ {
		switch c := sql[i]; {
		case c == '\'':
			text, size, ok := literal(sql[i:], i > 0 && sql[i-1] == 'E')
			if !ok {
				t.Fatalf("a text without an end: %q", sql[i:])
			}
			s.texts = append(append(s.texts, text...), 0)
			i += size - 1
		case c == '\\' || c == '"' || c == '$' || c == ':' || c >= 0x80 || strings.HasPrefix(sql[i:], "--") || strings.HasPrefix(sql[i:], "/*"):
			t.Fatalf("outside of a text: %q", sql[i:min(len(sql), i+40)])
		case c == '(':
			if depth == 0 && s.kind == "INSERT" {
				s.tuples++
			}
			depth++
		case c == ')':
			depth--
		case c == ';' && depth == 0:
			if s.kind == "INSERT" {
				s.tuples -= 2 // the columns' names, and ON CONFLICT's
			}
			all = append(all, s)
			s = statement{texts: []byte{0}}
		case s.kind == "" && c >= 'A' && c <= 'Z':
			s.kind, _, _ = strings.Cut(sql[i:], " ")
			s.kind = strings.TrimRight(strings.SplitN(s.kind, "\n", 2)[0], ";")
		}
	}
	if s.kind != "" || depth != 0 {
		t.Fatalf("the last statement has no end: %s", s.kind)
	}
	return all
}

// literal reads a text in quotes at the beginning of sql.
func literal(sql string, escapes bool) (text []byte, size int, ok bool) {
	for i := 1; i < len(sql); i++ {
		switch c := sql[i]; {
		case escapes && c == '\\' && i+1 < len(sql):
			i++
			if sql[i] != '\\' {
				return nil, 0, false // we write no other escape
			}
			text = append(text, '\\')
		case !escapes && c == '\\':
			return nil, 0, false // its meaning would depend on the session
		case c == '\'' && i+1 < len(sql) && sql[i+1] == '\'':
			i++
			text = append(text, '\'')
		case c == '\'':
			return text, i + 1, true
		default:
			text = append(text, c)
		}
	}
	return nil, 0, false
}
