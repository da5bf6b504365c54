package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/wording"
)

func TestAsk(t *testing.T) {
	check := func(s string) error {
		if s == "bad" {
			return errors.New("that is \x1b[31mbad")
		}
		return nil
	}
	for _, test := range []struct {
		name, def string
		portions  []string
		want, out string
	}{
		{"typed", "", []string{"  Jana \n"}, "Jana", "Name: "},
		{"default", "Jana", []string{"\n"}, "Jana", "Name [Jana]: "},
		{"in parts", "", []string{"Ja", "na\r\n"}, "Jana", "Name: "},
		{"cut in a character", "", []string{"\xc3", "\xa9\n"}, "é", "Name: "},
		{"again after a bad one", "", []string{"bad\n", "good\n"}, "good", "Name: ✗ that is \\u{001B}[31mbad\nName: "},
		{"two lines at once", "", []string{"bad\ngood\n"}, "good", "Name: ✗ that is \\u{001B}[31mbad\nName: "},
		{"arrow key", "", []string{"\x1b[A\n", "good\n"}, "good", "Name: ✗ " + wording.CannotBeTyped + "\nName: "},
		{"no UTF-8", "", []string{"\xff\n", "good\n"}, "good", "Name: ✗ " + wording.CannotBeTyped + "\nName: "},
		{"too long", "", []string{strings.Repeat("x", 10_000) + "\n", "good\n"}, "good", "Name: ✗ " + wording.AnswerTooLong + "\nName: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(test.portions...)
			got, err := NewPrompter(f, Theme{}, false).Ask(t.Context(), "Name", test.def, check)
			if err != nil || got != test.want {
				t.Errorf("Ask = %q, %v; want %q", got, err, test.want)
			}
			if f.written() != test.out {
				t.Errorf("shown %q, want %q", f.written(), test.out)
			}
		})
	}
}

func TestAskKeepsTheNextLine(t *testing.T) {
	p := NewPrompter(newFake("one\ntwo\n"), Theme{}, false)
	for _, want := range []string{"one", "two"} {
		if got, err := p.Ask(t.Context(), "Q", "", nil); err != nil || got != want {
			t.Errorf("Ask = %q, %v; want %q", got, err, want)
		}
	}
}

func TestConfirm(t *testing.T) {
	for _, test := range []struct {
		name     string
		def      bool
		portions []string
		want     bool
		asked    int
	}{
		{"yes", false, []string{"y\n"}, true, 1},
		{"YES", false, []string{"YES\r"}, true, 1},
		{"no", true, []string{" no \n"}, false, 1},
		{"default yes", true, []string{"\n"}, true, 1},
		{"default no", false, []string{"\n"}, false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(test.portions...)
			got, err := NewPrompter(f, Theme{}, false).Confirm(t.Context(), "Is that you?", test.def)
			if err != nil || got != test.want {
				t.Errorf("Confirm = %v, %v; want %v", got, err, test.want)
			}
			if n := strings.Count(f.written(), "Is that you?"); n != test.asked {
				t.Errorf("asked %d times, want %d: %q", n, test.asked, f.written())
			}
		})
	}
}

// The remains of a paste hold empty lines, and lines that read as an answer.
func TestConfirmIsNotAnsweredByAPaste(t *testing.T) {
	f := newFake("Kind regards\n", "\n", "y\n", "n\n")
	f.pauses[3] = true // then the person answers
	got, err := NewPrompter(f, Theme{}, false).Confirm(t.Context(), "Is that you?", true)
	if err != nil || got {
		t.Errorf("Confirm = %v, %v; want false", got, err)
	}
	if want := "Is that you? [Y/n] ✗ " + wording.AnswerYesOrNo + "\nIs that you? [Y/n] "; f.written() != want {
		t.Errorf("shown %q, want %q", f.written(), want)
	}
}

func TestAskInterrupted(t *testing.T) {
	for name, portions := range map[string][]string{"Ctrl-C": {"Ja\x03"}, "Ctrl-D": {"\x04"}, "end": nil} {
		t.Run(name, func(t *testing.T) {
			f := newFake(portions...)
			f.eof = true
			if _, err := NewPrompter(f, Theme{}, false).Ask(t.Context(), "Name", "def", nil); !errors.Is(err, ErrInterrupted) {
				t.Errorf("Ask: %v, want ErrInterrupted", err)
			}
			if !strings.HasSuffix(f.written(), "\n") {
				t.Errorf("the cursor stays behind the question: %q", f.written())
			}
		})
	}
}

func TestAskCanceled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	p := NewPrompter(newFake(), Theme{}, false)
	for range 2 { // also with the first read still under way
		if _, err := p.Ask(ctx, "Name", "", nil); !errors.Is(err, ErrInterrupted) {
			t.Errorf("Ask: %v, want ErrInterrupted", err)
		}
	}
}
