// Package svgterm draws what a program printed at a terminal as an SVG picture:
// real text in the reader's own fixed-width font, the frames as lines, in colors
// for light and dark pages. The same text gives the same bytes.
//
// It knows what our programs print: lines, characters of one column, and the
// sequences for bold, dim and the sixteen colors. Anything else is an error.
package svgterm

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Picture is what there is to draw.
type Picture struct {
	// Title names it, and About tells what is to be seen, for those who do not
	// see it.
	Title, About string
	// Columns is the terminal's width.
	Columns int
	// Text is what was printed, escape sequences included.
	Text string
}

// Sizes, in tenths of a pixel, so that no rounding depends on the machine.
const (
	cellWidth  = 84
	lineHeight = 200
	baseline   = 146 // of a line's text, from its top
	margin     = 180
	barHeight  = 340 // the window's title bar
)

// dimOpacity is how much of its color dim text has.
const dimOpacity = 0.68

const styles = `text{font:14px ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;white-space:pre}
path.line,.bar{fill:none}
.line{stroke-width:1.2}
.shade{opacity:.3}
.d{opacity:%g}
.b{font-weight:bold}
`

// Render draws the picture.
func (p Picture) Render() ([]byte, error) {
	rows, err := screen(p.Text, p.Columns)
	if err != nil {
		return nil, err
	}
	w := 2*margin + p.Columns*cellWidth
	h := barHeight + 2*margin + len(rows)*lineHeight
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img" aria-labelledby="title about">`+"\n",
		px(w), px(h))
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"about\">%s</desc>\n<style>\n%s"+styles+"</style>\n",
		escaped(p.Title), escaped(p.About), palettes(rows), dimOpacity)
	fmt.Fprintf(&b, `<rect class="window" x=".5" y=".5" width="%s" height="%s" rx="8"/>`+"\n", px(w-10), px(h-10))
	fmt.Fprintf(&b, `<path class="bar" d="M1 %sH%s"/>`+"\n", px(barHeight+5), px(w-10))
	for i := range 3 {
		fmt.Fprintf(&b, `<circle class="dot" cx="%s" cy="%s" r="5.5"/>`+"\n", px(margin+30+i*180), px(barHeight/2))
	}
	b.WriteString("<g xml:space=\"preserve\">\n")
	drawTexts(&b, rows)
	drawShapes(&b, rows)
	b.WriteString("</g>\n</svg>\n")
	return []byte(b.String()), nil
}

// left and top are where a column and a row begin.
func left(column int) int { return margin + column*cellWidth }
func top(row int) int     { return barHeight + margin + row*lineHeight }

// px writes tenths of a pixel.
func px(tenths int) string {
	if tenths%10 == 0 {
		return fmt.Sprint(tenths / 10)
	}
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}

// drawTexts writes the characters: one element for neighbors that look alike,
// with the width that they have at a terminal, whatever the reader's font is.
func drawTexts(b *strings.Builder, rows [][]cell) {
	for y, row := range rows {
		for x := 0; x < len(row); {
			if row[x].char == ' ' || isShape(row[x].char) {
				x++
				continue
			}
			start, text := x, ""
			for x < len(row) && row[x].style == row[start].style && !isShape(row[x].char) {
				text += string(row[x].char)
				x++
			}
			text = strings.TrimRight(text, " ")
			fmt.Fprintf(b, `<text%s x="%s" y="%s" textLength="%s" lengthAdjust="spacingAndGlyphs">%s</text>`+"\n",
				classes(row[start].style), px(left(start)), px(top(y)+baseline), px(utf8.RuneCountInString(text)*cellWidth), escaped(text))
		}
	}
}

// classes is an element's attribute for a style and other classes.
func classes(s style, more ...string) string {
	if class := s.class(); class != "" {
		more = append(more, class)
	}
	if len(more) == 0 {
		return ""
	}
	return ` class="` + strings.Join(more, " ") + `"`
}
