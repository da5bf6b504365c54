package ledger

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Record is one issued license. Order, Replaces and Note stand in the log only
// where they are set.
type Record struct {
	LicenseKey, Name, Email, Tier, IssuedAt, ExpiresAt, Blob, KeyID, Product string

	Order, Replaces, Note string
}

// member is one member of a record's JSON object.
type member struct {
	name string
	// required members stand in every line; written ones are written always,
	// but older logs lack them.
	required, written bool
	value             func(*Record) *string
}

// members lists what a record consists of, in the order of format.md §6.
var members = [...]member{
	{"license_key", true, true, func(r *Record) *string { return &r.LicenseKey }},
	{"name", true, true, func(r *Record) *string { return &r.Name }},
	{"email", true, true, func(r *Record) *string { return &r.Email }},
	{"tier", true, true, func(r *Record) *string { return &r.Tier }},
	{"issued_at", true, true, func(r *Record) *string { return &r.IssuedAt }},
	{"expires_at", true, true, func(r *Record) *string { return &r.ExpiresAt }},
	{"blob", true, true, func(r *Record) *string { return &r.Blob }},
	{"key_id", false, true, func(r *Record) *string { return &r.KeyID }},
	{"product", false, true, func(r *Record) *string { return &r.Product }},
	{"order", false, false, func(r *Record) *string { return &r.Order }},
	{"replaces", false, false, func(r *Record) *string { return &r.Replaces }},
	{"note", false, false, func(r *Record) *string { return &r.Note }},
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
		value := *m.value(&r)
		if value == "" && !m.written {
			continue
		}
		dst = append(dst, sep, '"')
		dst = append(dst, m.name...)
		dst = append(dst, '"', ':')
		dst = appendString(dst, value)
		sep = ','
	}
	return append(dst, '}')
}

// Parse reads one line of the log: any JSON spacing, any order of the members,
// unknown ones passed over. Its errors name the member at fault and never quote
// the line, which holds a person's name and license.
func Parse(line []byte) (Record, error) {
	if !utf8.Valid(line) {
		return Record{}, errors.New("it is not UTF-8 text")
	}
	if !nestedAtMost(line, maxDepth) {
		return Record{}, fmt.Errorf("its values are nested more than %d deep", maxDepth)
	}
	if !gjson.ValidBytes(line) {
		return Record{}, errors.New("it is not valid JSON")
	}
	object := gjson.ParseBytes(line)
	if !object.IsObject() {
		return Record{}, errors.New("it is not a JSON object")
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
		case value.Type != gjson.String:
			err = fmt.Errorf("its member %q is not a text", members[i].name)
		default:
			found |= 1 << i
			*members[i].value(r) = value.Str
		}
		return err == nil
	})
	return found, err
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
