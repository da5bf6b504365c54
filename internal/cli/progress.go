package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Progress shows, at a terminal, how far something long has come: on one line of
// standard error, from a second after its start on. end takes the line away.
func (a *App) Progress(what string) (tell func(done, all int64), end func()) {
	if !a.StderrTTY || a.plain || a.Getenv("DTLIC_PLAIN") != "" || a.Getenv("TERM") == "dumb" {
		return nil, func() {}
	}
	start, shown := a.Now(), ""
	show := func(line string) {
		// Blanks, and no escape sequence, hide what stood there.
		blanks := strings.Repeat(" ", max(0, len(shown)-len(line)))
		_, _ = io.WriteString(a.Stderr, "\r"+line+blanks) // nobody is told that nobody sees it
		shown = line
	}
	tell = func(done, all int64) {
		if all <= 0 || a.Now().Sub(start) < time.Second {
			return
		}
		if line := fmt.Sprintf("%s: %s, %d%%", a.Program, what, done*100/all); line != shown {
			show(line)
		}
	}
	return tell, func() {
		if shown != "" {
			show("")
			_, _ = io.WriteString(a.Stderr, "\r")
		}
	}
}
