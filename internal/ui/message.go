package ui

import (
	"fmt"
	"io"
)

// Error writes what failed, why, and what to do next:
//
//	PROGRAM: error: WHAT: WHY
//	PROGRAM: hint: HINT
//
// why and hint may be empty. All are clauses in lower case without a full
// stop, quoting what the person typed. Each stays on one line, however long:
// a line that is not wrapped can be searched for and copied.
func Error(w io.Writer, t Theme, program, what, why, hint string) {
	if why != "" {
		what += ": " + why
	}
	message(w, program, t.errorWord.Render("error"), what)
	Hint(w, t, program, hint)
}

// Hint writes "PROGRAM: hint: TEXT"; an empty one not at all.
func Hint(w io.Writer, t Theme, program, hint string) {
	if hint != "" {
		message(w, program, t.hintWord.Render("hint"), hint)
	}
}

// Warn writes "PROGRAM: warning: TEXT", and a hint where there is one.
func Warn(w io.Writer, t Theme, program, text, hint string) {
	message(w, program, t.warningWord.Render("warning"), text)
	Hint(w, t, program, hint)
}

// Note writes "PROGRAM: note: TEXT".
func Note(w io.Writer, t Theme, program, text string) {
	message(w, program, t.hintWord.Render("note"), text)
}

// message writes one line. There is nobody left to tell when that fails.
func message(w io.Writer, program, word, text string) {
	fmt.Fprintf(w, "%s: %s: %s\n", Escape(program), word, Escape(text))
}
