package creatorcli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
)

const (
	damagedLog = "the issuance log has lines that cannot be read"
	checkHint  = "dtlic log check"
	noneIssued = "no license was issued yet; mint one with: dtlic mint"
)

// asked is a question to the log as it stands at one moment. It may be put
// several times, and the answer is always the same.
type asked struct {
	app      *app
	snapshot *ledger.Snapshot
	question ledger.Question
	damaged  damage
	again    bool // whether it was put before
}

// damage tells of damaged lines, and counts them.
type damage struct {
	app   *app
	lines int
	// revocations is the error about damaged lines of revoked.jsonl, nil for none.
	revocations error
}

func (d *damage) add(err error) {
	if d.lines++; d.lines <= ledger.MaxDamaged {
		d.app.Warn("%s", err)
	}
}

// failure is the error about all of them, nil where there are none.
func (d *damage) failure() error {
	if d.lines == 0 {
		return d.revocations
	}
	why := fmt.Sprintf("%d of them", d.lines)
	if d.revocations != nil {
		why += "; and " + d.revocations.Error()
	}
	return cli.Fail(cli.CodeBadRecord, damagedLog, why, checkHint)
}

// each hands over what the question finds. Damaged lines are told once.
func (s *asked) each(show func(m *ledger.Match) error) error {
	first := !s.again
	s.again = true
	ctx := s.app.Context()
	for m, err := range s.snapshot.Ask(ctx, s.question) {
		if line := (*journal.LineError)(nil); errors.As(err, &line) {
			if first {
				s.damaged.add(err)
			}
			continue
		}
		if err == nil {
			err = ctx.Err() // showing takes long too
		}
		if err != nil {
			return readFailure(err)
		}
		if err := show(&m); err != nil {
			return err
		}
	}
	return nil
}

// answer puts a question about the product's log and shows what it finds, in the
// form that is wanted. Lines that cannot be read are told, and the others shown
// all the same.
func (a *app) answer(p *dtlic.Product, q ledger.Question, v view) error {
	log, err := a.ledger(p)
	if err != nil {
		return err
	}
	var damaged error
	if q.Revoked, damaged, err = a.revoked(p); err != nil {
		return err
	}
	defer q.Revoked.Close()
	snapshot, err := log.Snapshot()
	if err != nil {
		return readFailure(err)
	}
	defer snapshot.Close()
	if snapshot.Size() == 0 {
		v.none = a.ofThisProduct(noneIssued)
	}
	s := &asked{app: a, snapshot: snapshot, question: q, damaged: damage{app: a, revocations: damaged}}
	out := &pages{app: a}
	err = a.form(v).show(s, out)
	if err == nil {
		err = out.flush()
	}
	if err == nil {
		err = s.damaged.failure()
	}
	if out.begun && a.JSON() {
		return a.afterAnswer(err)
	}
	return err
}

// afterAnswer tells what is wrong with an answer on standard error: with --json there
// is one document on standard output, whole or not.
func (a *app) afterAnswer(err error) error {
	if err == nil {
		return nil
	}
	a.PrintError(err)
	return cli.Shown(err)
}

// addJSONLines adds the flag that answers by one JSON object a line.
func (a *app) addJSONLines(cmd *cobra.Command, lines *bool) {
	cmd.Flags().BoolVar(lines, "jsonl", false, "print one JSON object a line")
}

// askedAbout is the product whose log is asked, in one form: not in two at once.
func (a *app) askedAbout(jsonLines bool) (dtlic.Product, error) {
	if jsonLines && a.JSON() {
		return dtlic.Product{}, cli.Usage("give one of --json and --jsonl, not both")
	}
	return a.Product()
}

// printJSONLine prints an answer that is one JSON object, in one line.
func (a *app) printJSONLine(d cli.Document) error {
	text, err := d.Line()
	if err != nil {
		return err
	}
	return a.Print(text + "\n")
}
