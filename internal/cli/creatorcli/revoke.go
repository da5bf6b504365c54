package creatorcli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

const revokeLong = `Record that a license is revoked: its buyer got the money back, or passed it on.

It adds a line to revoked.jsonl, a file beside the issuance log. From then on the
log shows the license as revoked, mint --renew does not renew it, and log resend
does not print it. It does not stop the buyer: apps know nothing of this record, and
go on accepting the license until it ends.

The license is named by its license key, or by its holder's mail address where
that has one license key; several are listed, and nothing is recorded. It counts
for every license under the license key, those before a renewal too. Revoking what
is revoked changes nothing.

A license key that the log does not know, because that license was minted with
--no-log or the log was lost, is asked about first; a script gives --yes.`

const unrevokeLong = `Record that a license is no longer revoked. What was recorded before stays in
revoked.jsonl; the last line of a license key counts. Where the license is not
revoked, nothing is changed.

Where a mail address has several license keys, the one that is revoked is meant.`

// revokeFlags are what revoke was asked for.
type revokeFlags struct {
	reason string
	yes    bool
}

func (a *app) revokeCommand() *cobra.Command {
	var f revokeFlags
	cmd := &cobra.Command{
		Use: "revoke KEY|EMAIL", Short: "Record that a license is revoked, after a refund", Long: revokeLong,
		Example: "  dtlic revoke NOTES-STUDIO-5dd8e1db-d90c4656 --reason 'refund, order 4711'\n" +
			"  dtlic revoke ada@example.com --reason refund",
		Args: cli.OneArg("the license key or the mail address"),
		RunE: func(_ *cobra.Command, args []string) error { return a.revoke(args[0], f) },

		ValidArgsFunction: a.completeKey,
	}
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, as `TEXT` for yourself; asked for at a terminal")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask about a license key that the log does not know")
	return cmd
}

func (a *app) unrevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "unrevoke KEY|EMAIL", Short: "Record that a license is no longer revoked", Long: unrevokeLong,
		Example: "  dtlic unrevoke NOTES-STUDIO-5dd8e1db-d90c4656",
		Args:    cli.OneArg("the license key or the mail address"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.unrevoke(args[0]) },

		ValidArgsFunction: a.completeRevoked,
	}
}

