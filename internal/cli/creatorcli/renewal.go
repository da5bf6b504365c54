package creatorcli

import (
	"errors"
	"fmt"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/mint"
)

// former is the running license that a mint renews.
type former struct {
	license dtlic.License
	record  ledger.Renewed
}

// renewal decides what renews the running license of a license key or a mail
// address.
func (a *app) renewal(p *dtlic.Product, r mint.Request, word string) (l dtlic.License, _ *former, err error) {
	log, err := a.ledger(p)
	if err != nil {
		return l, nil, err
	}
	seen, err := log.Version()
	if err != nil {
		return l, nil, readFailure(err)
	}
	revoked, err := a.surelyRevoked(p)
	if err != nil {
		return l, nil, err
	}
	defer revoked.Close()
	m, err := a.pick(p, word, "dtlic mint --renew", revoked)
	if err != nil {
		return l, nil, err
	}
	if m.State == ledger.Revoked {
		was, _ := revoked.Find(m.Record.LicenseKey)
		return l, nil, revokedFailure(m.Record.LicenseKey, was)
	}
	running, err := a.readRunning(p, &m.Entry)
	if err != nil {
		return l, nil, err
	}
	if err := a.outlast(p, log, &m, &running); err != nil {
		return l, nil, err
	}
	if l, err = mint.Renewal(p, &running, r, a.Now()); err != nil {
		return l, nil, renewalFailure(p, &running, err)
	}
	return l, &former{running, ledger.Renewed{Record: m.Record, Seen: seen}}, nil
}

func revokedFailure(key string, r ledger.Revocation) error {
	return cli.Fail(dtlic.CodeRevoked, "license "+key+" is revoked", r.Reason, "dtlic unrevoke "+here.word(key))
}

// readRunning reads the license in a record. The log's text could have been
// edited, so what a renewal keeps comes from what was signed, and the two must
// say the same.
func (a *app) readRunning(p *dtlic.Product, e *ledger.Entry) (dtlic.License, error) {
	r := &e.Record
	l, untrusted, err := a.readIssued(p, r.Blob)
	if err != nil {
		return l, unreadable(e, err)
	}
	keyID := l.KeyID()
	if untrusted {
		signed, _ := envelope.Parse(envelope.License, r.Blob) // it was parsed before
		keyID = signed.KeyID
	}
	if member := contradiction(r, &l, keyID); member != "" {
		return l, unrenewable(e, fmt.Sprintf("line %d of the log and the license in it disagree about %s", e.Line, member), checkHint)
	}
	if member := mint.UnknownMember(&l, r.Blob); member != "" {
		return l, unrenewable(e, fmt.Sprintf("it has the member %q, which this version does not know and would lose", member), updateHint)
	}
	if untrusted {
		a.Warn("product %q does not trust the key %s that signed the running license: it is renewed as the log has it", p.Name, keyID)
	}
	return l, nil
}

// readIssued reads a license of the log, verified unless the product does not trust
// the key that signed it.
func (a *app) readIssued(p *dtlic.Product, blob string) (l dtlic.License, untrusted bool, err error) {
	// Whether the product may be shipped is no question here.
	v, err := dtlic.NewVerifier(*p, dtlic.Options{Now: a.Now, Development: true})
	if err != nil {
		return l, false, err
	}
	l, err = v.Genuine(blob)
	if untrusted = dtlic.CodeOf(err) == dtlic.CodeUnknownKey; untrusted {
		l, err = mint.ReadUnverified(p, blob)
	}
	return l, untrusted, err
}

// outlast gives the running license the latest end that any license of its license
// key has which no other replaces. After renewals on two computers, which did not
// know of each other, there are several; the buyer may have any of them, and the
// buyer's program takes nothing that ends earlier.
func (a *app) outlast(p *dtlic.Product, log *ledger.Ledger, m *ledger.Match, running *dtlic.License) error {
	snapshot, err := log.Snapshot()
	if err != nil {
		return readFailure(err)
	}
	defer snapshot.Close()
	for other, err := range snapshot.Unreplaced(a.Context(), m.Record.LicenseKey) {
		if err != nil {
			return readFailure(err)
		}
		l, _, err := a.readIssued(p, other.Record.Blob)
		// What cannot be read runs nowhere, and what is another's is no fork.
		if err != nil || l.LicenseKey != running.LicenseKey || l.Name != running.Name || l.Email != running.Email {
			continue
		}
		if !extends(running, &l) {
			continue
		}
		a.Warn("line %d of the log has another license of %s, which nothing replaces, and which %s: the renewal counts from there",
			other.Line, running.LicenseKey, runsTo(&l))
	}
	return nil
}

