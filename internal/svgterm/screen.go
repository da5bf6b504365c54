package svgterm

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// cell is one place of the screen; the zero cell is empty.
type cell struct {
	char  rune
	style style
}

// style is how a cell looks.
type style struct {
	color     int // 1 to 16 for the terminal's colors 0 to 15; 0 is the text's own
	bold, dim bool
}

// class is the style's name in the picture, "" for plain text.
func (s style) class() string {
	var names []string
	if s.color > 0 {
		names = append(names, "c"+strconv.Itoa(s.color-1))
	}
	if s.bold {
		names = append(names, "b")
	}
	if s.dim {
		names = append(names, "d")
	}
	return strings.Join(names, " ")
}

// screen puts text on a screen of so many columns. As at a terminal a longer
// line goes on in the next row.
func screen(text string, columns int) (rows [][]cell, err error) {
	var row []cell
	var now style
	for len(text) > 0 {
		if codes, rest, ok := cutSGR(text); ok {
			if now, err = now.with(codes); err != nil {
				return nil, err
			}
			text = rest
			continue
		}
		char, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		switch {
		case char == '\n':
			rows = append(rows, row)
			row = nil
		case !drawable(char):
			return nil, fmt.Errorf("%q cannot be drawn: it is not one column wide", char)
		default:
			if len(row) == columns {
				rows = append(rows, row)
				row = nil
			}
			row = append(row, cell{char, now})
		}
	}
	if len(row) > 0 {
		rows = append(rows, row)
	}
	return rows, nil
}

// cutSGR cuts a sequence that selects how text looks, ESC [ CODES m, off the
// beginning.
func cutSGR(text string) (codes, rest string, ok bool) {
	after, ok := strings.CutPrefix(text, "\x1b[")
	if !ok {
		return "", text, false
	}
	end := strings.IndexFunc(after, func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
	if end < 0 || after[end] != 'm' {
		return "", text, false
	}
	return after[:end], after[end+1:], true
}

// with applies the codes of a sequence.
func (s style) with(codes string) (style, error) {
	for code := range strings.SplitSeq(codes, ";") {
		n, err := strconv.Atoi("0" + code) // nothing stands for 0
		switch {
		case err != nil:
			return s, fmt.Errorf("the sequence ESC[%sm: %w", codes, err)
		case n == 0:
			s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.dim = true
		case n == 22:
			s.bold, s.dim = false, false
		case n >= 30 && n <= 37:
			s.color = n - 30 + 1
		case n == 39:
			s.color = 0
		case n >= 90 && n <= 97:
			s.color = n - 90 + 8 + 1
		default:
			return s, fmt.Errorf("the sequence ESC[%sm cannot be drawn", codes)
		}
	}
	return s, nil
}

// drawable tells whether a character takes one column.
func drawable(r rune) bool {
	kind := width.LookupRune(r).Kind()
	return r != unicode.ReplacementChar && unicode.IsGraphic(r) && !unicode.Is(unicode.M, r) &&
		kind != width.EastAsianWide && kind != width.EastAsianFullwidth
}
