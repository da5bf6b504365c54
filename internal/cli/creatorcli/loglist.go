package creatorcli

import (
	"strings"

	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/ui"
)

// recordList shows records one after the other, so that a log of any size is
// listed without holding it in memory; only a table has to know its widths.
type recordList interface {
	add(r *ledger.Record) error
	end() error
}

func (a *app) newList() recordList {
	switch {
	case a.JSON():
		return &jsonList{pages: pages{app: a}}
	case a.Styled():
		return &tableList{app: a}
	default:
		return &valueList{pages{app: a}}
	}
}

// pages prints text in large pieces.
type pages struct {
	app  *app
	text strings.Builder
}

func (p *pages) print(text string) error {
	const page = 64 << 10
	p.text.WriteString(text)
	if p.text.Len() < page {
		return nil
	}
	return p.flush()
}

func (p *pages) flush() error {
	defer p.text.Reset()
	return p.app.Print(p.text.String())
}

// jsonList is one JSON array.
type jsonList struct {
	pages
	count int
}

func (l *jsonList) add(r *ledger.Record) error {
	text, err := recordDocument(r).Indented("  ")
	if err != nil {
		return err
	}
	before := ",\n  "
	if l.count == 0 {
		before = "[\n  "
	}
	l.count++
	return l.print(before + text)
}

func (l *jsonList) end() error {
	after := "\n]\n"
	if l.count == 0 {
		after = "[]\n"
	}
	l.text.WriteString(after)
	return l.flush()
}

// valueList is tab-separated values.
type valueList struct{ pages }

func (l *valueList) add(r *ledger.Record) error {
	var b strings.Builder
	if err := ui.TSV(&b, [][]string{row(r)}); err != nil {
		return err
	}
	return l.print(b.String())
}

func (l *valueList) end() error { return l.flush() }

// tableList is a table for a person's eyes.
type tableList struct {
	app  *app
	rows [][]string
}

func (l *tableList) add(r *ledger.Record) error {
	l.rows = append(l.rows, row(r))
	return nil
}

func (l *tableList) end() error {
	if len(l.rows) == 0 {
		l.app.Say("no license was issued yet; mint one with: dtlic mint")
		return nil
	}
	var b strings.Builder
	header, rows, name := fitting(l.app.Width, l.rows)
	if err := ui.Table(&b, l.app.Theme(), l.app.Width, header, rows, name); err != nil {
		return err
	}
	return l.app.Print(b.String())
}

func row(r *ledger.Record) []string {
	return []string{r.LicenseKey, r.Name, r.Email, r.Tier, r.IssuedAt, r.ExpiresAt}
}

// fitting picks the columns that a terminal has room for: the license key is
// what resend is given, so it is never cut. name is the column that may be.
func fitting(width int, rows [][]string) (header []string, fit [][]string, name int) {
	columns := []int{0, 1, 2, 3, 4, 5}
	switch {
	case width < 50:
		columns = []int{0, 1}
	case width < 70:
		columns = []int{0, 1, 5}
	case width < 100:
		columns = []int{0, 1, 3, 5}
	}
	pick := func(row []string) (picked []string) {
		for _, c := range columns {
			picked = append(picked, row[c])
		}
		return picked
	}
	for _, row := range rows {
		row[4], row[5] = dateOf(row[4]), dateOf(row[5])
		fit = append(fit, pick(row))
	}
	return pick([]string{"license key", "name", "email", "tier", "issued", "ends"}), fit, 1
}

// dateOf is the date of an RFC 3339 time, for a person's eyes.
func dateOf(timestamp string) string {
	if strings.HasPrefix(timestamp, "9999-12-31") {
		return "never"
	}
	date, _, _ := strings.Cut(timestamp, "T")
	return date
}
