package svgterm

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// seen is what a screen shows, a style's class before the cells that have it.
func seen(rows [][]cell) string {
	var b strings.Builder
	for _, row := range rows {
		class := ""
		for _, c := range row {
			if c.style.class() != class {
				class = c.style.class()
				b.WriteString("<" + class + ">")
			}
			b.WriteRune(c.char)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestScreen(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "one\ntwo", "one\ntwo\n"},
		{"an empty line", "one\n\ntwo\n", "one\n\ntwo\n"},
		{"nothing", "", ""},
		{"a long line goes on below", "abcdefghijKL\n", "abcdefghij\nKL\n"},
		{"a line that just fits", "abcdefghij\nK\n", "abcdefghij\nK\n"},
		{"bold and back", "a\x1b[1mb\x1b[0mc", "a<b>b<>c\n"},
		{"the short reset", "\x1b[2mb\x1b[mc", "<d>b<>c\n"},
		{"several codes", "\x1b[1;31mx\x1b[22my\x1b[39mz", "<c1 b>x<c1>y<>z\n"},
		{"a reset among codes", "\x1b[1mx\x1b[0;32my", "<b>x<c2>y\n"},
		{"bright", "\x1b[92mx", "<c10>x\n"},
		{"a style goes on over lines", "\x1b[36mx\ny", "<c6>x\n<c6>y\n"},
		{"one column each", "é✓→…│█", "é✓→…│█\n"},
	} {
		rows, err := screen(c.text, 10)
		if got := seen(rows); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestScreenRefuses(t *testing.T) {
	for _, text := range []string{
		"\x1b[5mblink", "\x1b[38;5;9mpalette", "\x1b[2J", "\x1b]0;title\a", "\x1b[1", "\x1b", "a\tb", "a\rb", "日本", "e\u0301", "\xff",
		"\x1b[99999999999999999999m",
	} {
		if rows, err := screen(text, 10); err == nil {
			t.Errorf("%q gives %q", text, seen(rows))
		}
	}
}

// element is a part of a picture: its name, attributes, and text.
type element struct {
	name, text string
	attributes map[string]string
}

func render(t *testing.T, p Picture) (source []byte, elements []element) {
	t.Helper()
	source, err := p.Render()
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(source))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return source, elements
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, source)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attributes: make(map[string]string)}
			for _, a := range token.Attr {
				e.attributes[a.Name.Local] = a.Value
			}
			elements = append(elements, e)
		case xml.CharData:
			if last := len(elements) - 1; last >= 0 && elements[last].text == "" {
				elements[last].text = string(token)
			}
		}
	}
}

func named(elements []element, name string) []element {
	return slices.DeleteFunc(slices.Clone(elements), func(e element) bool { return e.name != name })
}

