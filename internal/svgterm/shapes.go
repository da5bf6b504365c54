package svgterm

import (
	"fmt"
	"strings"
)

// Frames and bars are drawn: between the glyphs of a font there are gaps, which
// depend on the font. arms says which sides of its cell a line's character
// touches.
var arms = map[rune]struct{ left, right, up, down bool }{
	'─': {left: true, right: true}, '│': {up: true, down: true},
	'╭': {right: true, down: true}, '╮': {left: true, down: true},
	'╰': {right: true, up: true}, '╯': {left: true, up: true},
}

const (
	fullBlock  = '█'
	lightShade = '░'
)

// eighths is how much of its cell, from the left, a block fills; 0 for what is no
// block.
func eighths(r rune) int {
	const one = '▏' // and so on down to the full block
	if fullBlock <= r && r <= one {
		return int(one-r) + 1
	}
	return 0
}

func isShape(r rune) bool {
	_, line := arms[r]
	return line || eighths(r) > 0 || r == lightShade
}

// drawShapes writes the lines and bars: those in a row, or below one another,
// as one, so that nothing shows where they meet.
func drawShapes(b *strings.Builder, rows [][]cell) {
	at := func(x, y int) cell {
		if y < 0 || y >= len(rows) || x < 0 || x >= len(rows[y]) {
			return cell{}
		}
		return rows[y][x]
	}
	paths := make(map[style]string)
	var order []style
	add := func(s style, d string) {
		if paths[s] == "" {
			order = append(order, s)
		}
		paths[s] += d
	}
	for y, row := range rows {
		for x, c := range row {
			switch c.char {
			case '─':
				if at(x-1, y) != c {
					add(c.style, fmt.Sprintf("M%s %sh%s", px(left(x)), px(top(y)+lineHeight/2), px(cellWidth*run(c, x, y, 1, 0, at))))
				}
			case '│':
				if at(x, y-1) != c {
					add(c.style, fmt.Sprintf("M%s %sv%s", px(left(x)+cellWidth/2), px(top(y)), px(lineHeight*run(c, x, y, 0, 1, at))))
				}
			case fullBlock, lightShade:
				if at(x-1, y) != c {
					n := run(c, x, y, 1, 0, at)
					width := n * cellWidth
					if end := at(x+n, y); end.style == c.style && c.char == fullBlock {
						width += cellWidth * eighths(end.char) / 8
					}
					drawBar(b, c, x, y, width)
				}
			default:
				part := eighths(c.char)
				switch {
				case part > 0 && at(x-1, y) == (cell{char: fullBlock, style: c.style}): // drawn as its end
				case part > 0:
					drawBar(b, c, x, y, cellWidth*part/8)
				case isShape(c.char):
					add(c.style, corner(c.char, x, y))
				}
			}
		}
	}
	for _, s := range order {
		fmt.Fprintf(b, "<path%s d=\"%s\"/>\n", classes(s, "line"), paths[s])
	}
}

// run counts the cells that are like c, from one of them in a direction.
func run(c cell, x, y, dx, dy int, at func(x, y int) cell) (n int) {
	for at(x, y) == c {
		n, x, y = n+1, x+dx, y+dy
	}
	return n
}

// corner is the path of a rounded corner, from the side of its cell to the top
// or the bottom.
func corner(char rune, x, y int) string {
	a := arms[char]
	middleX, middleY := left(x)+cellWidth/2, top(y)+lineHeight/2
	fromX, toY := left(x), top(y)
	if a.right {
		fromX += cellWidth
	}
	if a.down {
		toY += lineHeight
	}
	radius := cellWidth / 2
	bendY := middleY + radius
	if a.up {
		bendY = middleY - radius
	}
	return fmt.Sprintf("M%s %sQ%s %[2]s %[3]s %sV%s", px(fromX), px(middleY), px(middleX), px(bendY), px(toY))
}

// drawBar writes a bar, a little lower than its line.
func drawBar(b *strings.Builder, c cell, x, y, width int) {
	const inset = 30
	more := []string{"fill"}
	if c.char == lightShade {
		more = append(more, "shade")
		c.style.dim = false // it is fainter than dim already
	}
	fmt.Fprintf(b, `<rect%s x="%s" y="%s" width="%s" height="%s"/>`+"\n",
		classes(c.style, more...), px(left(x)), px(top(y)+inset), px(width), px(lineHeight-2*inset))
}
