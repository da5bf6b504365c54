package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/wording"
)

// ErrInterrupted is the answer where there is none: Ctrl-C, Ctrl-D, the end of
// the terminal, or a context that was canceled.
var ErrInterrupted = errors.New("interrupted")

const (
	keyInterrupt = 0x03 // Ctrl-C
	keyEnd       = 0x04 // Ctrl-D

	maxAnswer = 4096
	// pasteGap is the silence after which a paste has come to its end.
	pasteGap = 30 * time.Millisecond
	// enterGap is the silence after a line end that makes it a key press.
	enterGap = 200 * time.Millisecond
	// drainLimit is the most that is thrown away at once.
	drainLimit = 4 << 20
)

// Prompter asks a person at a terminal. It is not for concurrent use.
type Prompter struct {
	terminal Terminal
	theme    Theme
	plain    bool

	reading bool       // a read was begun and its answer not yet taken
	answer  chan chunk // of that read
	buffer  []byte
	rest    []byte // read, and not used yet
}

// chunk is what one read returned.
type chunk struct {
	data []byte
	err  error
}

// NewPrompter returns a prompter. A plain one, for TERM=dumb and screen
// readers, sends no escape sequences and rewrites no line; it needs a theme
// without color.
func NewPrompter(t Terminal, theme Theme, plain bool) *Prompter {
	return &Prompter{
		terminal: t, theme: theme, plain: plain,
		answer: make(chan chunk, 1), buffer: make([]byte, 32<<10),
	}
}

// Ask asks for a line of text and returns it without outer spaces. An empty
// answer means def, which is shown in brackets unless it is empty. A text that
// check refuses is asked for again, with the reason; check may be nil.
func (p *Prompter) Ask(ctx context.Context, question, def string, check func(string) error) (string, error) {
	question = Escape(question)
	if def != "" {
		question += " " + p.theme.label.Render("["+Escape(def)+"]")
	}
	for {
		text, err := p.line(ctx, question+": ")
		if err != nil {
			return "", err
		}
		if text == "" {
			text = def
		}
		err = typeable(text)
		if err == nil && check != nil {
			err = check(text)
		}
		if err == nil {
			return text, nil
		}
		p.refuse(err.Error())
	}
}

// Confirm asks a question that is answered with yes or no; an empty answer
// means def. Anything else, as the remains of a paste would be, is thrown away
// with all that was typed ahead, and the question is asked again.
func (p *Prompter) Confirm(ctx context.Context, question string, def bool) (bool, error) {
	choice := "[y/N]"
	if def {
		choice = "[Y/n]"
	}
	question = Escape(question) + " " + p.theme.label.Render(choice) + " "
	for {
		text, err := p.line(ctx, question)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(text) {
		case "":
			return def, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
		p.drain()
		p.refuse(wording.AnswerYesOrNo)
	}
}

func (p *Prompter) refuse(reason string) {
	p.write(p.theme.bad.Render("✗") + " " + Escape(reason) + "\n")
}

// typeable refuses what a terminal in its normal mode lets into a line, such
// as an arrow key, and no one means.
func typeable(text string) error {
	if len(text) > maxAnswer {
		return errors.New(wording.AnswerTooLong)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || 0x7f <= r && r <= 0x9f }) {
		return errors.New(wording.CannotBeTyped)
	}
	return nil
}

// line asks for one line, which the terminal lets the person edit.
func (p *Prompter) line(ctx context.Context, prompt string) (string, error) {
	p.write(prompt)
	var line []byte
	for {
		data, err := p.next(ctx)
		if i := bytes.IndexAny(data, "\n\r\x03\x04"); i >= 0 && (data[i] == '\n' || data[i] == '\r') {
			p.rest = data[i+1:]
			return strings.TrimSpace(string(append(line, data[:i]...))), nil
		} else if i >= 0 {
			err = ErrInterrupted
		}
		if err != nil {
			p.write("\n") // the shell's prompt begins on its own line
			return "", err
		}
		if len(line) <= maxAnswer { // the rest of one that is too long is of no use
			line = append(line, data...)
		}
	}
}

// next returns what is typed next. A read cannot be called off: one that a
// canceled context left behind is taken up by the following call. The bytes
// hold until then.
func (p *Prompter) next(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, ErrInterrupted
	}
	if len(p.rest) > 0 {
		data := p.rest
		p.rest = nil
		return data, nil
	}
	if !p.reading {
		p.reading = true
		go func() {
			n, err := p.terminal.Read(p.buffer)
			p.answer <- chunk{p.buffer[:n], err}
		}()
	}
	select {
	case <-ctx.Done():
		return nil, ErrInterrupted
	case c := <-p.answer:
		p.reading = false
		switch {
		case len(c.data) > 0:
			return c.data, nil
		case c.err == nil || errors.Is(c.err, io.EOF):
			return nil, ErrInterrupted
		}
		return nil, fmt.Errorf("cannot read the terminal: %w", c.err)
	}
}

// drain throws away what was typed ahead, and what a paste still sends.
func (p *Prompter) drain() {
	p.rest = nil
	for dropped := 0; !p.reading && dropped < drainLimit && p.terminal.Ready(pasteGap); {
		n, err := p.terminal.Read(p.buffer)
		if err != nil || n == 0 {
			return
		}
		dropped += n
	}
}

// write shows text. A terminal that is gone makes itself known by the next read.
func (p *Prompter) write(text string) { _, _ = io.WriteString(p.terminal, text) }