func TestTexts(t *testing.T) {
	_, elements := render(t, Picture{Title: "A <b> & c", About: "what", Columns: 20, Text: "  ab  c\x1b[1m d\n<&>\"│x"})
	var got []string
	for _, e := range named(elements, "text") {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s", e.text, e.attributes["class"], e.attributes["x"], e.attributes["y"], e.attributes["textLength"]))
	}
	want := []string{
		"ab  c||34.8|66.6|42", // as wide as its five columns
		"d|b|85.2|66.6|8.4",
		`<&>"|b|18|86.6|33.6`,
		"x|b|60|86.6|8.4",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if title := named(elements, "title")[0].text; title != "A <b> & c" {
		t.Errorf("the title is %q", title)
	}
}

func TestShapes(t *testing.T) {
	_, elements := render(t, Picture{Columns: 10, Text: "╭──╮\n│  │\n│  │\n╰──╯\n██░░ \x1b[32m█\x1b[2m░"})
	var got []string
	for _, e := range elements {
		if class := e.attributes["class"]; strings.HasPrefix(class, "line") || strings.Contains(class, "fill") {
			got = append(got, class+"|"+e.attributes["d"]+e.attributes["x"]+"|"+e.attributes["width"])
		}
	}
	want := []string{
		"fill|18|16.8",
		"fill shade|34.8|16.8",
		"fill c2|60|8.4",
		"fill shade c2|68.4|8.4",
		// Each side of the frame is one line; corners end where the sides begin.
		"line|M26.4 62Q22.2 62 22.2 66.2V72" + "M26.4 62h16.8" + "M43.2 62Q47.4 62 47.4 66.2V72" +
			"M22.2 72v40" + "M47.4 72v40" +
			"M26.4 122Q22.2 122 22.2 117.8V112" + "M26.4 122h16.8" + "M43.2 122Q47.4 122 47.4 117.8V112" + "|",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if texts := named(elements, "text"); len(texts) > 0 {
		t.Errorf("shapes are drawn as text: %v", texts)
	}
}

// TestPartsOfBlocks: the part of a block ends the bar before it, and is a bar of its
// own where there is none, or one that looks different.
func TestPartsOfBlocks(t *testing.T) {
	_, elements := render(t, Picture{Columns: 10, Text: "██▌ ▏\n█\x1b[32m▉\x1b[0m▏"})
	var got []string
	for _, e := range elements {
		if class := e.attributes["class"]; strings.Contains(class, "fill") {
			got = append(got, class+"|"+e.attributes["x"]+"|"+e.attributes["width"])
		}
	}
	if want := []string{"fill|18|21", "fill|51.6|1", "fill|18|8.4", "fill c2|26.4|7.3", "fill|34.8|1"}; !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if texts := named(elements, "text"); len(texts) > 0 {
		t.Errorf("blocks are drawn as text: %v", texts)
	}
}

// TestSelfContained: a picture in a page loads nothing and runs nothing.
func TestSelfContained(t *testing.T) {
	p := Picture{Title: "t", About: "a", Columns: 10, Text: "\x1b[31mx\x1b[0m ─"}
	source, elements := render(t, p)
	again, _ := render(t, p)
	if !bytes.Equal(source, again) {
		t.Error("two pictures of one text differ")
	}
	for _, part := range []string{"script", "@import", "@font-face", "url(", "href", "var("} {
		if bytes.Contains(source, []byte(part)) {
			t.Errorf("the picture has %q", part)
		}
	}
	style := named(elements, "style")[0].text
	for _, part := range []string{"prefers-color-scheme:dark", light.page, dark.page, ".c1{fill:" + light.colors[1], ".c1{fill:" + dark.colors[1]} {
		if !strings.Contains(style, part) {
			t.Errorf("the style has no %q:\n%s", part, style)
		}
	}
	if strings.Contains(style, ".c2{") {
		t.Error("the style has a color that nothing has")
	}
}

// TestWordsCanBeRead wants of every color that our programs write words in what
// WCAG asks of text, a contrast of 4.5 to its background, dim text among them.
func TestWordsCanBeRead(t *testing.T) {
	for name, p := range map[string]palette{"light": light, "dark": dark} {
		words := map[string]string{"text": p.text, "dim text": mixed(t, p.text, p.page, dimOpacity)}
		for i, color := range p.colors {
			if i != 0 && i < 8 { // black is for backgrounds, and bright colors are not used
				words[fmt.Sprint("color ", i)] = color
			}
		}
		for word, color := range words {
			if c := contrast(t, color, p.page); c < 4.5 {
				t.Errorf("%s: %s (%s) has a contrast of %.2f", name, word, color, c)
			}
		}
	}
}

func channels(t *testing.T, color string) (rgb [3]float64) {
	t.Helper()
	for i := range rgb {
		n, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		rgb[i] = float64(n)
	}
	return rgb
}

func mixed(t *testing.T, front, back string, opacity float64) string {
	f, b := channels(t, front), channels(t, back)
	text := "#"
	for i := range f {
		text += fmt.Sprintf("%02x", int(f[i]*opacity+b[i]*(1-opacity)))
	}
	return text
}

func contrast(t *testing.T, a, b string) float64 {
	luminance := func(color string) (sum float64) {
		for i, c := range channels(t, color) {
			c /= 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += c * []float64{0.2126, 0.7152, 0.0722}[i]
		}
		return sum
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
