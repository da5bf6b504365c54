package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/dtlic/dtlic"
)

// Field is one fact of an answer, under the name that JSON and the plain view
// share.
type Field struct {
	Name  string
	Value any // what encoding/json writes, a Document among it
}

// Document is an answer: the same facts in JSON and as plain lines.
type Document []Field

// MarshalJSON writes the fields as one object, in their order.
func (d Document) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range d {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := marshal(f.Name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(f.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal is json.Marshal with <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// visible escapes, in a JSON text, what a terminal could obey or a reader could
// not see, which outside of ASCII stands in strings alone: the same data.
func visible(text string) string {
	if !strings.ContainsFunc(text, isInvisible) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !isInvisible(r):
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

func isInvisible(r rune) bool {
	return r >= 0x7f && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// LicenseDocument holds the license's own members, flat. There is one encoder of
// a license, so they are read back from what it writes.
func LicenseDocument(l *dtlic.License) (d Document, err error) {
	if l.LicenseKey == "" {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(l.AppendPayload(nil)))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, err
		}
		d = append(d, Field{fmt.Sprint(name), raw})
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
	e := asFailure(err)
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
