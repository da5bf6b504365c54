package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/wording"
)

func TestReadSecret(t *testing.T) {
	check := func(s string) error {
		if len(s) < 4 {
			return errors.New("too short")
		}
		return nil
	}
	for _, test := range []struct {
		name     string
		portions []string
		want     string
		refused  []string
	}{
		{"typed", []string{"s", "e", "c", "ret", "\r"}, "secret", nil},
		{"spaces are a part of it", []string{" two words \r"}, " two words ", nil},
		{"backspace", []string{"sexy\x7f\x7f\x08cret", "\r"}, "scret", nil},
		{"backspace over a character of two bytes", []string{"seü\x7f", "cret\n"}, "secret", nil},
		{"backspace over nothing", []string{"\x7f\x7fsecret\r"}, "secret", nil},
		{"the whole line taken back", []string{"wrong\x15secret\r"}, "secret", nil},
		{"cut in a character", []string{"se\xc3", "\xbccret\r"}, "seücret", nil},
		{"again", []string{"abc\r", "secret\r"}, "secret", []string{"too short"}},
		{"an arrow key is nothing", []string{"sec\x1b[Aret\r"}, "secret", nil},
		{"a tab is refused", []string{"sec\tret\r", "secret\r\n"}, "secret", []string{wording.CannotBeTyped}},
		{"too long", []string{strings.Repeat("x", 10_000) + "\r", "secret\r"}, "secret", []string{wording.AnswerTooLong}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(test.portions...)
			got, err := NewPrompter(f, Theme{}, false).ReadSecret(t.Context(), "Passphrase", check)
			if err != nil || got != test.want {
				t.Errorf("ReadSecret = %q, %v; want %q", got, err, test.want)
			}
			want := "Passphrase: \r\n"
			for _, reason := range test.refused {
				want += "✗ " + reason + "\r\nPassphrase: \r\n"
			}
			if f.written() != want {
				t.Errorf("shown %q, want %q", f.written(), want)
			}
			if f.raw != 0 || f.restored != 1 {
				t.Errorf("raw %d, restored %d", f.raw, f.restored)
			}
		})
	}
}

func TestReadSecretTwice(t *testing.T) {
	p := NewPrompter(newFake("secret\rsecret\r"), Theme{}, false)
	for range 2 {
		if got, err := p.ReadSecret(t.Context(), "Q", nil); err != nil || got != "secret" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestReadSecretInterrupted(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx      context.Context
		portions []string
		eof      bool
	}{
		"Ctrl-C": {t.Context(), []string{"sec\x03"}, false}, "Ctrl-D": {t.Context(), []string{"\x04"}, false},
		"the terminal's end": {t.Context(), []string{"sec"}, true}, "a canceled context": {canceled, nil, false},
	} {
		f := newFake(c.portions...)
		f.eof = c.eof
		got, err := NewPrompter(f, Theme{}, false).ReadSecret(c.ctx, "Q", nil)
		if !errors.Is(err, ErrInterrupted) || got != "" || f.raw != 0 {
			t.Errorf("%s: %q, %v, raw %d", name, got, err, f.raw)
		}
	}
}
