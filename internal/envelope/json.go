package envelope

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deeply values may be nested; the outermost one is 1.
const MaxDepth = 8

// Type is the type of a JSON value.
type Type uint8

// The types of RFC 8259 section 3.
const (
	Null Type = iota
	Bool
	Number
	String
	Array
	Object
)

func (t Type) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[t]
}

// Value is a JSON value that was read strictly.
type Value struct {
	Type    Type
	True    bool     // Bool
	Text    string   // String: its characters, unescaped. Number: as written.
	Items   []Value  // Array
	Members []Member // Object, in the order written
	Raw     string   // the value as it stands in the text
}

// Member is a member of an object.
type Member struct {
	Name  string
	Value Value

	at int // where the name begins
}

// Member returns the value of the member with exactly this name.
func (v *Value) Member(name string) (*Value, bool) {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return &v.Members[i].Value, true
		}
	}
	return nil, false
}

// SyntaxError is why [ParseJSON] refuses a text that is valid UTF-8.
type SyntaxError struct {
	// Offset is the byte at which it was noticed, counted from 0.
	Offset int
	// Reason is a clause.
	Reason string
	// Twice is the name of a member that stands twice, "" where it is something
	// else. It is foreign text, and no part of Error.
	Twice string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not well-formed JSON at byte %d: %s", e.Offset, e.Reason)
}

// ParseJSON reads one JSON text (RFC 8259) and refuses what readers are known
// to disagree about: invalid UTF-8, a byte-order mark, lone surrogates,
// duplicate members at any depth (compared after unescaping), trailing data,
// more than [MaxDepth] levels. Numbers are checked for grammar and never
// converted. Errors never quote the text; that of a text in UTF-8 is a
// [*SyntaxError].
func ParseJSON(text string) (Value, error) {
	if !utf8.ValidString(text) {
		return Value{}, errors.New("not valid UTF-8")
	}
	p := parser{text: text}
	v, err := p.value(1)
	if err != nil {
		return Value{}, err
	}
	p.space()
	if p.pos != len(text) {
		return Value{}, p.fail("something follows the value")
	}
	return v, nil
}

type parser struct {
	text string
	pos  int
}

func (p *parser) fail(reason string) error {
	return &SyntaxError{Offset: p.pos, Reason: reason}
}

func (p *parser) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// peek returns the next byte behind white space, 0 at the end of the text.
func (p *parser) peek() byte {
	p.space()
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *parser) value(depth int) (v Value, err error) {
	c := p.peek()
	start := p.pos
	switch {
	case c == '{':
		v, err = p.object(depth)
	case c == '[':
		v, err = p.array(depth)
	case c == '"':
		v.Type = String
		v.Text, err = p.str()
	case c == '-' || '0' <= c && c <= '9':
		v.Type = Number
		v.Text, err = p.number()
	default:
		v, err = p.literal()
	}
	v.Raw = p.text[start:p.pos]
	return v, err
}

func (p *parser) literal() (Value, error) {
	for _, l := range [...]struct {
		word  string
		value Value
	}{{"true", Value{Type: Bool, True: true}}, {"false", Value{Type: Bool}}, {"null", Value{}}} {
		if strings.HasPrefix(p.text[p.pos:], l.word) {
			p.pos += len(l.word)
			return l.value, nil
		}
	}
	return Value{}, p.fail("a value is missing")
}

func (p *parser) object(depth int) (Value, error) {
	v := Value{Type: Object}
	if depth > MaxDepth {
		return v, p.fail("nested too deeply")
	}
	p.pos++
	if p.peek() == '}' {
		p.pos++
		return v, nil
	}
	if depth == 1 {
		v.Members = make([]Member, 0, 16) // what a license has, at once
	}
	for {
		if p.peek() != '"' {
			return v, p.fail("a member's name is missing")
		}
		at := p.pos
		name, err := p.str()
		if err != nil {
			return v, err
		}
		if p.peek() != ':' {
			return v, p.fail("a colon is missing")
		}
		p.pos++
		value, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.Members = append(v.Members, Member{name, value, at})
		done, err := p.next('}')
		if err != nil {
			return v, err
		}
		if done {
			return v, unique(v.Members)
		}
	}
}

