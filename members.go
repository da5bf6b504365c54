package dtlic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/envelope"
)

// memberReader takes typed members out of a strictly read object and keeps the
// first failure, so that a decoder reads like the format's table. null is no
// value of any type.
type memberReader struct {
	root *envelope.Value
	err  error
}

func (d *memberReader) fail(name, reason string) {
	if d.err == nil {
		d.err = fmt.Errorf("%s %s", name, reason)
	}
}

func (d *memberReader) has(name string) bool {
	_, ok := d.root.Member(name)
	return ok
}

// value returns the member where it is present and of the type; a missing
// required one, or another type, is a failure.
func (d *memberReader) value(name string, want envelope.Type, required bool) *envelope.Value {
	v, ok := d.root.Member(name)
	switch {
	case !ok && required:
		d.fail(name, "is missing")
	case ok && v.Type != want:
		d.fail(name, "must be "+want.String())
		return nil
	}
	return v
}

func (d *memberReader) text(name string, required bool) string {
	v := d.value(name, envelope.String, required)
	if v == nil {
		return ""
	}
	return v.Text
}

func (d *memberReader) bool(name string) bool {
	v := d.value(name, envelope.Bool, false)
	return v != nil && v.True
}

func (d *memberReader) time(name string, required bool) time.Time {
	v := d.value(name, envelope.String, required)
	if v == nil {
		return time.Time{}
	}
	t, ok := parseTime(v.Text)
	if !ok {
		d.fail(name, "must be a time like 2006-01-02T15:04:05Z")
	}
	return t
}

func (d *memberReader) integer(name string) (n int64, present bool) {
	v := d.value(name, envelope.Number, false)
	if v == nil {
		return 0, false
	}
	n, ok := parseInteger(v.Text)
	if !ok {
		d.fail(name, "must be a whole number from 0 to 9007199254740991")
	}
	return n, true
}

// texts reads an array of at most so many strings.
func (d *memberReader) texts(name string, most int) (items []string, present bool) {
	v := d.value(name, envelope.Array, false)
	if v == nil {
		return nil, false
	}
	if len(v.Items) > most {
		d.fail(name, fmt.Sprintf("must not be more than %d", most))
		return nil, true
	}
	for _, item := range v.Items {
		if item.Type != envelope.String {
			d.fail(name, "must hold strings only")
			return nil, true
		}
		items = append(items, item.Text)
	}
	return items, true
}

func (d *memberReader) limits(name string) map[string]int64 {
	v := d.value(name, envelope.Object, false)
	if v == nil || len(v.Members) == 0 {
		return nil
	}
	if len(v.Members) > maxLimits {
		d.fail(name, fmt.Sprintf("must not be more than %d", maxLimits))
		return nil
	}
	limits := make(map[string]int64, len(v.Members))
	for _, m := range v.Members {
		n, ok := parseInteger(m.Value.Text)
		if m.Value.Type != envelope.Number || !ok {
			d.fail(name, "must be whole numbers from 0 to 9007199254740991")
			return nil
		}
		limits[m.Name] = n
	}
	return limits
}

// noFoldedNames refuses a member that differs from a known one only by case:
// other readers would take it for that one.
func (d *memberReader) noFoldedNames(known []string) {
	for i := range d.root.Members {
		name := d.root.Members[i].Name
		if isFolded(name) {
			continue
		}
		if folded := foldName(name); slices.Contains(known, folded) && d.err == nil {
			d.err = fmt.Errorf("a member differs from %s only by case", folded)
		}
	}
}

// isFolded tells whether foldName changes nothing, which is so almost always.
func isFolded(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// foldName lowers ASCII letters and the two other characters that fold to one.
func foldName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r == '\u017f': // long s
			return 's'
		case r == '\u212a': // Kelvin sign
			return 'k'
		}
		return r
	}, s)
}

// parseTime reads exactly YYYY-MM-DDTHH:MM:SSZ, a real date from 1970 on.
func parseTime(s string) (time.Time, bool) {
	if len(s) != len(timeForm) {
		return time.Time{}, false
	}
	// time.Parse takes other zones and fractions; the form is checked first.
	for i := range len(s) {
		if c, form := s[i], timeForm[i]; '0' <= form && form <= '9' {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
		} else if c != form {
			return time.Time{}, false
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil && t.Unix() >= 0
}

// parseInteger reads 0 or [1-9][0-9]* up to 2^53−1.
func parseInteger(s string) (int64, bool) {
	if s == "" || len(s) > 16 || s[0] == '0' && s != "0" {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= maxInteger
}
