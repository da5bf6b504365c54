package ui

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/dtlic/dtlic/internal/wording"
)

const (
	cardWidth   = 78 // wider lines are harder to read
	stackBelow  = 60 // columns below which labels stand above their values
	labelColumn = 16
	barLength   = 28
)

// Card writes the license card, at most width columns wide.
func Card(w io.Writer, t Theme, width int, v CardView) error {
	if v.Location == nil {
		v.Location = time.UTC
	}
	c, width := newCard(t, width)
	c.head(v)
	c.problem(v)
	c.holder(v)
	c.term(v)
	c.origin(v)
	for _, rows := range v.More {
		c.rows(rows)
	}
	_, err := io.WriteString(w, c.framed(width))
	return err
}

// card collects the lines of a card, without its frame.
type card struct {
	theme   Theme
	inner   int // columns between the paddings
	stacked bool
	lines   []string
	gap     bool // an empty line is due before the next one
}

// newCard begins a card for a terminal of width columns, and returns how many of
// them it takes.
func newCard(t Theme, width int) (*card, int) {
	width = min(width, cardWidth)
	c := &card{theme: t, inner: width - 6, stacked: width < stackBelow}
	if c.stacked {
		c.inner = width - 4
	}
	return c, width
}

func (c *card) add(line string) {
	if c.gap && len(c.lines) > 0 {
		c.lines = append(c.lines, "")
	}
	c.gap = false
	c.lines = append(c.lines, line)
}

// section begins a group of lines; an empty one leaves no trace.
func (c *card) section() { c.gap = true }

// row adds a label and the lines of its value, each of which may be styled and
// fits into c.column().
func (c *card) row(label string, values ...string) {
	if c.stacked {
		c.add(c.theme.label.Render(label))
		for _, value := range values {
			c.add("  " + value)
		}
		return
	}
	for i, value := range values {
		if i > 0 {
			label = ""
		}
		c.add(c.theme.label.Render(pad(label, labelColumn)) + value)
	}
}

// column is the width of values.
func (c *card) column() int {
	if c.stacked {
		return c.inner - 2
	}
	return c.inner - labelColumn
}

// text adds a row of foreign texts, each wrapped; empty ones are left out.
func (c *card) text(label string, texts ...string) {
	var lines []string
	for _, text := range texts {
		if text != "" {
			lines = append(lines, wrap(Escape(text), c.column())...)
		}
	}
	if len(lines) > 0 {
		c.row(label, lines...)
	}
}

// moment adds a row with a time in the local zone and, where that differs, in
// UTC.
func (c *card) moment(label string, t time.Time, loc *time.Location) {
	if t.IsZero() {
		return
	}
	local := localTime(t, loc)
	lines := wrap(Escape(local), c.column())
	if local != localTime(t, time.UTC) {
		lines = append(lines, c.theme.label.Render(utcTime(t)))
	}
	c.row(label, lines...)
}

// head adds the title and, at the right where both fit, the state.
func (c *card) head(v CardView) {
	symbol, state := c.theme.state(v.Level)
	words := Escape(v.State)
	marked := symbol + " " + words
	title := Escape(v.Title)
	room := c.inner - columns(title) - columns(marked)
	if room >= 2 && title != "" {
		c.add(c.theme.title.Render(title) + strings.Repeat(" ", room) +
			state.mark.Render(symbol) + " " + state.word.Render(words))
		return
	}
	for _, line := range wrap(title, c.inner) {
		c.add(c.theme.title.Render(line))
	}
	for i, line := range wrap(words, c.inner-2) {
		mark := " "
		if i == 0 {
			mark = state.mark.Render(symbol)
		}
		c.add(mark + " " + state.word.Render(line))
	}
}

// stateStyle is how a level looks: its symbol and bar, and its word.
type stateStyle struct{ mark, word lipgloss.Style }

func (t Theme) state(level Level) (symbol string, style stateStyle) {
	switch level {
	case LevelGood:
		return "✓", stateStyle{t.good, t.good}
	case LevelWarning:
		return "!", stateStyle{t.warn, t.word}
	case LevelBad:
		return "✗", stateStyle{t.bad, t.bad}
	}
	return "○", stateStyle{t.word, t.word}
}