func (p *parser) array(depth int) (Value, error) {
	v := Value{Type: Array}
	if depth > MaxDepth {
		return v, p.fail("nested too deeply")
	}
	p.pos++
	if p.peek() == ']' {
		p.pos++
		return v, nil
	}
	for {
		item, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, item)
		if done, err := p.next(']'); done || err != nil {
			return v, err
		}
	}
}

// next reads the comma before another element, or the end of the collection.
func (p *parser) next(end byte) (done bool, err error) {
	switch p.peek() {
	case ',':
		p.pos++
		return false, nil
	case end:
		p.pos++
		return true, nil
	default:
		return false, p.fail("a comma or the end of a list or object is missing")
	}
}

func unique(members []Member) error {
	const few = 16 // below this a map costs more than comparing all pairs
	if len(members) <= few {
		for i := range members {
			for j := range i {
				if members[i].Name == members[j].Name {
					return members[i].twice()
				}
			}
		}
		return nil
	}
	seen := make(map[string]struct{}, len(members))
	for i := range members {
		if _, twice := seen[members[i].Name]; twice {
			return members[i].twice()
		}
		seen[members[i].Name] = struct{}{}
	}
	return nil
}

func (m *Member) twice() error {
	return &SyntaxError{Offset: m.at, Reason: "a member stands twice", Twice: m.Name}
}

// str reads a string; the opening quote is the next byte.
func (p *parser) str() (string, error) {
	p.pos++
	start := p.pos
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			s := p.text[start:p.pos]
			p.pos++
			return s, nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", p.fail("a control character stands in a string")
		}
		p.pos++
	}
	return "", p.fail("a string does not end")
}

// escaped goes on with a string that began at start and has a backslash here.
func (p *parser) escaped(start int) (string, error) {
	out := append([]byte(nil), p.text[start:p.pos]...)
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		switch {
		case c == '"':
			p.pos++
			return string(out), nil
		case c < 0x20:
			return "", p.fail("a control character stands in a string")
		case c != '\\':
			out = append(out, c)
			p.pos++
		default:
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		}
	}
	return "", p.fail("a string does not end")
}

// escape reads one escape sequence, a surrogate pair being one.
func (p *parser) escape() (rune, error) {
	if p.pos+1 >= len(p.text) {
		return 0, p.fail("a string does not end")
	}
	c := p.text[p.pos+1]
	if c != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			return 0, p.fail("an unknown escape sequence")
		}
		p.pos += 2
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	r, err := p.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if strings.HasPrefix(p.text[p.pos:], `\u`) {
		low, err := p.hex4()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
	}
	return 0, p.fail("half of a surrogate pair")
}

// hex4 reads \uXXXX.
func (p *parser) hex4() (rune, error) {
	if p.pos+6 > len(p.text) {
		return 0, p.fail("an escape sequence is cut off")
	}
	var r rune
	for _, c := range []byte(p.text[p.pos+2 : p.pos+6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, p.fail("an escape sequence is not hexadecimal")
		}
		r = r<<4 | rune(c)
	}
	p.pos += 6
	return r, nil
}

// number reads the grammar of RFC 8259 section 6.
func (p *parser) number() (string, error) {
	start := p.pos
	p.accept("-")
	switch {
	case p.accept("0"):
	case p.digits() == 0:
		return "", p.fail("a number has no digits")
	}
	if p.accept(".") && p.digits() == 0 {
		return "", p.fail("a number ends with its point")
	}
	if p.accept("eE") {
		p.accept("+-")
		if p.digits() == 0 {
			return "", p.fail("an exponent has no digits")
		}
	}
	return p.text[start:p.pos], nil
}

func (p *parser) accept(set string) bool {
	if p.pos < len(p.text) && strings.IndexByte(set, p.text[p.pos]) >= 0 {
		p.pos++
		return true
	}
	return false
}

func (p *parser) digits() (n int) {
	for p.accept("0123456789") {
		n++
	}
	return n
}

// AppendString appends s as a JSON string: quotes, backslashes and control
// characters escaped, everything else as it is. s must be valid UTF-8.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
