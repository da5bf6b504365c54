package creatorcli

import (
	"fmt"
	"strings"

	"github.com/dtlic/dtlic/internal/ui"
)

// printRows draws rows below a header for a person's eyes, whose last column
// is wrapped where they do not fit, and else writes them as tab-separated values.
func (a *app) printRows(header []string, rows [][]string) (err error) {
	var b strings.Builder
	if a.Styled() {
		err = ui.Table(&b, a.Theme(), a.Width, header, rows, len(header)-1)
	} else {
		err = ui.TSV(&b, rows)
	}
	if err != nil {
		return err
	}
	return a.Print(b.String())
}

// printSheet draws a framed sheet for a person's eyes.
func (a *app) printSheet(title string, sections [][]ui.SheetRow) error {
	var b strings.Builder
	if err := ui.Sheet(&b, a.Theme(), a.Width, title, sections); err != nil {
		return err
	}
	return a.Print(b.String())
}

func sheetRow(label string, lines ...string) ui.SheetRow {
	return ui.SheetRow{Label: label, Lines: lines}
}

// counted is a number of things, in words.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
