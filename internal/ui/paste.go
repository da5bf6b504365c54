package ui

import (
	"context"
	"errors"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/wording"
)

// ErrTooLong: more than [dtlic.MaxText] characters were pasted.
var ErrTooLong = errors.New("more was pasted than a license can be in")

const (
	pasteMarksOn  = "\x1b[?2004h"
	pasteMarksOff = "\x1b[?2004l"
)

// ReadPaste asks for a text of many lines and returns it as soon as done says
// that it is whole; done returns an error for a text that cannot become so by
// more, which is shown, and the person can paste again. The text itself is not
// shown, only how much there is of it: it is long, and nobody's business who
// looks over the shoulder.
//
// The terminal is read raw, because in its normal mode it cuts lines at 1,024
// or 4,095 characters. A terminal that marks where a paste begins and ends is
// asked to; then the whole of it is taken, also where a license is whole
// before. Else a short silence is its end. Ctrl-D ends it too, and Ctrl-C gives
// [ErrInterrupted]; more than [dtlic.MaxText] is [ErrTooLong]. Whatever happens,
// the terminal is as it was when ReadPaste returns, and what is still typed or
// sent is thrown away so that it answers no other question.
func (p *Prompter) ReadPaste(ctx context.Context, prompt string, done func(text string) (bool, error)) (string, error) {
	restore, err := p.terminal.Raw()
	if err != nil {
		return "", err
	}
	defer restore()
	if !p.plain {
		p.write(pasteMarksOn)
		defer p.write(pasteMarksOff)
	}
	s := paste{Prompter: p, prompt: Escape(prompt), done: done}
	defer s.finish()
	s.write(s.prompt + "\r\n")
	return s.run(ctx)
}

// paste is one call of ReadPaste.
type paste struct {
	*Prompter
	pasteReader
	prompt  string
	done    func(text string) (bool, error)
	shown   int // columns of the progress line
	checked int // the length of the text when done was last asked
}

func (s *paste) run(ctx context.Context) (string, error) {
	for {
		data, err := s.next(ctx)
		if err != nil {
			return "", err
		}
		ended, err := s.take(data)
		if err != nil {
			return "", err
		}
		gap, entered := pasteGap, isEnter(data)
		if entered {
			gap = enterGap
		}
		// Asking done at each portion would be quadratic.
		if ended || !s.pasting && !s.terminal.Ready(gap) && s.silent(entered) {
			return string(s.text), nil
		}
	}
}

// isEnter tells whether a portion is a key that was pressed, not a line end
// that was pasted: it came alone.
func isEnter(data []byte) bool {
	return len(data) == 1 && (data[0] == '\r' || data[0] == '\n')
}

// take reads a portion and tells whether the text has ended.
func (s *paste) take(data []byte) (ended bool, err error) {
	for _, c := range data {
		switch s.feed(c) {
		case eventInterrupt:
			return true, ErrInterrupted
		case eventEnd:
			if len(s.text) == 0 {
				return true, ErrInterrupted
			}
			return true, nil
		case eventEnter:
			if len(s.text) == 0 && isEnter(data) {
				s.write(s.prompt + "\r\n")
			}
		case eventPasteEnd:
			if s.judge(true) {
				return true, nil
			}
		}
		if len(s.text) > dtlic.MaxText {
			return true, ErrTooLong
		}
	}
	s.progress()
	return false, nil
}

// silent is called when nothing more comes; it tells whether the text is
// whole. One that is cut off is judged only after Enter: without the marks of
// a paste nobody knows whether it goes on.
func (s *paste) silent(entered bool) bool {
	if len(s.text) == 0 || len(s.text) == s.checked {
		return false
	}
	return s.judge(entered)
}

// judge asks done whether the text is whole. Where it is not, and nothing is
// to follow, it says why and begins again.
func (s *paste) judge(final bool) bool {
	s.checked = len(s.text)
	whole, err := s.done(string(s.text))
	if whole {
		return true
	}
	if err == nil || !final {
		return false
	}
	s.endLine()
	s.write(s.theme.bad.Render("✗") + " " + Escape(err.Error()) + "\r\n  " + wording.PasteAgain + "\r\n")
	s.reset()
	s.checked = 0
	return false
}

// progress rewrites the line that tells how much text there is, never with
// less than it had, so that nothing has to be erased.
func (s *paste) progress() {
	if s.plain || s.count == 0 && s.shown == 0 {
		return
	}
	line := characters(s.count)
	s.write("\r" + s.theme.label.Render(pad(line, s.shown)))
	s.shown = max(s.shown, columns(line))
}

// endLine finishes the line with the final count.
func (s *paste) endLine() {
	s.progress()
	switch {
	case s.shown > 0:
		s.write("\r\n")
	case s.count > 0:
		s.write(characters(s.count) + "\r\n")
	}
	s.shown = 0
}

// finish leaves the terminal with nothing to read and on a new line.
func (s *paste) finish() {
	s.endLine()
	s.drain()
}
