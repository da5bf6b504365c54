package manpage

import (
	"fmt"
	"regexp"
	"strings"
)

// roff collects a page's source: plain man(7) macros, which every man program
// has known for decades.
type roff struct{ strings.Builder }

// macro writes a request or macro with its arguments.
func (r *roff) macro(name string, args ...string) {
	r.WriteString("." + name)
	for _, arg := range args {
		r.WriteString(` "` + strings.ReplaceAll(escape(arg), `"`, `\(dq`) + `"`)
	}
	r.WriteString("\n")
}

// request writes a request, whose arguments, unlike a macro's, take no quotes.
func (r *roff) request(text string) { r.WriteString("." + text + "\n") }

// line writes a line of source that is escaped already.
func (r *roff) line(source string) {
	if strings.HasPrefix(source, ".") {
		source = `\&` + source // it would be a request
	}
	r.WriteString(source + "\n")
}

// prose writes running text, which the reader's man program fills.
func (r *roff) prose(text string) {
	const most = 78 // bytes: long lines of source are frowned upon
	var line string
	for word := range strings.FieldsSeq(marked(text)) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= most:
			line += " " + word
		default:
			r.line(line)
			line = word
		}
	}
	if line != "" {
		r.line(line)
	}
}

// literal writes lines that are shown as they are.
func (r *roff) literal(text string) {
	r.request("nf")
	for line := range strings.Lines(text) {
		r.line(escape(strings.TrimSuffix(line, "\n")))
	}
	r.request("fi")
}

// text writes what a command's help says: paragraphs, and lines that begin with
// white space, which are shown as they are, a little to the right.
func (r *roff) text(help string) {
	for i, block := range strings.Split(strings.Trim(help, "\n"), "\n\n") {
		if i > 0 {
			r.macro("PP")
		}
		if !strings.HasPrefix(block, " ") {
			r.prose(block)
			continue
		}
		r.macro("RS", "2n")
		r.literal(dedent(block))
		r.macro("RE")
	}
}

// tagged writes a tag, source that is escaped already, with text beside or
// below it.
func (r *roff) tagged(tag, text string) {
	r.macro("TP")
	r.line(tag)
	r.prose(text)
}

// dedent takes the first line's indentation away from all.
func dedent(block string) string {
	block = strings.Trim(block, "\n")
	indent := block[:len(block)-len(strings.TrimLeft(block, " "))]
	var lines []string
	for line := range strings.SplitSeq(block, "\n") {
		lines = append(lines, strings.TrimPrefix(line, indent))
	}
	return strings.Join(lines, "\n")
}

// special are the characters that man programs take for something else, or
// draw as a look-alike that cannot be pasted into a shell.
var special = strings.NewReplacer(
	`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`,
)

// escape makes source of text that stands for itself.
func escape(text string) string {
	var b strings.Builder
	for _, r := range special.Replace(text) {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}

func bold(text string) string { return `\fB` + escape(text) + `\fP` }

func italic(text string) string { return `\fI` + escape(text) + `\fP` }

// literalSpan is what stands out in running text: what is between backquotes,
// and an option.
var literalSpan = regexp.MustCompile("`[^`]+`|(^|[\\s(])--?[a-z][a-z-]*")

// marked makes source of running text. The spaces within what is marked do not
// break.
func marked(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range literalSpan.FindAllStringIndex(text, -1) {
		span := text[m[0]:m[1]]
		word := strings.TrimLeft(span, " \t\n(")
		b.WriteString(escape(text[at:m[0]]) + span[:len(span)-len(word)])
		b.WriteString(strings.ReplaceAll(bold(strings.Trim(word, "`")), " ", `\~`))
		at = m[1]
	}
	return b.String() + escape(text[at:])
}
