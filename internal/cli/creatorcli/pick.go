package creatorcli

import (
	"fmt"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/wording"
)

// pick finds the one license that a person means by its license key or by its
// holder's mail address: the running one of that license key. An address with
// several license keys is a usage error that lists them; command is the one to
// be given a license key instead, for the hint.
func (a *app) pick(p *dtlic.Product, word, command string, revoked map[string]ledger.Revocation) (ledger.Match, error) {
	found, err := a.matches(p, word, revoked, (*ledger.Ledger).Snapshot)
	if err != nil {
		return ledger.Match{}, err
	}
	return theOne(found, word, command)
}

// opener opens a log: as it stands, or without what may be taken back.
type opener func(*ledger.Ledger) (*ledger.Snapshot, error)

// durably opens a log for whoever hands its licenses out.
func (a *app) durably(log *ledger.Ledger) (*ledger.Snapshot, error) { return log.Durable(a.Context()) }

// matches finds the running licenses that a license key or a mail address names:
// one at least, where the error is nil. Lines that cannot be read are told.
func (a *app) matches(p *dtlic.Product, word string, revoked map[string]ledger.Revocation, open opener) ([]ledger.Match, error) {
	log, err := a.ledger(p)
	if err != nil {
		return nil, err
	}
	question := ledger.Question{Now: a.Now(), Revoked: revoked}
	if isAddress(word) {
		question.Email = word
	} else {
		question.LicenseKey = word
	}
	found, damaged, err := a.ask(log, question, open)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0 && damaged != nil:
		return nil, readFailure(damaged)
	case len(found) == 0:
		return nil, cli.Fail(cli.CodeNotFound, fmt.Sprintf("no license %q was issued", word),
			fmt.Sprintf("it is not in %q", log.Path()), searchHint(word))
	}
	a.warnOf(damaged)
	return found, nil
}

// searchHint is how a license is searched for by less than what a person typed in
// vain.
func searchHint(word string) string {
	if isAddress(word) {
		word, _, _ = strings.Cut(word, "@")
	}
	return "dtlic log find " + here.word(word) + ", or dtlic log list"
}

// isAddress tells a mail address from a license key, which has no @. A domain is
// nobody's address.
func isAddress(word string) bool { return strings.Index(word, "@") > 0 }

// theOne is the only one of the licenses that a word names, or the error that lists
// them.
func theOne(found []ledger.Match, word, command string) (ledger.Match, error) {
	if len(found) > 1 {
		return ledger.Match{}, cli.UsageHint(command+" "+found[len(found)-1].Record.LicenseKey,
			"%q has several licenses: %s", word, several(found))
	}
	return found[0], nil
}

// ask gathers the answer to a question with few records. damaged joins the errors
// about the first lines that could not be read, and says how many more there are.
func (a *app) ask(log *ledger.Ledger, q ledger.Question, open opener) (found []ledger.Match, damaged, err error) {
	var damage ledger.Damage
	snapshot, err := open(log)
	if err != nil {
		return nil, nil, readFailure(err)
	}
	defer snapshot.Close()
	for m, err := range snapshot.Ask(a.Context(), q) {
		switch {
		case err == nil:
			found = append(found, m)
		case !damage.Add(err):
			return nil, nil, readFailure(err)
		}
	}
	return found, damage.Err(), nil
}

// history is every license that was issued under a license key, in the order of the
// log. Lines that cannot be read were told when the license key was looked for.
func (a *app) history(log *ledger.Ledger, licenseKey string, revoked map[string]ledger.Revocation) ([]ledger.Match, error) {
	q := ledger.Question{Filter: ledger.Filter{LicenseKey: licenseKey}, All: true, Now: a.Now(), Revoked: revoked}
	issued, _, err := a.ask(log, q, (*ledger.Ledger).Snapshot)
	return issued, err
}

// warnOf tells of damaged lines, one warning for each.
func (a *app) warnOf(damaged error) {
	if damaged == nil {
		return
	}
	for line := range strings.Lines(damaged.Error()) {
		a.Warn("%s", strings.TrimSuffix(line, "\n"))
	}
}

// several lists licenses in one line of an error.
func several(found []ledger.Match) string {
	const most = 10
	var list []string
	for _, m := range found[:min(len(found), most)] {
		r := &m.Record
		list = append(list, fmt.Sprintf("%s (%s, ends %s, %s)", r.LicenseKey, r.Tier, dateOf(r.ExpiresAt), stateWords(m.State)))
	}
	if more := len(found) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, "; ")
}

// stateWords says a state in words.
func stateWords(s ledger.State) string { return wording.StateWords(string(s)) }
