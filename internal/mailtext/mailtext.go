// Package mailtext fills in the text that a creator sends with a license: a
// template with placeholders such as {name}, checked before it is used.
package mailtext

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// MaxTemplate is the length of the longest template, in bytes.
const MaxTemplate = 16 << 10

// Values are what a template may name.
type Values struct {
	Name, Title, Program, Support string
	// Command is what the buyer has the program do with the license.
	Command string
	// License is the blob.
	License, LicenseKey, Tier string
	// Ends and UpdatesUntil are as a person reads them.
	Ends, UpdatesUntil string
}

// placeholder stands for one of the values.
type placeholder struct {
	name  string
	value func(*Values) string
}

// placeholders are all there are, in the order in which an error lists them.
var placeholders = []placeholder{
	{"name", func(v *Values) string { return v.Name }},
	{"title", func(v *Values) string { return v.Title }},
	{"program", func(v *Values) string { return v.Program }},
	{"command", func(v *Values) string { return v.Command }},
	{"support", func(v *Values) string { return v.Support }},
	{license, func(v *Values) string { return v.License }},
	{"license_key", func(v *Values) string { return v.LicenseKey }},
	{"tier", func(v *Values) string { return v.Tier }},
	{"ends", func(v *Values) string { return v.Ends }},
	{"updates_until", func(v *Values) string { return v.UpdatesUntil }},
}

// license is the one that every template has, alone on a line, once.
const license = "license"

// pasted is a license of any kind, or as much of one as its key ID: not the tag alone,
// which a text for buyers may well name. It is compiled where it is needed: most
// commands send no mail.
var pasted = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`DTLIC[0-9]+:[A-Za-z0-9_-]{11}`) })

// Error says what is wrong with a template.
type Error struct {
	// Line counts from 1; it is 0 for the whole text.
	Line int
	Why  string
}

// Error names the line and what is wrong with it.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Why
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Why)
}

// Template is a text that keeps the rules of [Parse].
type Template struct {
	source string
	parts  []part
}

// part is a text, or where value is set a placeholder.
type part struct {
	text  string
	value func(*Values) string
}

// Parse checks a template: UTF-8 of at most [MaxTemplate] bytes without invisible
// characters; {license} alone on one line, and no other license, not even a part of
// one, which a buyer would take for the own; of all other words in braces those that
// are placeholders; a brace itself as {{ or }}. A byte order mark is dropped, and
// lines may end as they do on Windows. Every error is an [*Error].
func Parse(text string) (*Template, error) {
	switch {
	case len(text) > MaxTemplate:
		return nil, &Error{Why: fmt.Sprintf("it has %d bytes, and %d are the limit", len(text), MaxTemplate)}
	case strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff"):
		return nil, &Error{Line: 1, Why: "it is UTF-16 text, as some programs of Windows write it; save it as UTF-8"}
	case !utf8.ValidString(text):
		return nil, &Error{Line: 1 + strings.Count(text[:invalidAt(text)], "\n"), Why: "it is not UTF-8 text"}
	}
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	t := &Template{source: text}
	licenses, number := 0, 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(line, "\n")
		isLicense, err := t.addLine(line)
		if isLicense {
			licenses++
		}
		if err == nil && isLicense && licenses > 1 {
			err = fmt.Errorf("{%s} stands here again, and once is enough", license)
		}
		if err != nil {
			return nil, &Error{Line: number, Why: err.Error()}
		}
	}
	if licenses == 0 {
		return nil, &Error{Why: fmt.Sprintf("it has no line {%s}, which the license takes the place of", license)}
	}
	return t, nil
}

// addLine takes one line, without its line feed, and tells whether it is the
// license's.
func (t *Template) addLine(line string) (isLicense bool, err error) {
	if i := strings.IndexFunc(line, isRefused); i >= 0 {
		r, _ := utf8.DecodeRuneInString(line[i:])
		return false, fmt.Errorf("it has the invisible or control character U+%04X", r)
	}
	if pasted().MatchString(line) {
		return false, fmt.Errorf("another license stands here, which a buyer could take for the one that {%s} stands for", license)
	}
	for rest := line + "\n"; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			t.parts = append(t.parts, part{text: rest})
			break
		}
		if strings.HasPrefix(rest[i+1:], rest[i:i+1]) { // doubled: the brace itself
			t.parts = append(t.parts, part{text: rest[:i+1]})
			rest = rest[i+2:]
			continue
		}
		name, after, found := strings.Cut(rest[i+1:], "}")
		if rest[i] == '}' || !found {
			return false, fmt.Errorf("a %c stands alone; for the character itself write %[1]c%[1]c", rest[i])
		}
		p := slices.IndexFunc(placeholders, func(p placeholder) bool { return p.name == name })
		if p < 0 {
			return false, fmt.Errorf("there is no placeholder %s; there are %s; for a brace itself write {{ or }}", shortened("{"+name+"}"), list())
		}
		if name == license && line != "{"+license+"}" {
			return false, fmt.Errorf("{%s} must stand alone on its line, so that it can be copied", license)
		}
		t.parts = append(t.parts, part{text: rest[:i]}, part{value: placeholders[p].value})
		rest = after
	}
	return line == "{"+license+"}", nil
}

// Source is the template as [Parse] read it: with line feeds alone, one behind
// every line.
func (t *Template) Source() string { return t.source }

// Fill puts values into the template, in one pass: what looks like a placeholder in
// a value is left as it is. Characters that a template must not have become U+FFFD
// in a value, line breaks among them, so that no value is more than its line.
func (t *Template) Fill(v Values) string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.text)
		if p.value != nil {
			b.WriteString(oneLine(p.value(&v)))
		}
	}
	return b.String()
}

func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if isRefused(r) {
			return utf8.RuneError
		}
		return r // what is not UTF-8 comes as U+FFFD
	}, text)
}

// isRefused tells whether a terminal could obey a character, or a reader not see
// it. The joiners and the two direction marks are needed in some scripts, and
// cannot hide or turn around anything that they do not touch.
func isRefused(r rune) bool {
	switch r {
	case '\t', '\u200c', '\u200d', '\u200e', '\u200f':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// list names all placeholders.
func list() string {
	var names []string
	for _, p := range placeholders {
		names = append(names, "{"+p.name+"}")
	}
	return strings.Join(names, " ")
}

// shortened is a text of a template as an error quotes it.
func shortened(text string) string {
	const most = 40 // characters
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

// invalidAt is where a text begins to be no UTF-8.
func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") {
			return i
		}
	}
	return len(text)
}
