package ui

import "io"

// SheetRow is a label and what stands behind it, a line or more. Empty lines are
// left out, and a row that has no other.
type SheetRow struct {
	Label string
	Lines []string
}

// Sheet writes rows below a title in a frame, at most width columns wide, a gap
// between the sections.
func Sheet(w io.Writer, t Theme, width int, title string, sections [][]SheetRow) error {
	c, width := newCard(t, width)
	for _, line := range wrap(Escape(title), c.inner) {
		c.add(c.theme.title.Render(line))
	}
	for _, rows := range sections {
		c.rows(rows)
	}
	_, err := io.WriteString(w, c.framed(width))
	return err
}

// rows adds a section of rows.
func (c *card) rows(rows []SheetRow) {
	c.section()
	for _, row := range rows {
		c.text(row.Label, row.Lines...)
	}
}
