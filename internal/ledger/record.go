package ledger

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Record is one issued license. What stands in the second half is in the log only
// where it is set.
type Record struct {
	LicenseKey, Name, Email, Tier, IssuedAt, ExpiresAt, Blob, KeyID, Product string

	// StartsAt and UpdatesUntil are times as in the license, Trial marks an
	// evaluation license: they repeat the license's own, so that the log can be
	// asked about them.
	StartsAt, UpdatesUntil string
	Trial                  bool
	// Order names the order of a shop, Replaces is the SHA-256 of the blob that
	// this one renews or replaces, 64 lower-case hex digits, and Note is the
	// creator's remark.
	Order, Replaces, Note string
}

// member is one member of a record's JSON object.
type member struct {
	name string
	// required members stand in every line; written ones are written always,
	// but older logs lack them.
	required, written bool
	// One of the two is set: where a text or a truth value is kept.
	value func(*Record) *string
	truth func(*Record) *bool
}

// members lists what a record consists of, in the order of format.md §6.
var members = [...]member{
	text("license_key", true, true, func(r *Record) *string { return &r.LicenseKey }),
	text("name", true, true, func(r *Record) *string { return &r.Name }),
	text("email", true, true, func(r *Record) *string { return &r.Email }),
	text("tier", true, true, func(r *Record) *string { return &r.Tier }),
	text("issued_at", true, true, func(r *Record) *string { return &r.IssuedAt }),
	text("expires_at", true, true, func(r *Record) *string { return &r.ExpiresAt }),
	text("blob", true, true, func(r *Record) *string { return &r.Blob }),
	text("key_id", false, true, func(r *Record) *string { return &r.KeyID }),
	text("product", false, true, func(r *Record) *string { return &r.Product }),
	text("starts_at", false, false, func(r *Record) *string { return &r.StartsAt }),
	text("updates_until", false, false, func(r *Record) *string { return &r.UpdatesUntil }),
	{name: "trial", truth: func(r *Record) *bool { return &r.Trial }},
	text("order", false, false, func(r *Record) *string { return &r.Order }),
	text("replaces", false, false, func(r *Record) *string { return &r.Replaces }),
	text("note", false, false, func(r *Record) *string { return &r.Note }),
}

func text(name string, required, written bool, value func(*Record) *string) member {
	return member{name: name, required: required, written: written, value: value}
}

// maxDepth bounds how deep the values of a line may be nested: gjson goes down
// by recursion, and a megabyte of opening brackets would take a gigabyte of stack.
const maxDepth = 64

// Append appends the record to dst as one line of JSON, without the line feed.
// It is valid JSON on one line whatever the record holds: control characters
// (those that steer a terminal among them), U+2028 and U+2029 are escaped, and
// what is not UTF-8 becomes U+FFFD. All other text stands as it is.
func (r Record) Append(dst []byte) []byte {
	sep := byte('{')
	for _, m := range members {
		if m.isUnset(&r) && !m.written {
			continue
		}
		dst = append(dst, sep, '"')
		dst = append(dst, m.name...)
		dst = append(dst, '"', ':')
		if m.truth != nil {
			dst = strconv.AppendBool(dst, *m.truth(&r))
		} else {
			dst = appendString(dst, *m.value(&r))
		}
		sep = ','
	}
	return append(dst, '}')
}

func (m member) isUnset(r *Record) bool {
	if m.truth != nil {
		return !*m.truth(r)
	}
	return *m.value(r) == ""
}

// Parse reads one line of the log: any JSON spacing, any order of the members,
// unknown ones passed over. Its errors name the member at fault and never quote
// the line, which holds a person's name and license.
func Parse(line []byte) (Record, error) {
	object, err := parseObject(line)
	if err != nil {
		return Record{}, err
	}
	var r Record
	found, err := r.fill(object)
	if err != nil {
		return Record{}, err
	}
	for i, m := range members {
		if m.required && found&(1<<i) == 0 {
			return Record{}, fmt.Errorf("it has no member %q", m.name)
		}
	}
	return r, nil
}

// parseObject reads a line that is one JSON object. It says nothing about a
// member that stands twice.
func parseObject(line []byte) (gjson.Result, error) {
	if !utf8.Valid(line) {
		return gjson.Result{}, errors.New("it is not UTF-8 text")
	}
	if !nestedAtMost(line, maxDepth) {
		return gjson.Result{}, fmt.Errorf("its values are nested more than %d deep", maxDepth)
	}
	if !gjson.ValidBytes(line) {
		return gjson.Result{}, errors.New("it is not valid JSON")
	}
	object := gjson.ParseBytes(line)
	if !object.IsObject() {
		return gjson.Result{}, errors.New("it is not a JSON object")
	}
	return object, nil
}

// fill takes the members of an object, and returns the set of known ones found.
func (r *Record) fill(object gjson.Result) (found uint, err error) {
	var unknown map[string]bool
	object.ForEach(func(key, value gjson.Result) bool {
		i := memberIndex(key.Str)
		switch {
		case i < 0 && unknown[key.Str], i >= 0 && found&(1<<i) != 0:
			err = errors.New("it has one member twice")
		case i < 0:
			if unknown == nil {
				unknown = make(map[string]bool)
			}
			unknown[key.Str] = true
		default:
			found |= 1 << i
			err = members[i].set(r, value)
		}
		return err == nil
	})
	return found, err
}

func (m member) set(r *Record, value gjson.Result) error {
	switch {
	case m.truth != nil && !value.IsBool():
		return fmt.Errorf("its member %q is neither true nor false", m.name)
	case m.truth != nil:
		*m.truth(r) = value.Bool()
	case value.Type != gjson.String:
		return fmt.Errorf("its member %q is not a text", m.name)
	default:
		*m.value(r) = value.Str
	}
	return nil
}

func memberIndex(name string) int {
	for i := range members {
		if members[i].name == name {
			return i
		}
	}
	return -1
}

// nestedAtMost tells whether brackets outside of strings open at most limit
// deep. It says nothing about whether the text is JSON.
func nestedAtMost(line []byte, limit int) bool {
	depth, inString := 0, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inString && c == '\\':
			i++ // whatever is escaped, a quotation mark does not end the string
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s { // what is not UTF-8 comes as U+FFFD
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20, 0x7f <= c && c < 0xa0, c == 0x2028, c == 0x2029:
			dst = append(dst, '\\', 'u', hex[c>>12], hex[c>>8&15], hex[c>>4&15], hex[c&15])
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	return append(dst, '"')
}
