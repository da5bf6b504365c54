// Package ui is all that people see at a terminal: the license card, tables,
// messages and prompts. Everything comes in through arguments (the writer, the
// width, color or not, the time and its zone), so that it renders the same in
// a test as anywhere.
//
// Text that came from a license, a file or a flag is foreign: every function
// here passes it through [Escape] before it reaches a writer.
//
// State is said in words and a symbol, never by color alone. The colors are
// the sixteen of the terminal's own palette, see theme.go; the words are in
// package wording.
package ui

import "github.com/dtlic/dtlic/internal/quiet"

// lipgloss is initialized by now, see package quiet.
func init() { quiet.Restore() }
