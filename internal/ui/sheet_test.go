package ui

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

func renderSheet(t *testing.T, theme Theme, width int, title string, sections [][]SheetRow) string {
	t.Helper()
	var b bytes.Buffer
	if err := Sheet(&b, theme, width, title, sections); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSheetGolden(t *testing.T) {
	sections := [][]SheetRow{
		{{"Product", []string{"notes, the default"}}, {"Nothing", nil}, {"Empty", []string{""}}},
		{{"Gone", nil}},
		{{"Tiers", []string{"basic: export; seats 1", "", "studio: export, batch, reports, reports.pdf, scheduler, macros, import, import.parquet"}}},
		{{"Product file", []string{"/home/ada/.notes-creator/product.json"}}},
	}
	for _, width := range []int{40, 80} {
		got := renderSheet(t, Theme{}, width, "Notes", sections)
		path := filepath.Join("..", "..", "testdata", "golden", fmt.Sprintf("sheet_%d.txt", width))
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is\n%s, want\n%s", path, got, want)
		}
	}
}

// Whatever the text is, no line is wider than the terminal or steers it.
func TestSheetOfHostileText(t *testing.T) {
	for _, text := range []string{
		"\x1b[31m\x1b]0;x\x07", strings.Repeat("\u202eabc ", 40), strings.Repeat("山", 200), strings.Repeat("x", 300),
		strings.Repeat("e\u0301\u0302", 50), "\xff\xc3", "a\nb\r\nc\td\u2028e", "",
	} {
		for _, width := range []int{40, 59, 60, 78, 200} {
			for i, line := range strings.Split(strings.TrimSuffix(renderSheet(t, Theme{}, width, text, [][]SheetRow{{{"Label", []string{text, text}}}}), "\n"), "\n") {
				if got, want := lipgloss.Width(line), min(width, cardWidth); got != want {
					t.Fatalf("%.20q at %d columns: line %d has %d: %q", text, width, i+1, got, line)
				}
				if line != Escape(line) {
					t.Fatalf("%.20q at %d columns: line %d is not escaped: %q", text, width, i+1, line)
				}
			}
		}
	}
}
