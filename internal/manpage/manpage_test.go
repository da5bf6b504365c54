package manpage

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestMarked(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "some words", "some words"},
		{"an option", "with --starts its", `with \fB\-\-starts\fP its`},
		{"a short option in parentheses", "(-o FILE)", `(\fB\-o\fP FILE)`},
		{"a hyphen within a word", "read-only", `read\-only`},
		{"a dash", "FILE or - for", `FILE or \- for`},
		{"backquotes", "set `DIR` to `make release`", `set \fBDIR\fP to \fBmake\~release\fP`},
		{"what roff would take", `a\b 'c' ^ ~`, `a\eb \(aqc\(aq \(ha \(ti`},
		{"beyond ASCII", "name …", `name \[u2026]`},
	} {
		if got := marked(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"paragraphs", "One\nline.\n\nAnother.\n", "One line.\n.PP\nAnother.\n"},
		{
			"shown lines", "Use:\n\n  a  -b\n    c\n\nEnd.",
			"Use:\n.PP\n.RS \"2n\"\n.nf\na  \\-b\n  c\n.fi\n.RE\n.PP\nEnd.\n",
		},
		{"a line that looks like a request", "the folder\n\n  .notes", "the folder\n.PP\n.RS \"2n\"\n.nf\n\\&.notes\n.fi\n.RE\n"},
		{"a word that looks like a request", ".notes is it", "\\&.notes is it\n"},
	} {
		r := new(roff)
		r.text(c.text)
		if got := r.String(); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestProseIsFolded(t *testing.T) {
	r := new(roff)
	r.prose(strings.Repeat("word ", 100) + ".x")
	lines := strings.Split(strings.TrimSpace(r.String()), "\n")
	if len(lines) < 6 || strings.Count(r.String(), "word") != 100 {
		t.Errorf("got %q", lines)
	}
	for _, line := range lines {
		if len(line) > 80 || strings.HasPrefix(line, ".") {
			t.Errorf("the line %q", line)
		}
	}
}

// shop is a small program with all that pages are made of.
func shop() *cobra.Command {
	do := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "shop", Short: "Sell things", Long: "Sell things.\n\nSee also shop stock count.", Run: do}
	root.PersistentFlags().String("color", "auto", "color `WHEN`")
	sell := &cobra.Command{Use: "sell [THING|-]", Short: "Sell a thing", Example: "  shop sell hat\n  shop stock add hat", Run: do}
	sell.Flags().StringP("to", "t", "", "the `BUYER`")
	sell.Flags().Int("price", 0, "what it costs")
	sell.Flags().Bool("gift", false, "wrap it")
	sell.Flags().String("old", "", "hidden")
	_ = sell.Flags().MarkHidden("old")
	stock := &cobra.Command{Use: "stock", Short: "Look after the stock", Run: do}
	stock.AddCommand(&cobra.Command{Use: "add THING", Short: "Add to it", Run: do}, &cobra.Command{Use: "count", Short: "Count it", Run: do})
	root.AddCommand(sell, stock, &cobra.Command{Use: "secret", Short: "Nothing", Hidden: true, Run: do})
	return root
}

func TestPages(t *testing.T) {
	pages := Pages(shop(), func(cmd *cobra.Command) More {
		if cmd.Name() != "sell" {
			return More{Sections: []Section{{Title: "NEVER"}}}
		}
		return More{Sections: []Section{{Title: "FILES", Intro: "In the shop.", Items: []Item{{Tag: "`~/stock`", Text: "the stock"}}}}}
	})
	names := slices.Sorted(maps.Keys(pages))
	if want := []string{"shop-completion.1", "shop-sell.1", "shop-stock-add.1", "shop-stock-count.1", "shop-stock.1", "shop.1"}; !slices.Equal(names, want) {
		t.Errorf("the pages are %q, not %q", names, want)
	}
	const want = `.TH "SHOP\-SELL" "1" "" "shop" "shop manual"
.nh
.ad l
.SH "NAME"
shop\-sell \- sell a thing
.SH "SYNOPSIS"
\fBshop sell\fP [\fIOPTION\fP]... [\fITHING\fP|\-]
.SH "DESCRIPTION"
Sell a thing.
.SH "OPTIONS"
.TP
\fB\-\-gift\fP
Wrap it.
.TP
\fB\-\-price\fP \fIN\fP
What it costs.
.TP
\fB\-t\fP, \fB\-\-to\fP \fIBUYER\fP
The BUYER.
.SH "OPTIONS OF EVERY COMMAND"
.TP
\fB\-\-color\fP \fIWHEN\fP
Color WHEN. The default is \fBauto\fP.
.TP
\fB\-h\fP, \fB\-\-help\fP
Print a summary of the command.
.SH "FILES"
In the shop.
.TP
\fB\(ti/stock\fP
The stock.
.SH "EXAMPLES"
.nf
shop sell hat
shop stock add hat
.fi
.SH "SEE ALSO"
.BR "shop" "(1),"
.BR "shop\-stock\-add" "(1)"
`
	if got := string(pages["shop-sell.1"]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(string(pages["shop.1"]), "NEVER") {
		t.Error("a section without a line is shown")
	}
}

func TestRelated(t *testing.T) {
	root := shop()
	p := program{root: root, pages: make(map[string]*cobra.Command)}
	p.collect(root)
	for path, want := range map[string][]string{
		"shop":             {"shop-sell", "shop-stock", "shop-stock-count"}, // count is mentioned
		"shop-sell":        {"shop", "shop-stock-add"},
		"shop-stock":       {"shop", "shop-stock-add", "shop-stock-count"},
		"shop-stock-count": {"shop-stock", "shop-stock-add"},
	} {
		if got := p.related(p.pages[path], nil); !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", path, got, want)
		}
	}
	count := p.pages["shop-stock-count"]
	want := []string{"shop-sell", "shop-stock", "shop-stock-add"}
	if got := p.related(count, []*cobra.Command{count, p.pages["shop-sell"], p.pages["shop-stock"]}); !slices.Equal(got, want) {
		t.Errorf("with more: %q, not %q", got, want)
	}
}
