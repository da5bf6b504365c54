package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
)

// Field is one fact of an answer, under the name that JSON and the plain view
// share.
type Field struct {
	Name string
	// Value is nil, a string, a bool, an int, an int64, a []string, a
	// map[string]int64, a json.RawMessage, a Document or a []Document.
	Value any
}

// Document is an answer: the same facts in JSON and as plain lines.
type Document []Field

// append writes the fields as one object, in their order, and without
// reflection, which a short-lived program feels.
func (d Document) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i, f := range d {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, f.Name), ':')
		dst = appendValue(dst, f.Value)
	}
	return append(dst, '}')
}

func appendValue(dst []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendText(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case json.RawMessage:
		return append(dst, v...)
	case Document:
		return v.append(dst)
	case []string:
		return appendList(dst, v, appendText)
	case []Document:
		return appendList(dst, v, func(dst []byte, d Document) []byte { return d.append(dst) })
	case map[string]int64:
		limits := Document{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			limits = append(limits, Field{name, v[name]})
		}
		return limits.append(dst)
	default:
		panic(fmt.Sprintf("a document holds a %T", value))
	}
}

func appendList[T any](dst []byte, items []T, appendItem func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendItem(dst, item)
	}
	return append(dst, ']')
}

// appendText writes a JSON string; a path may be no valid UTF-8.
func appendText(dst []byte, s string) []byte {
	return envelope.AppendString(dst, strings.ToValidUTF8(s, "\ufffd"))
}

// Indented is the document as JSON for people too, each line but the first
// behind a prefix.
func (d Document) Indented(prefix string) (string, error) {
	var b bytes.Buffer
	b.Grow(1 << 10)
	err := d.indent(&b, prefix)
	return Visible(b.String()), err
}

// indent writes the values one by one, as json.Indent does: a log has millions of
// documents, and most values are texts.
func (d Document) indent(b *bytes.Buffer, prefix string) error {
	if len(d) == 0 {
		b.WriteString("{}")
		return nil
	}
	before := "{\n"
	for _, f := range d {
		b.WriteString(before)
		b.WriteString(prefix)
		b.WriteString("  ")
		b.Write(append(appendText(b.AvailableBuffer(), f.Name), ": "...))
		switch value := appendValue(b.AvailableBuffer(), f.Value); f.Value.(type) {
		case nil, string, bool, int, int64:
			b.Write(value)
		default:
			if err := json.Indent(b, bytes.Clone(value), prefix+"  ", "  "); err != nil {
				return err
			}
		}
		before = ",\n"
	}
	b.WriteByte('\n')
	b.WriteString(prefix)
	b.WriteByte('}')
	return nil
}

// Line is the document as JSON on one line, without a line feed.
func (d Document) Line() (string, error) {
	var b bytes.Buffer
	err := json.Compact(&b, d.append(nil))
	return Visible(b.String()), err
}

// Visible escapes, in a JSON text, what a terminal could obey or a reader could
// not see, which outside of ASCII stands in strings alone: the same data.
func Visible(text string) string {
	if isPlain(text) || !strings.ContainsFunc(text, IsInvisible) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !IsInvisible(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// isPlain tells whether a text is all ASCII and has no delete character.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x7f {
			return false
		}
	}
	return true
}

// IsInvisible tells whether a terminal could obey a character outside of ASCII, or
// a reader not see it.
func IsInvisible(r rune) bool {
	return r >= 0x7f && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// LicenseDocument holds the license's own members, flat. There is one encoder of
// a license, so they are read back from what it writes.
func LicenseDocument(l *dtlic.License) (d Document, err error) {
	if l.LicenseKey == "" {
		return nil, nil
	}
	payload, err := envelope.ParseJSON(string(l.AppendPayload(nil)))
	if err != nil {
		return nil, err
	}
	for _, m := range payload.Members {
		d = append(d, Field{m.Name, json.RawMessage(m.Value.Raw)})
	}
	return d, nil
}

// StatusDocument tells how a license stands: its members flat, then state,
// days_left, key_id and error, which are always there.
func StatusDocument(s *dtlic.Status) (Document, error) {
	d, err := LicenseDocument(&s.License)
	if err != nil {
		return nil, err
	}
	var keyID, daysLeft any
	if s.License.LicenseKey != "" {
		keyID = s.License.KeyID()
		d = append(d, Field{"granted_features", s.License.Granted()}, Field{"granted_limits", s.License.Limited()})
		if !s.License.IsPerpetual() {
			daysLeft = s.DaysLeft
		}
	}
	return append(d,
		Field{"state", string(s.State)},
		Field{"days_left", daysLeft},
		Field{"perpetual", s.License.IsPerpetual()},
		Field{"expiring", s.Expiring},
		Field{"key_id", keyID},
		Field{"error", ErrorValue(s.Err)}), nil
}

// ErrorValue is the member error of a document: nil, or code, message and hint.
func ErrorValue(err error) any {
	if err == nil {
		return nil
	}
	e := asShown(err)
	return Document{{"code", string(e.Code)}, {"message", e.Error()}, {"hint", e.Hint}}
}

// Timestamp writes a time as JSON and plain views do: RFC 3339, UTC, whole
// seconds; "" for no time.
func Timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// OrNil makes an absent text null.
func OrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
