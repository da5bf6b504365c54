package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/wording"
)

// testDone takes a text with a full stop for whole, and another one that holds
// "cut" for hopeless.
func testDone(text string) (bool, error) {
	switch {
	case strings.Contains(text, "."):
		return true, nil
	case strings.Contains(text, "cut"):
		return false, errors.New("it is cut \x07off")
	}
	return false, nil
}

func readPaste(t *testing.T, f *fakeTerminal) (string, error) {
	t.Helper()
	return NewPrompter(f, Theme{}, false).ReadPaste(t.Context(), "Paste it:", testDone)
}

// portionsOf cuts a text into portions of n bytes, escape sequences and
// characters too.
func portionsOf(s string, n int) []string {
	var portions []string
	for len(s) > n {
		portions, s = append(portions, s[:n]), s[n:]
	}
	return append(portions, s)
}

func marked(s string) string { return "\x1b[200~" + s + "\x1b[201~" }

func TestReadPaste(t *testing.T) {
	long := strings.Repeat("abcdefgh", 1500) + "."
	wrapped := strings.Join(portionsOf(long, 64), "\r\n")
	for _, test := range []struct {
		name  string
		input string
		want  string
	}{
		{"12,000 characters in a line", long, long},
		{"wrapped at 64", wrapped, strings.ReplaceAll(wrapped, "\r\n", "\n")},
		{"marked", marked(long), long},
		{"marked and wrapped", marked(wrapped), strings.ReplaceAll(wrapped, "\r\n", "\n")},
		{"carriage returns", marked("a\rb.\r"), "a\nb.\n"},
		{"several in one mail", marked("one.\rtwo.\r"), "one.\ntwo.\n"},
		{"characters of many bytes", marked("Grüße 山田 🦊."), "Grüße 山田 🦊."},
		{"arrow keys", "\x1b[Aa\x1b[1;5Cb\x1bOP.", "ab."},
		{"backspace", "aé\x7f\x08\x08\x08b.", "b."},
		{"Ctrl-U", "abc\x15d.", "d."},
		{"controls", "a\x00\x07\tb.", "a\tb."},
		{"two pastes", marked("a") + marked("b."), "ab."},
		{"again after a cut-off one", marked("this is cut") + marked("whole."), "whole."},
		{"Ctrl-D", "abc\x04", "abc"},
		{"Ctrl-D in a paste without end", "\x1b[200~abc\x04", "abc"},
	} {
		for _, size := range []int{1, 2, 3, 7, 4096, 1 << 20} {
			f := newFake(portionsOf(test.input, size)...)
			got, err := readPaste(t, f)
			if err != nil || got != test.want {
				t.Errorf("%s in portions of %d: %.40q (%d), %v; want %.40q (%d)",
					test.name, size, got, len(got), err, test.want, len(test.want))
			}
			if f.raw != 0 || f.restored != 1 {
				t.Errorf("%s: the terminal was not restored", test.name)
			}
			if out := f.written(); !strings.HasPrefix(out, pasteMarksOn) || !strings.HasSuffix(out, "\r\n"+pasteMarksOff) {
				t.Errorf("%s: shown %q", test.name, out)
			}
		}
	}
}

