package ui

import (
	"cmp"
	"slices"
	"strings"
)

// Column is a column of a [Grid].
type Column struct {
	Title string
	// Rank decides which columns stand where there is no room for all: those of
	// rank 0 always, then the others from the lowest rank on.
	Rank int
	// Floor is the width down to which the column gives way; 0 for one that is
	// not cut while another can be.
	Floor int
	// Right aligns it at the right, as numbers are.
	Right bool
	// Marked shows the row's level before the text, and in its color.
	Marked bool
}

// Row is a row of a [Grid]: a text for each column.
type Row struct {
	Level Level
	Cells []string
}

// Grid is a table that is not held in memory: all of its rows are measured, then
// written one after the other. It picks the columns that the terminal has room
// for. No line is wider than the terminal.
type Grid struct {
	theme   Theme
	width   int
	columns []Column
	widths  []int // what is wanted while rows are measured, then what is given
	chosen  []int // the columns that are shown
}

// NewGrid begins a table for a terminal of width columns.
func NewGrid(t Theme, width int, columns ...Column) *Grid {
	g := &Grid{theme: t, width: width, columns: columns}
	for _, c := range columns {
		g.widths = append(g.widths, columnsOf(c.Title))
	}
	return g
}

// markWidth is what a symbol and the space behind it take.
const markWidth = 2

func columnsOf(foreign string) int { return columns(Escape(foreign)) }

// Measure takes a row into account. Every row that is written must have been
// measured before [Grid.Header] is called.
func (g *Grid) Measure(r Row) {
	for i, cell := range r.Cells {
		size := columnsOf(cell)
		if g.columns[i].Marked {
			size += markWidth
		}
		g.widths[i] = max(g.widths[i], min(size, g.width))
	}
}

// Header settles the columns and returns the line with their titles.
func (g *Grid) Header() string {
	g.choose()
	g.shrink()
	var b strings.Builder
	for n, i := range g.chosen {
		c := g.columns[i]
		g.write(&b, n, c.Title, c.Right, func(s string) string { return s })
	}
	return g.theme.title.Render(strings.TrimRight(b.String(), " ")) + "\n"
}

// choose picks the columns, those of a low rank first, by the least that each
// needs.
func (g *Grid) choose() {
	order := make([]int, len(g.columns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(g.columns[a].Rank, g.columns[b].Rank) })
	used := 0
	for _, i := range order {
		need := g.least(i)
		if used > 0 {
			need += columnGap
		}
		if g.columns[i].Rank == 0 || used+need <= g.width {
			used += need
			g.chosen = append(g.chosen, i)
		}
	}
	slices.Sort(g.chosen)
}

// least is what a column needs at least.
func (g *Grid) least(i int) int {
	if floor := g.columns[i].Floor; floor > 0 {
		return min(floor, g.widths[i])
	}
	return g.widths[i]
}

// shrink takes from the chosen columns, the widest first, what they have more than
// there is: down to what they need at least, and at a very narrow terminal below.
func (g *Grid) shrink() {
	over := columnGap*(len(g.chosen)-1) - g.width
	for _, i := range g.chosen {
		over += g.widths[i]
	}
	for _, least := range []func(int) int{g.least, func(int) int { return 1 }} {
		for ; over > 0; over-- {
			widest := -1
			for _, i := range g.chosen {
				if g.widths[i] > least(i) && (widest < 0 || g.widths[i] > g.widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			g.widths[widest]--
		}
	}
}

// Line returns a row as it is written below the header.
func (g *Grid) Line(r Row) string {
	symbol, style := g.theme.state(r.Level)
	if r.Level == LevelNone { // a table has many of them, and they matter less
		style = stateStyle{g.theme.label, g.theme.label}
	}
	var b strings.Builder
	for n, i := range g.chosen {
		text := ""
		if i < len(r.Cells) {
			text = r.Cells[i]
		}
		if !g.columns[i].Marked {
			g.write(&b, n, text, g.columns[i].Right, func(s string) string { return s })
			continue
		}
		g.write(&b, n, symbol+" "+text, false, func(s string) string {
			mark, words, _ := strings.Cut(s, " ")
			return style.mark.Render(mark) + " " + style.word.Render(words)
		})
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

// write appends the n-th shown cell, cut and filled to its column's width; style
// changes nothing but how it looks.
func (g *Grid) write(b *strings.Builder, n int, text string, right bool, style func(string) string) {
	if n > 0 {
		b.WriteString(strings.Repeat(" ", columnGap))
	}
	width := g.widths[g.chosen[n]]
	text = fit(Escape(text), width)
	blanks := strings.Repeat(" ", max(0, width-columns(text)))
	if right {
		b.WriteString(blanks + style(text))
	} else {
		b.WriteString(style(text) + blanks)
	}
}