// completeRevoked offers the license keys that are revoked and begin as typed.
func (a *app) completeRevoked(_ *cobra.Command, args []string, typed string) (list []string, _ cobra.ShellCompDirective) {
	log, err := a.openLedger()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	revoked, _, err := log.Revocations().InForce(a.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer revoked.Close()
	for r, err := range revoked.All(a.Context()) { // what cannot be read is not offered
		if len(list) == mostOffered {
			break
		}
		if err == nil && strings.HasPrefix(r.LicenseKey, typed) && isPlainKey(r.LicenseKey) {
			list = append(list, r.LicenseKey)
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

const damagedRevocations = "revocations cannot be read"

// revoked are the license keys of a product that are revoked. What cannot be read
// of them is told, and passed over; then damaged is the error that an answer made
// of the others ends with.
func (a *app) revoked(p *dtlic.Product) (revoked *ledger.InForce, damaged, err error) {
	revoked, lines, err := a.loadRevoked(p)
	if err != nil || lines == nil {
		return revoked, nil, err
	}
	a.warnOf(lines)
	return revoked, cli.Fail(cli.CodeBadRecord, damagedRevocations, "what is revoked there is shown as if it were not", checkHint), nil
}

// surelyRevoked are the license keys that are revoked, for what must not be done
// for any of them: it refuses where some may be missing.
func (a *app) surelyRevoked(p *dtlic.Product) (*ledger.InForce, error) {
	revoked, lines, err := a.loadRevoked(p)
	if err == nil && lines != nil {
		revoked.Close()
		err = cli.Fail(cli.CodeBadRecord, damagedRevocations, inOneLine(lines), checkHint)
	}
	return revoked, err
}

// answerMemory is what Go may have for the answer to a question, so that the program
// stays below 64 MiB: what is held comes close to it where a log is large, and what is
// thrown away must not be as much again.
const answerMemory = 48 << 20

// loadRevoked is where every question about the log begins. The limit is the whole
// process's, as is the question; a lower one, by $GOMEMLIMIT, stays.
func (a *app) loadRevoked(p *dtlic.Product) (revoked *ledger.InForce, damaged, err error) {
	if debug.SetMemoryLimit(-1) > answerMemory {
		debug.SetMemoryLimit(answerMemory)
	}
	log, err := a.ledger(p)
	if err != nil {
		return nil, nil, err
	}
	revoked, damaged, err = log.Revocations().InForce(a.Context())
	if err != nil {
		return nil, nil, cli.IO("cannot read what is revoked", err)
	}
	return revoked, damaged, nil
}

// toChange are the license keys that are revoked, to revoke or unrevoke one: the
// last line of a license key counts, so lines that cannot be read are only told.
func (a *app) toChange(p *dtlic.Product) (*ledger.InForce, error) {
	revoked, damaged, err := a.revoked(p)
	if damaged != nil {
		a.Hint(checkHint)
	}
	return revoked, err
}

// subject is what is revoked, or no longer is: a license key, and what the log says
// of it; without a record where it does not know it, and without a license key where
// none of those that a word names is meant.
type subject struct {
	word, key string
	record    ledger.Record
}

// ofRecord is the subject that the log has.
func ofRecord(r ledger.Record) subject { return subject{key: r.LicenseKey, record: r} }

// String names it for a person.
func (s *subject) String() string {
	if s.record.LicenseKey == "" {
		return s.key
	}
	return fmt.Sprintf("%s of %s <%s>", s.key, s.record.Name, s.record.Email)
}

func (a *app) revoke(word string, f revokeFlags) error {
	p, err := a.Product()
	if err != nil {
		return err
	}
	if f.reason != "" || !a.Interactive() {
		if err := checkReason(f.reason); err != nil {
			return cli.UsageHint("dtlic revoke "+here.word(word)+" --reason TEXT", "--reason: %s", err)
		}
	}
	revoked, err := a.toChange(&p)
	if err != nil {
		return err
	}
	defer revoked.Close()
	s, err := a.toRevoke(&p, word, revoked)
	if err != nil {
		return err
	}
	if was, is := revoked.Find(s.key); is {
		return a.showRevocation(&p, &s, was, false)
	}
	if s.record.LicenseKey == "" && !f.yes {
		sure, err := a.meansUnknown(s.key)
		if err != nil {
			return err
		}
		if !sure {
			return a.showRevocation(&p, &s, ledger.Revocation{}, false)
		}
	}
	if f.reason == "" {
		if f.reason, err = a.Ask("Why is "+s.String()+" revoked", "", checkReason); err != nil {
			return err
		}
	}
	return a.put(&p, &s, ledger.Revoke, strings.TrimSpace(f.reason))
}

// toRevoke finds the license key that a word names, in the log or not.
func (a *app) toRevoke(p *dtlic.Product, word string, revoked *ledger.InForce) (subject, error) {
	found, err := a.matches(p, word, revoked, (*ledger.Ledger).Snapshot, nil)
	if dtlic.CodeOf(err) == cli.CodeNotFound && isLicenseKey(word) {
		return subject{key: word}, nil
	}
	if err != nil {
		return subject{}, err
	}
	m, err := found.theOne("dtlic revoke --reason TEXT")
	return ofRecord(m.Record), err
}

// isLicenseKey tells whether a text can be a license key, by the format's rule. A
// signing key, which could be one, is never written anywhere.
func isLicenseKey(word string) bool {
	return isPlainKey(word) && dtlic.IsName(strings.ToLower(word)) && !cli.HoldsSecret(word)
}

// meansUnknown asks whether a license key that the log does not know is meant.
func (a *app) meansUnknown(key string) (bool, error) {
	if !a.Interactive() {
		return false, cli.UsageHint("add --yes if you mean it", "the log does not know the license key %q, and there is nobody to ask", key)
	}
	return a.Confirm(fmt.Sprintf("The log does not know the license key %s. Revoke it all the same?", key), false)
}

func (a *app) unrevoke(word string) error {
	p, err := a.Product()
	if err != nil {
		return err
	}
	revoked, err := a.toChange(&p)
	if err != nil {
		return err
	}
	defer revoked.Close()
	s, err := a.toUnrevoke(&p, word, revoked)
	if err != nil {
		return err
	}
	if !revoked.Has(s.key) {
		return a.showRevocation(&p, &s, ledger.Revocation{}, false)
	}
	return a.put(&p, &s, ledger.Unrevoke, "")
}

// toUnrevoke finds the license key that a word names: of several the one that is
// revoked, none where none is, and without a record one that is revoked all the same.
func (a *app) toUnrevoke(p *dtlic.Product, word string, revoked *ledger.InForce) (subject, error) {
	found, err := a.matches(p, word, revoked, (*ledger.Ledger).Snapshot, func(s ledger.State) bool { return s == ledger.Revoked })
	if err != nil && revoked.Has(word) {
		return subject{key: word}, nil
	}
	if err != nil {
		return subject{}, err
	}
	if found.count > 1 && found.first[0].State != ledger.Revoked {
		return subject{word: word}, nil
	}
	m, err := found.theOne("dtlic unrevoke")
	return ofRecord(m.Record), err
}

// put records what is done to a license key, and shows it.
func (a *app) put(p *dtlic.Product, s *subject, action ledger.Action, reason string) error {
	log, err := a.ledger(p)
	if err != nil {
		return err
	}
	act := ledger.Act{
		LicenseKey: s.key, Action: action, At: cli.Timestamp(a.Now()), Reason: reason,
		Product: s.record.Product, Name: s.record.Name, Email: s.record.Email,
	}
	snapshot, err := log.Snapshot()
	if err != nil {
		return readFailure(err)
	}
	defer snapshot.Close()
	was, changed, err := log.Revocations().Put(a.Context(), act, snapshot.Blobs(a.Context(), s.key))
	if err != nil {
		return putFailure(err)
	}
	if now := (ledger.Revocation{LicenseKey: s.key, RevokedAt: act.At, Reason: reason}); changed && action == ledger.Revoke {
		was = now
	} else if changed {
		was = ledger.Revocation{}
	}
	return a.showRevocation(p, s, was, changed)
}

// putFailure says why nothing was recorded.
func putFailure(err error) error {
	const what = "nothing was recorded"
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case isHeld(err):
		return cli.Fail(cli.CodeLocked, what+": the record of what is revoked cannot be locked", err.Error(), "")
	case errors.Is(err, ledger.ErrIsLog):
		return cli.Fail(cli.CodeBadRecord, what, err.Error(), "move the issuance log that lies in the place of this one's revocations")
	}
	return cli.Fail(codeOf(err), what, err.Error(), "")
}

// showRevocation tells how a license key stands now, and whether that was changed;
// without a license key in it a revocation is none.
func (a *app) showRevocation(p *dtlic.Product, s *subject, now ledger.Revocation, changed bool) error {
	log, err := a.ledger(p)
	if err != nil {
		return err
	}
	isRevoked, path := now.LicenseKey != "", log.Revocations().Path()
	switch {
	case changed && isRevoked:
		a.Say("revoked %s: %s", s, now.Reason)
		a.Say("recorded in %q", path)
		a.Say("apps go on accepting it: this is a record, for the log's answers and for renewals")
	case changed:
		a.Say("%s is no longer revoked", s)
		a.Say("recorded in %q", path)
	case isRevoked:
		a.Say("%s is revoked already, %s; nothing was changed", s, since(now))
	case s.key == "":
		a.Say("no license of %q is revoked; nothing was changed", s.word)
	default:
		a.Say("%s is not revoked; nothing was changed", s)
	}
	if !a.JSON() {
		return nil
	}
	return a.PrintJSON(cli.Document{
		{Name: "license_key", Value: cli.OrNil(s.key)},
		{Name: "name", Value: cli.OrNil(s.record.Name)},
		{Name: "email", Value: cli.OrNil(s.record.Email)},
		{Name: "revoked", Value: isRevoked},
		{Name: "revoked_at", Value: cli.OrNil(now.RevokedAt)},
		{Name: "reason", Value: cli.OrNil(now.Reason)},
		{Name: "changed", Value: changed},
		{Name: "path", Value: path},
	})
}

// since says since when, and why, a license key is revoked.
func since(r ledger.Revocation) string {
	if r.Reason == "" {
		return "since " + r.RevokedAt
	}
	return "since " + r.RevokedAt + ": " + r.Reason
}

// maxReason is the length of the longest reason, in code points.
const maxReason = 500

// checkReason makes sure that a reason can be read where it is shown.
func checkReason(reason string) error {
	reason = strings.TrimSpace(reason)
	switch n := utf8.RuneCountInString(reason); {
	case reason == "":
		return errors.New("a reason is needed")
	case n > maxReason:
		return fmt.Errorf("a reason has at most %d characters, and this one has %d", maxReason, n)
	case !utf8.ValidString(reason):
		return errors.New("it is not UTF-8 text")
	}
	for _, r := range reason {
		if r < ' ' || cli.IsInvisible(r) && r != '\u200c' && r != '\u200d' { // the joiners are needed in some scripts
			return fmt.Errorf("it has the invisible or control character U+%04X", r)
		}
	}
	return nil
}