func TestReadPasteShows(t *testing.T) {
	for _, test := range []struct {
		name     string
		portions []string
		pauses   []int
		plain    bool
		want     string
	}{
		{"progress", []string{"abc", "def."}, nil, false, "Paste it:\r\n\r· 3 characters\r· 7 characters\r· 7 characters\r\n"},
		{
			"less than before",
			[]string{"abcdefghij", "\x15.\r"},
			nil, false,
			"Paste it:\r\n\r· 10 characters\r· 2 characters \r· 2 characters \r\n",
		},
		{"enter alone repeats the prompt", []string{"\r", "a."}, []int{1}, false, "Paste it:\r\nPaste it:\r\n\r· 2 characters\r· 2 characters\r\n"},
		{"plain", []string{"abc", "def."}, nil, true, "Paste it:\r\n· 7 characters\r\n"},
		{
			"cut off, marked",
			[]string{marked("cut"), marked("a.")},
			nil, true,
			"Paste it:\r\n· 3 characters\r\n✗ it is cut \\u{0007}off\r\n  " + wording.PasteAgain + "\r\n· 2 characters\r\n",
		},
		{
			"cut off, then Enter",
			[]string{"cut", "\r", "a."},
			[]int{1, 2},
			true,
			"Paste it:\r\n· 4 characters\r\n✗ it is cut \\u{0007}off\r\n  " + wording.PasteAgain + "\r\n· 2 characters\r\n",
		},
		{"a line end is no Enter", []string{"cut", "\r", "a."}, []int{1}, true, "Paste it:\r\n· 6 characters\r\n"},
		{"slow", []string{"cut", " here", " a."}, []int{1, 2}, true, "Paste it:\r\n· 11 characters\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(test.portions...)
			for _, i := range test.pauses {
				f.pauses[i] = true
			}
			if _, err := NewPrompter(f, Theme{}, test.plain).ReadPaste(t.Context(), "Paste it:", testDone); err != nil {
				t.Fatal(err)
			}
			got := strings.TrimSuffix(strings.TrimPrefix(f.written(), pasteMarksOn), pasteMarksOff)
			if got != test.want {
				t.Errorf("shown\n%q, want\n%q", got, test.want)
			}
		})
	}
}

func TestReadPasteInterrupted(t *testing.T) {
	for name, input := range map[string]string{
		"Ctrl-C":            "abc\x03",
		"Ctrl-C in a paste": "\x1b[200~abc\x03",
		"Ctrl-C in escape":  "\x1b[\x03",
		"Ctrl-D, no text":   "\x04",
	} {
		f := newFake(input)
		if got, err := readPaste(t, f); !errors.Is(err, ErrInterrupted) || got != "" {
			t.Errorf("%s: %q, %v; want ErrInterrupted", name, got, err)
		}
		if f.raw != 0 {
			t.Errorf("%s: the terminal was not restored", name)
		}
	}
}

func TestReadPasteCanceled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	f := newFake("abc")
	if _, err := NewPrompter(f, Theme{}, false).ReadPaste(ctx, "Paste it:", testDone); !errors.Is(err, ErrInterrupted) {
		t.Errorf("ReadPaste: %v, want ErrInterrupted", err)
	}
	if f.raw != 0 || !strings.HasSuffix(f.written(), pasteMarksOff) {
		t.Error("the terminal was not restored")
	}
}

func TestReadPastePanics(t *testing.T) {
	f := newFake("abc")
	func() {
		defer func() { _ = recover() }()
		_, _ = NewPrompter(f, Theme{}, false).ReadPaste(t.Context(), "", func(string) (bool, error) { panic("test") })
		t.Error("it did not panic")
	}()
	if f.raw != 0 || !strings.HasSuffix(f.written(), pasteMarksOff) {
		t.Error("the terminal was not restored")
	}
}

func TestReadPasteTooLong(t *testing.T) {
	for name, input := range map[string]string{
		"marked":   "\x1b[200~" + strings.Repeat("x", dtlic.MaxText+1),
		"unmarked": strings.Repeat("x", dtlic.MaxText+1) + "\rand more",
	} {
		f := newFake(portionsOf(input, 4096)...)
		if _, err := readPaste(t, f); !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: %v, want ErrTooLong", name, err)
		}
		if f.Ready(0) {
			t.Errorf("%s: the rest still waits", name)
		}
	}
}

// What follows the license in an unmarked paste must not answer the next question.
func TestReadPasteDropsTheRest(t *testing.T) {
	f := newFake("whole.\r", "\r", "y\r", "no\n")
	f.pauses[1] = true // the license is whole; the rest comes before the next question
	p := NewPrompter(f, Theme{}, false)
	if got, err := p.ReadPaste(t.Context(), "", testDone); err != nil || got != "whole.\n" {
		t.Fatalf("ReadPaste = %q, %v", got, err)
	}
	if f.Ready(0) {
		t.Error("there is still something to read")
	}
}

func TestReadPasteIsLinear(t *testing.T) {
	f := newFake(portionsOf(strings.Repeat("x", dtlic.MaxText-1)+".", 512)...)
	asked := 0
	_, err := NewPrompter(f, Theme{}, false).ReadPaste(t.Context(), "", func(text string) (bool, error) {
		asked++
		return testDone(text)
	})
	if err != nil || asked != 1 {
		t.Errorf("done was asked %d times, %v", asked, err)
	}
}
