package creatorcli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
)

// pick finds the one license that a person means by its license key or by its
// holder's mail address: the running one of that license key. An address with
// several license keys is a usage error that lists them; command is the one to
// be given a license key instead, for the hint.
func (a *app) pick(p *dtlic.Product, word, command string) (ledger.Match, error) {
	log, err := a.ledger(p)
	if err != nil {
		return ledger.Match{}, err
	}
	question := ledger.Question{Now: a.Now()}
	if question.Revoked, err = a.revoked(p); err != nil {
		return ledger.Match{}, err
	}
	if strings.Index(word, "@") > 0 { // no license key has one, and a domain is nobody's address
		question.Email = word
	} else {
		question.LicenseKey = word
	}
	found, damaged, err := a.ask(log, question)
	switch {
	case err != nil:
		return ledger.Match{}, err
	case len(found) == 0 && damaged != nil:
		return ledger.Match{}, readFailure(damaged)
	case len(found) == 0:
		return ledger.Match{}, cli.Fail(cli.CodeNotFound, fmt.Sprintf("no license %q was issued", word),
			fmt.Sprintf("it is not in %q", log.Path()), "dtlic log find "+word)
	case len(found) > 1:
		return ledger.Match{}, cli.UsageHint(command+" "+found[len(found)-1].Record.LicenseKey,
			"%q has several licenses: %s", word, several(found))
	}
	if damaged != nil {
		a.Warn("%s", damaged)
	}
	return found[0], nil
}

// ask gathers the answer to a question with few records. damaged joins the errors
// about lines that could not be read.
func (a *app) ask(log *ledger.Ledger, q ledger.Question) (found []ledger.Match, damaged, err error) {
	snapshot, err := log.Snapshot()
	if err != nil {
		return nil, nil, readFailure(err)
	}
	defer snapshot.Close()
	for m, err := range snapshot.Ask(a.Context(), q) {
		if line := (*journal.LineError)(nil); errors.As(err, &line) {
			damaged = errors.Join(damaged, err)
			continue
		}
		if err != nil {
			return nil, nil, readFailure(err)
		}
		found = append(found, m)
	}
	return found, damaged, nil
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
func stateWords(s ledger.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// revoked are the license keys of a product that are revoked.
func (a *app) revoked(*dtlic.Product) (map[string]ledger.Revocation, error) {
	return nil, nil
}
