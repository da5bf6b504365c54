package svgterm

import (
	"fmt"
	"strings"
)

// palette is the colors of one kind of page. The sixteen are chosen so that words
// in each of them can be read on the palette's own background.
type palette struct {
	page, edge, text string
	colors           [16]string
}

var light = palette{
	page: "#ffffff", edge: "#d1d9e0", text: "#1f2328",
	colors: [16]string{
		"#24292f", "#cf222e", "#116329", "#7d4e00", "#0969da", "#8250df", "#1b7c83", "#59636e",
		"#57606a", "#a40e26", "#1a7f37", "#633c01", "#218bff", "#a475f9", "#3192aa", "#6e7781",
	},
}

var dark = palette{
	page: "#0d1117", edge: "#3d444d", text: "#e6edf3",
	colors: [16]string{
		"#6e7681", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
		"#8b949e", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
	},
}

// palettes is the style sheet's part with the colors that the rows have. It has no
// CSS variables: not all that shows SVG knows them.
func palettes(rows [][]cell) string {
	var used [len(light.colors)]bool
	for _, row := range rows {
		for _, c := range row {
			if c.style.color > 0 {
				used[c.style.color-1] = true
			}
		}
	}
	rules := func(p *palette) string {
		var b strings.Builder
		fmt.Fprintf(&b, ".window{fill:%s;stroke:%s}\n.bar{stroke:%[2]s}\n.dot{fill:%[2]s}\n", p.page, p.edge)
		fmt.Fprintf(&b, "text,.fill{fill:%s}\n.line{stroke:%[1]s}\n", p.text)
		for i, color := range p.colors {
			if used[i] {
				fmt.Fprintf(&b, ".c%d{fill:%s}\n.line.c%[1]d{stroke:%[2]s}\n", i, color)
			}
		}
		return b.String()
	}
	return rules(&light) + "@media (prefers-color-scheme:dark){\n" + rules(&dark) + "}\n"
}
