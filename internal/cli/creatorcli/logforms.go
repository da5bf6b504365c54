package creatorcli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/ui"
)

// view is what a list shows of each license, besides what every list shows.
type view struct {
	// columns are those of the table.
	columns []tableColumn
	// more is a fact that stands last in the other forms; nil for none.
	more func(m *ledger.Match) cli.Field
	// lines wants JSON objects, one a line.
	lines bool
	// none is said at a terminal where nothing was found.
	none string
}

// A form shows what a question finds.
type form interface {
	show(s *asked, out *pages) error
}

// form is the one that the person wants: a table for the eyes, and for programs
// JSON or values.
func (a *app) form(v view) form {
	switch {
	case a.JSON():
		return jsonArray(v)
	case v.lines:
		return jsonLines(v)
	case a.Styled():
		return table(v)
	}
	return values(v)
}

// pages prints text in large pieces.
type pages struct {
	app   *app
	text  strings.Builder
	begun bool // whether anything was printed
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
	if p.text.Len() == 0 {
		return nil
	}
	p.begun = true
	return p.app.Print(p.text.String())
}

// jsonArray is one JSON array, which only its end makes one.
type jsonArray view

func (v jsonArray) show(s *asked, out *pages) error {
	before := "[\n  "
	err := s.each(func(m *ledger.Match) error {
		text, err := view(v).document(s, m).Indented("  ")
		if err != nil {
			return err
		}
		text, before = before+text, ",\n  "
		return out.print(text)
	})
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(before, "["):
		return out.print("[]\n")
	}
	return out.print("\n]\n")
}

// jsonLines are JSON objects, one a line.
type jsonLines view

func (v jsonLines) show(s *asked, out *pages) error {
	return s.each(func(m *ledger.Match) error {
		text, err := view(v).document(s, m).Line()
		if err != nil {
			return err
		}
		return out.print(text + "\n")
	})
}

// values are tab-separated.
type values view

func (v values) show(s *asked, out *pages) error {
	return s.each(func(m *ledger.Match) error {
		r := &m.Record
		row := []string{r.LicenseKey, r.Name, r.Email, r.Tier, r.IssuedAt, r.ExpiresAt, string(m.State)}
		if v.more != nil {
			row = append(row, fmt.Sprint(v.more(m).Value))
		}
		var b strings.Builder
		if err := ui.TSV(&b, [][]string{row}); err != nil {
			return err
		}
		return out.print(b.String())
	})
}

// table is for a person's eyes.
type table view

// heldRows and heldBytes are how many rows of a table, and of their texts, are held in
// memory. A longer answer is gone through once for the widths of the columns and once
// for the rows.
const (
	heldRows  = 1000
	heldBytes = 1 << 20
)

func (v table) show(s *asked, out *pages) error {
	columns := make([]ui.Column, len(v.columns))
	for i, c := range v.columns {
		columns[i] = c.Column
	}
	grid := ui.NewGrid(s.app.Theme(), s.app.Width, columns...)
	var held []ui.Row
	count, size, fits := 0, 0, true
	err := s.each(func(m *ledger.Match) error {
		row := v.row(s.app, m)
		grid.Measure(row)
		count++
		size += len(m.Raw) // its texts are parts of it
		if fits = fits && count <= heldRows && size <= heldBytes; fits {
			held = append(held, row)
		} else {
			held = nil
		}
		return nil
	})
	if err != nil {
		return err
	}
	if count == 0 {
		s.app.Say("%s", v.none)
		return nil
	}
	if err := out.print(grid.Header()); err != nil {
		return err
	}
	if !fits {
		return s.each(func(m *ledger.Match) error { return out.print(grid.Line(v.row(s.app, m))) })
	}
	for _, row := range held {
		if err := out.print(grid.Line(row)); err != nil {
			return err
		}
	}
	return nil
}

func (v table) row(a *app, m *ledger.Match) ui.Row {
	row := ui.Row{Cells: make([]string, len(v.columns))}
	row.Level, _ = a.standing(m)
	for i, c := range v.columns {
		row.Cells[i] = c.cell(a, m)
	}
	return row
}

// document is all that the log says of a license, and how it stands.
func (v view) document(s *asked, m *ledger.Match) cli.Document {
	d := matchDocument(m, s.question.Revoked)
	if v.more != nil {
		d = append(d, v.more(m))
	}
	return d
}

// matchDocument is all that the log says of a license, members that other tools
// wrote among them, and how it stands. What such a member says under a name of
// ours is left out.
func matchDocument(m *ledger.Match, revoked *ledger.InForce) cli.Document {
	d := recordDocument(&m.Record)
	for _, u := range m.Unknown() {
		if !slices.Contains(ownNames, u.Name) {
			d = append(d, cli.Field{Name: u.Name, Value: u.Value})
		}
	}
	d = append(d, cli.Field{Name: "state", Value: string(m.State)})
	if m.State == ledger.Revoked {
		r, _ := revoked.Find(m.Record.LicenseKey)
		d = append(d, cli.Field{Name: "revoked_at", Value: r.RevokedAt}, cli.Field{Name: "revoked_reason", Value: r.Reason})
	}
	return d
}

// ownNames are members of answers that are in no log.
var ownNames = []string{"state", "revoked_at", "revoked_reason", "days_left", "history", "error"}

func recordDocument(r *ledger.Record) (d cli.Document) {
	for _, m := range r.Members() {
		d = append(d, cli.Field{Name: m.Name, Value: m.Value})
	}
	return d
}