// extends gives a license what another one has longer, and tells whether there was
// anything.
func extends(l, other *dtlic.License) (longer bool) {
	if other.ExpiresAt.After(l.ExpiresAt) {
		l.ExpiresAt, longer = other.ExpiresAt, true
	}
	isPromise := !other.Trial || l.Trial // a trial's updates are none
	if isPromise && !l.UpdatesUntil.IsZero() && (other.UpdatesUntil.IsZero() || other.UpdatesUntil.After(l.UpdatesUntil)) {
		l.UpdatesUntil, longer = other.UpdatesUntil, true
	}
	return longer
}

// runsTo says until when a license runs.
func runsTo(l *dtlic.License) string {
	words := "never ends"
	if !l.IsPerpetual() {
		words = "ends " + cli.Timestamp(l.ExpiresAt)
	}
	if l.UpdatesUntil.IsZero() {
		return words + ", with all updates"
	}
	return words + ", with updates until " + cli.Timestamp(l.UpdatesUntil)
}

const updateHint = "renew it with the version of dtlic that minted it, or a newer one"

// unreadable tells why the license in a record cannot be read.
func unreadable(e *ledger.Entry, err error) error {
	var form *envelope.FormError
	hint := checkHint
	switch {
	case dtlic.CodeOf(err) == dtlic.CodeUnsupported, errors.As(err, &form) && form.Version:
		hint = fmt.Sprintf("mint a new one: dtlic mint --name %s --email %s", here.word(e.Record.Name), here.word(e.Record.Email))
	case dtlic.CodeOf(err) == dtlic.CodeUnsupportedCritical:
		hint = updateHint
	}
	return unrenewable(e, fmt.Sprintf("line %d of the log: %s", e.Line, err), hint)
}

func unrenewable(e *ledger.Entry, why, hint string) error {
	return cli.Fail(cli.CodeBadRecord, fmt.Sprintf("license %q cannot be renewed", e.Record.LicenseKey), why, hint)
}

// contradiction returns the name of a member that a record and the license in it
// tell differently, "" where there is none. What older logs lack is no
// contradiction.
func contradiction(r *ledger.Record, l *dtlic.License, keyID string) string {
	sameTime := func(text string, t time.Time) bool {
		logged, err := time.Parse(time.RFC3339, text)
		return err == nil && logged.Equal(t)
	}
	orAbsent := func(logged, signed string) bool { return logged == "" || logged == signed }
	for _, m := range []struct {
		name   string
		agrees bool
	}{
		{"license_key", r.LicenseKey == l.LicenseKey},
		{"name", r.Name == l.Name},
		{"email", r.Email == l.Email},
		{"tier", r.Tier == l.Tier},
		{"issued_at", sameTime(r.IssuedAt, l.IssuedAt)},
		{"expires_at", sameTime(r.ExpiresAt, l.ExpiresAt)},
		{"key_id", orAbsent(r.KeyID, keyID)},
		{"product", orAbsent(r.Product, l.Product)},
		{"starts_at", r.StartsAt == "" || sameTime(r.StartsAt, l.StartsAt)},
		{"updates_until", r.UpdatesUntil == "" || sameTime(r.UpdatesUntil, l.UpdatesUntil)},
		{"trial", !r.Trial || l.Trial},
	} {
		if !m.agrees {
			return m.name
		}
	}
	return ""
}

// renewalFailure says what to type instead.
func renewalFailure(p *dtlic.Product, running *dtlic.License, err error) error {
	again := "dtlic mint --renew " + here.word(running.LicenseKey)
	hint := "dtlic mint --help"
	var earlier *mint.EarlierError
	var tier *mint.UnknownTierError
	switch {
	case errors.As(err, &tier):
		hint = again + " --tier " + p.DefaultTier
	case errors.Is(err, mint.ErrNothingToRenew), running.IsPerpetual() && running.UpdatesUntil.IsZero():
		hint = again + " --tier TIER, for an upgrade" // there is nothing else to give
	case errors.As(err, &earlier):
		hint = earlierHint(again, earlier)
	case errors.Is(err, mint.ErrNoTerm):
		hint = again + " --updates-until DATE"
	case errors.Is(err, mint.ErrTrialOfFull):
		hint = again
	}
	return cli.UsageHint(hint, "license %s cannot be renewed: %s", running.LicenseKey, err)
}

func earlierHint(again string, e *mint.EarlierError) string {
	switch {
	case e.Updates && e.Running.IsZero():
		return again + ", which keeps them"
	case e.Updates:
		return again + " --updates-until " + cli.Timestamp(e.Running) + ", or later"
	case e.Running.Equal(dtlic.Perpetual()):
		return again + " --updates-until DATE, for later updates"
	default:
		return again + " --expires " + cli.Timestamp(e.Running) + ", or later"
	}
}
