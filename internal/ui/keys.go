package ui

import "unicode/utf8"

// event is what a byte from the terminal meant, beyond being text.
type event int

const (
	eventNone event = iota
	eventText       // the text changed
	eventEnter
	eventEnd       // Ctrl-D
	eventInterrupt // Ctrl-C
	eventPasteEnd
)

// pasteReader makes text out of the bytes of a terminal in raw mode. Bytes may
// come in any portions: one that ends amid an escape sequence or a character
// is continued by the next.
type pasteReader struct {
	text    []byte
	count   int // the characters in text
	pasting bool

	escape  escapeState
	params  []byte // of the control sequence that is being read
	afterCR bool   // a line feed now belongs to the line end before it
}

type escapeState int

const (
	escapeNone   escapeState = iota
	escapeBegun              // after ESC
	escapeCSI                // after ESC [
	escapeSingle             // after ESC O: one more byte
)

const (
	keyBackspace  = 0x08
	keyClear      = 0x15 // Ctrl-U
	keyEscape     = 0x1b
	keyDelete     = 0x7f
	maxParameters = 16
)

// reset forgets the text.
func (r *pasteReader) reset() { r.text, r.count = nil, 0 }

// feed takes one byte. Ctrl-C and Ctrl-D are never part of a text that is
// pasted (terminals filter them), so that they also end a paste whose own end
// got lost.
func (r *pasteReader) feed(c byte) event {
	afterCR := r.afterCR
	r.afterCR = false
	switch {
	case c == keyInterrupt:
		return eventInterrupt
	case c == keyEnd:
		return eventEnd
	case c == keyEscape:
		r.escape = escapeBegun
		return eventNone
	case r.escape != escapeNone:
		return r.feedEscape(c)
	case c == '\r' || c == '\n' && !afterCR:
		r.afterCR = c == '\r'
		return r.enter()
	case c == keyBackspace || c == keyDelete:
		return r.erase()
	case c == keyClear && !r.pasting:
		r.reset()
		return eventText
	case c < ' ' && c != '\t':
		return eventNone
	}
	r.text = append(r.text, c)
	if utf8.RuneStart(c) {
		r.count++
	}
	return eventText
}

func (r *pasteReader) enter() event {
	if len(r.text) > 0 {
		r.text = append(r.text, '\n')
		r.count++
	}
	if r.pasting {
		return eventText
	}
	return eventEnter
}

// erase takes the last character away.
func (r *pasteReader) erase() event {
	if r.pasting || len(r.text) == 0 {
		return eventNone
	}
	end := len(r.text) - 1
	for end > 0 && !utf8.RuneStart(r.text[end]) {
		end--
	}
	r.text = r.text[:end]
	r.count = max(0, r.count-1)
	return eventText
}

// feedEscape goes on with an escape sequence. Of all of them, only the marks
// around a paste mean something here; arrow keys and the like are swallowed.
func (r *pasteReader) feedEscape(c byte) event {
	state := r.escape
	r.escape = escapeNone
	switch {
	case state == escapeBegun && c == '[':
		r.escape, r.params = escapeCSI, r.params[:0]
	case state == escapeBegun && c == 'O':
		r.escape = escapeSingle
	case state == escapeCSI && 0x20 <= c && c < 0x40:
		r.escape = escapeCSI
		if len(r.params) < maxParameters {
			r.params = append(r.params, c)
		}
	case state == escapeCSI && c == '~' && string(r.params) == "200":
		r.pasting = true
	case state == escapeCSI && c == '~' && string(r.params) == "201":
		r.pasting = false
		return eventPasteEnd
	}
	return eventNone
}
