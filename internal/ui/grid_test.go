package ui

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

func renderGrid(t Theme, width int, columns []Column, rows ...Row) string {
	g := NewGrid(t, width, columns...)
	for _, r := range rows {
		g.Measure(r)
	}
	var b strings.Builder
	b.WriteString(g.Header())
	for _, r := range rows {
		b.WriteString(g.Line(r))
	}
	return b.String()
}

var (
	testColumns = []Column{
		{Title: "state", Marked: true},
		{Title: "name", Floor: 8},
		{Title: "email", Rank: 2, Floor: 10},
		{Title: "days", Rank: 3, Right: true},
		{Title: "key", Rank: 1},
	}
	testRows = []Row{
		{LevelGood, []string{"active", "Jana Nováková", "jana@example.com", "9", "K-1"}},
		{LevelWarning, []string{"ends soon", "山田太郎", "yamada@example.com", "1,200", "KEY-22222"}},
		{LevelBad, []string{"expired", "Zoe\u0301", "z@example.com", "", "K-3"}},
		{LevelNone, []string{"replaced"}},
	}
)

func TestGrid(t *testing.T) {
	for _, test := range []struct {
		width int
		want  string
	}{
		{80, "state        name           email                days  key\n" +
			"✓ active     Jana Nováková  jana@example.com        9  K-1\n" +
			"! ends soon  山田太郎       yamada@example.com  1,200  KEY-22222\n" +
			"✗ expired    Zoe\u0301            z@example.com              K-3\n" +
			"○ replaced\n"},
		// What can give way does, the widest first.
		{58, "state        name          email           days  key\n" +
			"✓ active     Jana Nováko…  jana@example…      9  K-1\n" +
			"! ends soon  山田太郎      yamada@examp…  1,200  KEY-22222\n" +
			"✗ expired    Zoe\u0301           z@example.com         K-3\n" +
			"○ replaced\n"},
		// Then columns are left out, the highest rank first: there is no room for
		// days, and for the address there is.
		{45, "state        name       email       key\n" +
			"✓ active     Jana Nov…  jana@exam…  K-1\n" +
			"! ends soon  山田太郎   yamada@ex…  KEY-22222\n" +
			"✗ expired    Zoe\u0301        z@example…  K-3\n" +
			"○ replaced\n"},
		{32, "state        name      key\n" +
			"✓ active     Jana No…  K-1\n" +
			"! ends soon  山田太郎  KEY-22222\n" +
			"✗ expired    Zoe\u0301       K-3\n" +
			"○ replaced\n"},
		{12, ""}, // nothing sensible, and no wider
	} {
		got := renderGrid(Theme{}, test.width, testColumns, testRows...)
		for line := range strings.Lines(got) {
			if w := lipgloss.Width(strings.TrimSuffix(line, "\n")); w > test.width {
				t.Errorf("at %d columns a line has %d: %q", test.width, w, line)
			}
		}
		if test.want != "" && got != test.want {
			t.Errorf("at %d columns:\n%s, want\n%s", test.width, got, test.want)
		}
	}
}

// Color adds nothing but color: the words are the same without.
func TestGridColorIsNoInformation(t *testing.T) {
	for _, width := range []int{32, 45, 80} {
		colored := renderGrid(NewTheme(true), width, testColumns, testRows...)
		if got, want := stripStyles(colored), renderGrid(Theme{}, width, testColumns, testRows...); got != want || got == colored {
			t.Errorf("at %d columns it differs with color:\n%s, want\n%s", width, got, want)
		}
	}
}

// Whatever the text is, no line is wider than the terminal or steers it.
func TestGridOfHostileText(t *testing.T) {
	for name, v := range hostileCards() {
		row := Row{LevelBad, []string{v.State, v.Name, v.Email, v.Tier, v.LicenseKey}}
		for _, width := range []int{40, 59, 60, 80, 140, 200} {
			for line := range strings.Lines(renderGrid(Theme{}, width, testColumns, row, testRows[0])) {
				line = strings.TrimSuffix(line, "\n")
				if got := lipgloss.Width(line); got > width {
					t.Fatalf("%s at %d columns: a line has %d: %q", name, width, got, line)
				}
				if line != Escape(line) {
					t.Fatalf("%s at %d columns: a line is not escaped: %q", name, width, line)
				}
			}
		}
	}
}

func TestCharts(t *testing.T) {
	charts := []Chart{
		{Header: []string{"Notes", ""}, Rows: []ChartRow{{Label: "issued", Numbers: []int64{1420}}}},
		{Header: []string{"state", "keys"}, Marked: true, Bars: true, Rows: []ChartRow{
			{Level: LevelGood, Label: "active", Numbers: []int64{1000}}, {Level: LevelBad, Label: "expired", Numbers: []int64{1}},
		}},
		{Header: []string{"gone"}},
		{Header: []string{"tier", "keys", "issued"}, Bars: true, Rows: []ChartRow{
			{Label: "before", Numbers: []int64{9000, 9000}, Bare: true},
			{Label: "山\x1b", Numbers: []int64{8, 12}},
			{Label: "studio", Numbers: []int64{4, 4}},
			{Label: "none", Numbers: []int64{0, 3}},
		}},
	}
	var b strings.Builder
	if err := Charts(&b, Theme{}, 46, charts...); err != nil {
		t.Fatal(err)
	}
	if want := `Notes
issued      1,420

state        keys
✓ active    1,000          ███████████████████
✗ expired       1          ▏

tier         keys  issued
before      9,000   9,000
山\u{001B}      8      12  ███████████████████
studio          4       4  █████████▌
none            0       3
`; b.String() != want {
		t.Errorf("%s, want\n%s", b.String(), want)
	}
	for width := 40; width <= 200; width++ {
		var plain, colored strings.Builder
		_ = Charts(&plain, Theme{}, width, charts...)
		_ = Charts(&colored, NewTheme(true), width, charts...)
		if stripStyles(colored.String()) != plain.String() {
			t.Errorf("at %d columns color adds more than color", width)
		}
		for line := range strings.Lines(plain.String()) {
			if w := lipgloss.Width(strings.TrimSuffix(line, "\n")); w > width {
				t.Errorf("at %d columns a line has %d: %q", width, w, line)
			}
		}
	}
	for name, v := range hostileCards() {
		var b strings.Builder
		_ = Charts(&b, Theme{}, 60, Chart{Header: []string{v.Title, "n"}, Bars: true, Rows: []ChartRow{{Label: v.Tier, Numbers: []int64{1 << 60}}}})
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSuffix(line, "\n"); lipgloss.Width(line) > 60 || line != Escape(line) {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
	if err := Charts(brokenWriter{}, Theme{}, 80, charts...); err == nil {
		t.Error("a full disk was not told")
	}
}

func TestBarOf(t *testing.T) {
	for part, want := range map[float64]string{0: "▏", 0.001: "▏", 0.5: "██", 0.53125: "██▏", 0.96875: "███▉", 1: "████"} {
		if got := barOf(part, 4); got != want {
			t.Errorf("%v of 4 columns is %q, want %q", part, got, want)
		}
	}
	if got := fmt.Sprint(len([]rune(barOf(0.99, 40)))); got != "40" {
		t.Errorf("%s columns", got)
	}
}
