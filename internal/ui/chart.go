package ui

import (
	"io"
	"strings"

	"github.com/dtlic/dtlic/internal/wording"
)

// Chart is a list of numbers below a header, and a bar for the first number of
// each row.
type Chart struct {
	// Header names the labels and the numbers.
	Header []string
	Rows   []ChartRow
	// Marked shows the rows' levels before their labels.
	Marked bool
	// Bars tells whether bars are drawn.
	Bars bool
}

// ChartRow is a label and its numbers, as many as the header names.
type ChartRow struct {
	Level   Level
	Label   string
	Numbers []int64
	// Bare leaves the bar out; those of other rows are not measured by it.
	Bare bool
}

const (
	chartBar      = 40 // longer bars say no more
	chartBarLeast = 6  // shorter ones say nothing
	chartLabel    = 24 // what a label keeps where there is no room
)

// Charts writes charts one below the other, a gap between them and their labels,
// numbers and bars aligned, at most width columns wide. A chart without rows is
// left out.
func Charts(w io.Writer, t Theme, width int, charts ...Chart) error {
	c := chartWriter{theme: t}
	for _, chart := range charts {
		if len(chart.Rows) > 0 {
			c.measure(&chart)
		}
	}
	numbers := 0
	for _, size := range c.numbers {
		numbers += columnGap + size
	}
	c.label = max(min(c.label, max(chartLabel, width-numbers-columnGap-chartBar)), 1)
	c.label = min(c.label, max(1, width-numbers))
	if c.bar = min(width-c.label-numbers-columnGap, chartBar); c.bar < chartBarLeast {
		c.bar = 0
	}
	for _, chart := range charts {
		if len(chart.Rows) > 0 {
			c.write(chart)
		}
	}
	_, err := io.WriteString(w, c.out.String())
	return err
}

// chartWriter has the widths that all charts share.
type chartWriter struct {
	theme      Theme
	label, bar int
	numbers    []int
	out        strings.Builder
}

func (w *chartWriter) measure(c *Chart) {
	mark := 0
	if c.Marked {
		mark = markWidth
	}
	w.label = max(w.label, columnsOf(c.Header[0]))
	for n, title := range c.Header[1:] {
		if n == len(w.numbers) {
			w.numbers = append(w.numbers, 0)
		}
		w.numbers[n] = max(w.numbers[n], columnsOf(title))
	}
	for _, row := range c.Rows {
		w.label = max(w.label, mark+columnsOf(row.Label))
		for n, number := range row.Numbers {
			w.numbers[n] = max(w.numbers[n], len(wording.Grouped(number)))
		}
	}
}

func (w *chartWriter) write(c Chart) {
	if w.out.Len() > 0 {
		w.out.WriteString("\n")
	}
	most := int64(1)
	for _, row := range c.Rows {
		if !row.Bare {
			most = max(most, row.Numbers[0])
		}
	}
	line := pad(fit(Escape(c.Header[0]), w.label), w.label)
	for n, title := range c.Header[1:] {
		line += leftPad(Escape(title), columnGap+w.numbers[n])
	}
	w.out.WriteString(w.theme.title.Render(strings.TrimRight(line, " ")) + "\n")
	for _, row := range c.Rows {
		symbol, style := w.theme.state(row.Level)
		label := fit(Escape(row.Label), w.label)
		if c.Marked {
			label = fit(Escape(row.Label), w.label-markWidth)
			label = style.mark.Render(symbol) + " " + style.word.Render(label)
		} else {
			style.mark = w.theme.bar
		}
		line := pad(label, w.label)
		for n, size := range w.numbers {
			number := ""
			if n < len(row.Numbers) {
				number = wording.Grouped(row.Numbers[n])
			}
			line += leftPad(number, columnGap+size)
		}
		if c.Bars && !row.Bare && w.bar > 0 && row.Numbers[0] > 0 {
			line += strings.Repeat(" ", columnGap) + style.mark.Render(barOf(float64(row.Numbers[0])/float64(most), w.bar))
		}
		w.out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func leftPad(text string, width int) string {
	return strings.Repeat(" ", max(0, width-columns(text))) + text
}

// barOf draws a part of length columns, to the eighth of a column. What is not
// nothing is drawn as at least that.
func barOf(part float64, length int) string {
	const eighths = "▏▎▍▌▋▊▉"
	n := max(1, int(part*float64(length*8)+0.5))
	bar := strings.Repeat("█", n/8)
	if rest := n % 8; rest > 0 {
		bar += string([]rune(eighths)[rest-1])
	}
	return bar
}
