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
func (a *app) pick(p *dtlic.Product, word, command string, revoked *ledger.InForce) (ledger.Match, error) {
	found, err := a.matches(p, word, revoked, (*ledger.Ledger).Snapshot, nil)
	if err != nil {
		return ledger.Match{}, err
	}
	return found.theOne(command)
}

// candidates are the licenses that a word names: the first few of them, for a holder
// may have thousands, and how many there are.
type candidates struct {
	word  string
	first []ledger.Match
	count int
}

func (c *candidates) add(m ledger.Match) {
	const most = 10
	if c.count++; c.count <= most {
		c.first = append(c.first, m)
	}
}

// opener opens a log: as it stands, or without what may be taken back.
type opener func(*ledger.Ledger) (*ledger.Snapshot, error)

// durably opens a log for whoever hands its licenses out.
func (a *app) durably(log *ledger.Ledger) (*ledger.Snapshot, error) { return log.Durable(a.Context()) }

// matches finds the running licenses that a license key or a mail address names, one
// at least where the error is nil: of several those alone that rather chooses, where
// it chooses any. Lines that cannot be read are told.
func (a *app) matches(p *dtlic.Product, word string, revoked *ledger.InForce, open opener, rather func(ledger.State) bool) (candidates, error) {
	log, err := a.ledger(p)
	if err != nil {
		return candidates{}, err
	}
	question := ledger.Question{Now: a.Now(), Revoked: revoked}
	if isAddress(word) {
		question.Email = word
	} else {
		question.LicenseKey = word
	}
	all, chosen := candidates{word: word}, candidates{word: word}
	damaged, err := a.ask(log, question, open, func(m ledger.Match) {
		all.add(m)
		if rather != nil && rather(m.State) {
			chosen.add(m)
		}
	})
	switch {
	case err != nil:
		return candidates{}, err
	case all.count == 0 && damaged != nil:
		return candidates{}, readFailure(damaged)
	case all.count == 0:
		return candidates{}, cli.Fail(cli.CodeNotFound, fmt.Sprintf("no license %q was issued", word),
			fmt.Sprintf("it is not in %q", log.Path()), searchHint(word))
	}
	a.warnOf(damaged)
	if chosen.count > 0 {
		return chosen, nil
	}
	return all, nil
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

// theOne is the only one of the licenses, or the error that lists them.
func (c *candidates) theOne(command string) (ledger.Match, error) {
	if c.count > 1 {
		return ledger.Match{}, cli.UsageHint(command+" "+c.first[len(c.first)-1].Record.LicenseKey,
			"%q has several licenses: %s", c.word, c)
	}
	return c.first[0], nil
}

// String lists the licenses in one line of an error.
func (c *candidates) String() string {
	var list []string
	for _, m := range c.first {
		r := &m.Record
		list = append(list, fmt.Sprintf("%s (%s, ends %s, %s)", r.LicenseKey, r.Tier, dateOf(r.ExpiresAt), stateWords(m.State)))
	}
	if more := c.count - len(list); more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, "; ")
}

// ask hands over what a question finds, of which take holds no more than it must.
// damaged joins the errors about the first lines that could not be read, and says how
// many more there are.
func (a *app) ask(log *ledger.Ledger, q ledger.Question, open opener, take func(ledger.Match)) (damaged, err error) {
	var damage ledger.Damage
	snapshot, err := open(log)
	if err != nil {
		return nil, readFailure(err)
	}
	defer snapshot.Close()
	for m, err := range snapshot.Ask(a.Context(), q) {
		switch {
		case err == nil:
			take(m)
		case !damage.Add(err):
			return nil, readFailure(err)
		}
	}
	return damage.Err(), nil
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

// stateWords says a state in words.
func stateWords(s ledger.State) string { return wording.StateWords(string(s)) }
