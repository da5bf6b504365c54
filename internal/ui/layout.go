package ui

import (
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
)

// wrap breaks text at its spaces into lines of at most width columns; a word
// that is longer is broken between its characters. Spaces at a break are
// dropped; text that fits is left as it is. There is one line at least.
func wrap(text string, width int) []string {
	if lipgloss.Width(text) <= width {
		return []string{text}
	}
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(text) {
		size := lipgloss.Width(word)
		if line != "" && used+1+size <= width {
			line, used = line+" "+word, used+1+size
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for size > width {
			var head string
			head, word = cut(word, width)
			lines = append(lines, head)
			size = lipgloss.Width(word)
		}
		line, used = word, size
	}
	return append(lines, line)
}

// cut splits a word after the characters that fit into width: a cluster of
// base and combining characters stays whole. The head is never empty.
func cut(word string, width int) (head, tail string) {
	head = lipgloss.NewStyle().MaxWidth(width).Render(word)
	if head == "" {
		_, size := utf8.DecodeRuneInString(word)
		head = word[:size]
	}
	return head, word[len(head):]
}

// fit shortens text to width columns, with an ellipsis where something is cut.
func fit(text string, width int) string {
	if lipgloss.Width(text) <= width {
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
	return text + strings.Repeat(" ", max(0, width-lipgloss.Width(text)))
}