// problem adds what is wrong and what can be done about it.
func (c *card) problem(v CardView) {
	c.section()
	if v.Error != "" {
		for _, line := range wrap(Escape(v.Error), c.inner) {
			c.add(line)
		}
	}
	if v.Hint != "" {
		mark := c.theme.hintWord.Render("→")
		for _, line := range wrap(Escape(v.Hint), c.inner-2) {
			c.add(mark + " " + line)
			mark = " "
		}
	}
}

func (c *card) holder(v CardView) {
	c.section()
	c.text(wording.LabelHolder, v.Name, v.Email)
	tier := v.Tier
	if v.Trial {
		tier = strings.TrimPrefix(tier+", "+wording.Trial, ", ")
	}
	c.text(wording.LabelTier, tier)
	c.text(wording.LabelFeatures, strings.Join(escapeAll(v.Features), ", "))
	limits := make([]string, 0, len(v.Limits))
	for _, name := range slices.Sorted(maps.Keys(v.Limits)) {
		limits = append(limits, fmt.Sprintf("%s %s", name, wording.Grouped(v.Limits[name])))
	}
	c.text(wording.LabelLimits, strings.Join(limits, ", "))
}

func (c *card) term(v CardView) {
	c.section()
	switch {
	case v.Perpetual:
		c.text(wording.LabelTerm, v.Left)
		c.moment(wording.LabelStarts, v.Starts, v.Location)
	case !v.Ends.IsZero():
		c.bar(v)
		c.moment(wording.LabelStarts, v.Starts, v.Location)
		end := wording.LabelEnds
		if v.Ended {
			end = wording.LabelEnded
		}
		c.moment(end, v.Ends, v.Location)
	}
	c.moment(wording.LabelUpdates, v.UpdatesUntil, v.Location)
}

// bar adds the part of the term that is left, drawn and in words.
func (c *card) bar(v CardView) {
	words := Escape(v.Left)
	length := barLength
	beside := c.column() - 2 - columns(words)
	if beside >= barLength/2 {
		length = min(length, beside)
	}
	full := int(v.Fraction*float64(length) + 0.5)
	switch { // neither full nor empty before it is
	case v.Fraction > 0 && full == 0:
		full = 1
	case v.Fraction < 1 && full >= length:
		full = length - 1
	}
	full = min(max(full, 0), length)
	_, style := c.theme.state(v.Level)
	bar := style.mark.Render(strings.Repeat("█", full)) +
		c.theme.border.Render(strings.Repeat("░", length-full))
	if length <= beside {
		c.row(wording.LabelTerm, bar+"  "+words)
		return
	}
	c.row(wording.LabelTerm, append([]string{bar}, wrap(words, c.column())...)...)
}

func (c *card) origin(v CardView) {
	c.section()
	c.text(wording.LabelLicense, v.LicenseKey)
	c.text(wording.LabelKey, v.KeyID)
	if !v.ActivatedAt.IsZero() {
		c.text(wording.LabelActive, localTime(v.ActivatedAt, v.Location))
	}
	variable := v.Variable
	if variable != "" {
		variable = "$" + variable
	}
	place := wording.LabelRead
	if v.Level == LevelNone {
		place = wording.LabelLooked
	}
	c.text(place, variable, v.Path)
	c.text(wording.LabelSupport, v.Support)
}

// framed returns the lines in a rounded border.
func (c *card) framed(width int) string {
	line := lipgloss.RoundedBorder()
	edge := c.theme.border
	margin := strings.Repeat(" ", (width-2-c.inner)/2)
	side := edge.Render(line.Left)
	rule := strings.Repeat(line.Top, width-2)

	var b strings.Builder
	b.WriteString(edge.Render(line.TopLeft+rule+line.TopRight) + "\n")
	c.lines = slices.Concat([]string{""}, c.lines, []string{""})
	for _, text := range c.lines {
		b.WriteString(side + margin + pad(text, c.inner) + margin + side + "\n")
	}
	b.WriteString(edge.Render(line.BottomLeft+rule+line.BottomRight) + "\n")
	return b.String()
}
