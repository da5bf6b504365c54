package ui

import (
	"io"
	"slices"
	"strings"
)

const (
	columnGap   = 2
	shrinkFloor = 8 // what the least important column keeps while others can give
)

// Table writes rows below a header, aligned and at most width columns wide,
// for a terminal. Where they do not fit, the column shrink, the least
// important one, gives way first, then the widest; what is cut ends in an
// ellipsis. The last column is wrapped instead. Rows may be shorter than the header. Without rows nothing is
// written.
func Table(w io.Writer, t Theme, width int, header []string, rows [][]string, shrink int) error {
	if len(rows) == 0 || len(header) == 0 {
		return nil
	}
	cells := make([][]string, 0, len(rows)+1)
	cells = append(cells, escapeAll(header))
	for _, row := range rows {
		cells = append(cells, escapeAll(row[:min(len(row), len(header))]))
	}
	widths := columnWidths(cells)
	shrinkColumns(widths, width, shrink)

	var b strings.Builder
	for i, row := range cells {
		for _, line := range tableLines(row, widths) {
			line = fit(strings.TrimRight(line, " "), width)
			if i == 0 {
				line = t.title.Render(line)
			}
			b.WriteString(line + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tableLines are the lines of a row: several where the last column is wrapped.
func tableLines(row []string, widths []int) (lines []string) {
	line, last := "", len(widths)-1
	for col, cell := range row {
		if col > 0 {
			line += strings.Repeat(" ", columnGap)
		}
		if col < last {
			line += pad(fit(cell, widths[col]), widths[col])
			continue
		}
		for _, part := range wrap(cell, widths[col]) {
			lines = append(lines, line+part)
			line = strings.Repeat(" ", columns(line))
		}
	}
	if lines == nil {
		lines = []string{line}
	}
	return lines
}

func columnWidths(cells [][]string) []int {
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for col, cell := range row {
			widths[col] = max(widths[col], columns(cell))
		}
	}
	return widths
}

// shrinkColumns makes columns fit into width, as far as one column each can.
func shrinkColumns(widths []int, width, first int) {
	over := columnGap*(len(widths)-1) - width
	for _, w := range widths {
		over += w
	}
	if over <= 0 {
		return
	}
	if 0 <= first && first < len(widths) {
		give := min(over, max(0, widths[first]-shrinkFloor))
		widths[first] -= give
		over -= give
	}
	for ; over > 0; over-- {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] == 1 {
			return // too many columns; the line is cut
		}
		widths[widest]--
	}
}

// TSV writes rows as tab-separated values, one a line and without a header:
// the form for scripts. A tab or a line break in a value is escaped, as
// everything is that [Escape] does not show.
func TSV(w io.Writer, rows [][]string) error {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.Join(escapeAll(row), "\t") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
