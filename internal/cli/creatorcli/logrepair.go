package creatorcli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

const repairLong = `Set aside every line of the issuance log that is no record, and put back what can
be had of it. dtlic log check says before what is wrong.

The lines go, byte for byte, into a new file beside the log, issued.jsonl.set-aside-
and the time, which is safe on the disk before the log is replaced. Back come whole
records that stood in such a line with something else, and, made anew from what the
license says, the records of genuine licenses in it: note, order and replaces of
these stay in the file beside. A license that stands in several lines stays in the
first. Byte-order marks and carriage returns go.

A whole record is never changed, whatever is wrong with it. With --strict it goes
aside too where dtlic log check calls it wrong by itself: its license is changed,
is of another product, or says something else; then the record is made anew from
the license, where that is genuine.

revoked.jsonl is repaired too: what is no line of it goes aside. It asks first; off
a terminal it needs --yes, and without it says what it would do.`

func (a *app) logRepairCommand() *cobra.Command {
	var strict, yes bool
	cmd := &cobra.Command{
		Use: "repair", Short: "Set damaged lines aside, and put back what can be had of them", Long: repairLong,
		Example: "  dtlic log repair\n  dtlic log repair --yes",
		Args:    cli.Args(cobra.NoArgs), RunE: func(*cobra.Command, []string) error { return a.logRepair(strict, yes) },
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "set whole records with a wrong license aside too")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// repair is what is done to the two files.
type repair struct{ log, revocations ledger.Repaired }

func (r *repair) isNothing() bool { return r.log.IsNothing() && r.revocations.IsNothing() }

func (a *app) logRepair(strict, yes bool) error {
	log, judge, err := a.checkable()
	if err != nil {
		return err
	}
	if !yes {
		if agreed, err := a.mayRepair(log, judge, strict); err != nil || !agreed {
			return err
		}
	}
	var done repair
	tell, end := a.Progress("repairing the issuance log")
	done.log, err = log.Repair(a.Context(), judge, strict, tell)
	end()
	if err != nil {
		return repairFailure("the issuance log", err)
	}
	if done.revocations, err = log.Revocations().Repair(a.Context()); err != nil {
		a.tellRepair(&done.log)
		return repairFailure("what is revoked", err)
	}
	return a.showRepair(&done)
}

// mayRepair says what a repair would do, and asks whether it is to be done. Where
// there is nothing to do the answer is yes.
func (a *app) mayRepair(log *ledger.Ledger, judge *ledger.Judge, strict bool) (bool, error) {
	var planned repair
	tell, end := a.Progress("looking at the issuance log")
	var err error
	planned.log, err = log.PlanRepair(a.Context(), judge, strict, tell)
	end()
	if err == nil {
		planned.revocations, err = log.Revocations().PlanRepair(a.Context())
	}
	if err != nil {
		return false, readFailure(err)
	}
	if planned.isNothing() {
		return true, nil
	}
	a.announce(&planned.log)
	a.announce(&planned.revocations)
	if !a.Interactive() {
		return false, cli.UsageHint("add --yes if you mean it", "the log is to be changed, and there is nobody to ask")
	}
	agreed, err := a.Confirm("Repair it?", false)
	if err == nil && !agreed {
		a.Say("nothing was changed")
	}
	return agreed, err
}

// announce says what a repair would do to a file.
func (a *app) announce(r *ledger.Repaired) {
	const most = 10 // the rest is for log check
	for _, f := range r.Moved[:min(len(r.Moved), most)] {
		a.Warn("line %d (%s): %s", f.Line, strings.ReplaceAll(string(f.Class), "_", " "), f.What)
	}
	if r.SetAside > 0 {
		a.Say("to be set aside from %q: %s of %d%s", r.Path, counted(r.SetAside, "line"), r.Lines, comesBack(r))
	}
	if r.Trimmed > 0 {
		a.Say("to be freed of byte-order marks and carriage returns in %q: %s", r.Path, counted(r.Trimmed, "line"))
	}
}

// comesBack says how many records of the lines set aside are put back.
func comesBack(r *ledger.Repaired) string {
	if r.Recovered == 0 {
		return ""
	}
	return fmt.Sprintf("; records put back: %d, made anew from their licenses: %d", r.Recovered, r.Rebuilt)
}

// tellRepair says what was done to a file.
func (a *app) tellRepair(r *ledger.Repaired) {
	if r.SetAside > 0 {
		a.Say("set %s of %d aside in %q: %s%s", counted(r.SetAside, "line"), r.Lines, r.Aside, numbers(r), comesBack(r))
	}
	if r.Trimmed > 0 {
		a.Say("freed %s of %q of byte-order marks and carriage returns", counted(r.Trimmed, "line"), r.Path)
	}
}

// numbers are those of the lines that were set aside, as far as anybody reads.
func numbers(r *ledger.Repaired) string {
	const most = 20
	var list []string
	for _, f := range r.Moved[:min(len(r.Moved), most)] {
		list = append(list, strconv.Itoa(f.Line))
	}
	text := strings.Join(list, ", ")
	if more := r.SetAside - len(list); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if r.SetAside == 1 {
		return "line " + text
	}
	return "lines " + text
}

func (a *app) showRepair(done *repair) error {
	if a.JSON() {
		d := repairDocument(&done.log)
		return a.PrintJSON(append(d, cli.Field{Name: "revocations", Value: repairDocument(&done.revocations)}))
	}
	if done.isNothing() {
		a.Say("there is nothing to repair in %q", done.log.Path)
		return nil
	}
	if err := a.printFindings(append(done.log.Moved, done.revocations.Moved...)); err != nil {
		return err
	}
	a.tellRepair(&done.log)
	a.tellRepair(&done.revocations)
	return nil
}

func repairDocument(r *ledger.Repaired) cli.Document {
	return cli.Document{
		{Name: "path", Value: r.Path},
		{Name: "changed", Value: !r.IsNothing()},
		{Name: "lines", Value: r.Lines},
		{Name: "kept", Value: r.Kept},
		{Name: "set_aside", Value: r.SetAside},
		{Name: "duplicates", Value: r.Duplicates},
		{Name: "recovered", Value: r.Recovered},
		{Name: "rebuilt", Value: r.Rebuilt},
		{Name: "trimmed", Value: r.Trimmed},
		{Name: "aside", Value: cli.OrNil(r.Aside)},
		{Name: "moved", Value: lineFindings(r.Moved, func(*ledger.Finding) string { return r.Path })},
	}
}

// repairFailure says why a file was not repaired.
func repairFailure(file string, err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case isHeld(err):
		return cli.Fail(cli.CodeLocked, file+" was not repaired: it cannot be locked", err.Error(), "")
	}
	return cli.Fail(codeOf(err), file+" was not repaired", err.Error(), "")
}
