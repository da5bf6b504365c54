package creatorcli

import (
	"fmt"
	"strings"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

// history is what was issued under a license key, in the order of the log: the last
// of it, within bounds that no license key comes near.
type history struct {
	list   []pastLicense
	size   int // of the texts in list, in bytes
	former int // how many came before
}

// The bounds of a history; they are variables for tests.
var (
	historyLength = 1000
	historyBytes  = 4 << 20
)

// pastLicense is what differs between the licenses of a license key.
type pastLicense struct {
	line                                                            int
	tier, issuedAt, expiresAt, startsAt, updatesUntil, replaces, id string
	trial                                                           bool
	state                                                           ledger.State
}

func (l *pastLicense) size() int {
	return len(l.tier) + len(l.issuedAt) + len(l.expiresAt) + len(l.startsAt) + len(l.updatesUntil) + len(l.replaces) + len(l.id)
}

// add adds the next license. Its texts are copied: they are parts of the whole line.
func (h *history) add(m ledger.Match) {
	r, own := &m.Record, strings.Clone
	l := pastLicense{
		line: m.Line, tier: own(r.Tier), issuedAt: own(r.IssuedAt), expiresAt: own(r.ExpiresAt), startsAt: own(r.StartsAt),
		updatesUntil: own(r.UpdatesUntil), replaces: own(r.Replaces), id: ledger.BlobHash(r.Blob), trial: r.Trial, state: m.State,
	}
	h.list = append(h.list, l)
	h.size += l.size()
	for len(h.list) > historyLength || h.size > historyBytes && len(h.list) > 1 {
		h.size -= h.list[0].size()
		h.list[0] = pastLicense{} // else its texts would be held
		h.list = h.list[1:]
		h.former++
	}
}

// documents tell of each license what differs.
func (h *history) documents() []cli.Document {
	list := []cli.Document{}
	for _, l := range h.list {
		d := cli.Document{
			{Name: "line", Value: l.line},
			{Name: "tier", Value: l.tier},
			{Name: "issued_at", Value: l.issuedAt},
			{Name: "expires_at", Value: l.expiresAt},
			{Name: "state", Value: string(l.state)},
			{Name: "blob_sha256", Value: l.id},
		}
		for _, f := range []cli.Field{
			{Name: "starts_at", Value: l.startsAt}, {Name: "updates_until", Value: l.updatesUntil}, {Name: "replaces", Value: l.replaces},
		} {
			if f.Value != "" {
				d = append(d, f)
			}
		}
		if l.trial {
			d = append(d, cli.Field{Name: "trial", Value: true})
		}
		list = append(list, d)
	}
	return list
}

// lines tell of each license when it was issued, what it is, and which one it took
// the place of, by their numbers. One that replaced nothing is told alone by the rest
// of the card.
func (h *history) lines() (lines []string) {
	if len(h.list) < 2 {
		return nil
	}
	numbers := make(map[string]int)
	for i := range h.list {
		numbers[h.list[i].id] = h.former + i + 1
	}
	for i, l := range h.list {
		end := "to " + dateOf(l.expiresAt)
		if end == "to never" {
			end = "never ends"
		}
		tier := l.tier
		if l.trial {
			tier += ", trial"
		}
		if l.startsAt != "" {
			end = "from " + dateOf(l.startsAt) + " " + end
		}
		if l.updatesUntil != "" {
			end += ", updates until " + dateOf(l.updatesUntil)
		}
		line := fmt.Sprintf("%d. %s: %s, %s, %s", h.former+i+1, dateOf(l.issuedAt), tier, end, stateWords(l.state))
		if former, known := numbers[l.replaces]; known {
			line += fmt.Sprintf(", in place of %d", former)
		}
		lines = append(lines, line)
	}
	return lines
}
