package ui

import (
	"bytes"
	"context"
	"strings"
)

// ReadSecret asks for a line of text and shows nothing of it, not even how long it
// is. Backspace takes back a character, Ctrl-U all of them. A text that check
// refuses is asked for again, with the reason, which must not quote it; check may
// be nil. Ctrl-C, and Ctrl-D, give [ErrInterrupted]. Whatever happens, the
// terminal is as it was when ReadSecret returns.
func (p *Prompter) ReadSecret(ctx context.Context, question string, check func(string) error) (string, error) {
	restore, err := p.terminal.Raw()
	if err != nil {
		return "", err
	}
	defer restore()
	for {
		p.write(Escape(question) + ": ")
		text, err := p.hiddenLine(ctx)
		p.write("\r\n")
		if err != nil {
			return "", err
		}
		err = typeable(text)
		if err == nil && check != nil {
			err = check(text)
		}
		if err == nil {
			return text, nil
		}
		p.write(p.theme.bad.Render("✗") + " " + Escape(err.Error()) + "\r\n")
	}
}

// hiddenLine reads one line from a raw terminal. What was typed behind it is for
// the next question.
func (p *Prompter) hiddenLine(ctx context.Context) (string, error) {
	var r pasteReader
	for {
		data, err := p.next(ctx)
		if err != nil {
			return "", err
		}
		for i, c := range data {
			switch r.feed(c) {
			case eventInterrupt, eventEnd:
				return "", ErrInterrupted
			case eventEnter:
				p.rest = data[i+1:]
				if c == '\r' {
					p.rest = bytes.TrimPrefix(p.rest, []byte{'\n'})
				}
				return strings.TrimSuffix(string(r.text), "\n"), nil
			}
		}
		r.text = r.text[:min(len(r.text), 2*maxAnswer)] // the rest of one that is too long is of no use
	}
}
