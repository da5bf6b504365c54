package ui

import (
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
)

// columns returns how wide text is at a terminal. Most of it is plain, and a
// card of 256 features asks often.
func columns(text string) int {
	if isPlainASCII(text) {
		return len(text)
	}
	return lipgloss.Width(text)
}

// window is how many bytes of text are looked at for a column. What has more
// are marks upon marks; it is broken rather than measured as a whole, which
// keeps the work in proportion to the text.
const window = 16

func fits(text string, width int) bool {
	return len(text) <= width*window && columns(text) <= width
}

// wrap breaks text at its spaces into lines of at most width columns; a word
// that is longer is broken between its characters. Spaces at a break are
// dropped; text that fits is left as it is. There is one line at least.
func wrap(text string, width int) []string {
	if fits(text, width) {
		return []string{text}
	}
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(text) {
		if line != "" {
			if size := columns(word); used+1+size <= width {
				line, used = line+" "+word, used+1+size
				continue
			}
			lines = append(lines, line)
		}
		for !fits(word, width) {
			var head string
			head, word = cut(word, width)
			lines = append(lines, head)
		}
		line, used = word, columns(word)
	}
	return append(lines, line)
}

// cut splits a word that does not fit after the characters that do: a cluster
// of base and combining characters stays whole. The head is never empty.
func cut(word string, width int) (head, tail string) {
	if isPlainASCII(word) {
		width = min(max(width, 1), len(word))
		return word[:width], word[width:]
	}
	end := min(len(word), width*window)
	for end > 0 && end < len(word) && !utf8.RuneStart(word[end]) {
		end--
	}
	head = lipgloss.NewStyle().MaxWidth(width).Render(word[:end])
	if head == "" {
		_, size := utf8.DecodeRuneInString(word)
		head = word[:size]
	}
	return head, word[len(head):]
}

// fit shortens text to width columns, with an ellipsis where something is cut.
func fit(text string, width int) string {
	if fits(text, width) {
		return text
	}
	if width <= 1 {
		return "…"
	}
	head, _ := cut(text, width-1)
	return strings.TrimRight(head, " ") + "…"
}

// pad fills text with spaces up to width columns.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-columns(text)))
}
