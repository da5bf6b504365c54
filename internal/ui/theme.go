package ui

import "charm.land/lipgloss/v2"

// Theme is every style there is. The zero Theme has no styles: what it renders
// has not one escape sequence.
//
// The colors are the sixteen that people have set up for their own terminal,
// so that nobody has to ask it for its background. Those that are hard to read
// on white or on black (yellow and the grays) color symbols and bars only;
// words keep the terminal's own text color or one that is readable on both.
type Theme struct {
	title  lipgloss.Style // the product's title, a table's header
	label  lipgloss.Style // what stands before a value
	border lipgloss.Style // lines, and the empty part of the bar

	good lipgloss.Style // a license that runs
	warn lipgloss.Style // symbols and bars of one that ends soon
	bad  lipgloss.Style // one that does not run
	word lipgloss.Style // the state's word where its color would not be readable
	bar  lipgloss.Style // bars that are of no state

	errorWord   lipgloss.Style
	warningWord lipgloss.Style
	hintWord    lipgloss.Style
}

// NewTheme returns the theme, with color or without.
func NewTheme(color bool) Theme {
	if !color {
		return Theme{}
	}
	plain := lipgloss.NewStyle()
	bold := plain.Bold(true)
	return Theme{
		title:  bold,
		label:  plain.Faint(true),
		border: plain.Faint(true),

		good: plain.Foreground(lipgloss.Green),
		warn: plain.Foreground(lipgloss.Yellow),
		bad:  plain.Foreground(lipgloss.Red),
		word: bold,
		bar:  plain.Foreground(lipgloss.Cyan),

		// As compilers color them: legible on every palette in use.
		errorWord:   bold.Foreground(lipgloss.Red),
		warningWord: bold.Foreground(lipgloss.Magenta),
		hintWord:    bold.Foreground(lipgloss.Cyan),
	}
}
