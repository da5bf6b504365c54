package creatorcli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/mint"
	"github.com/dtlic/dtlic/internal/store"
)

// issued is a license that was signed, and where its record is.
type issued struct {
	license dtlic.License
	keyID   string
	blob    string
	log     string // "" where there is no record
	renewed *former
	mail    *mailTemplate
}

// issue signs the license and makes its record durable. The blob is returned
// only when the record is: a license that anybody has seen is in the log.
func (a *app) issue(p *dtlic.Product, l dtlic.License, renewed *former, f mintFlags, key *mint.Key) (issued, error) {
	done := issued{license: l, keyID: keyID(key), renewed: renewed}
	if !trusts(p, done.keyID) {
		a.Warn("product %q does not trust the key %s that signs this: no app will take the license", p.Name, done.keyID)
		a.Hint(trustHint(p))
	}
	if f.noLog {
		a.Warn("--no-log: this license is in no record; if its text is lost, it cannot be sent again")
		var err error
		done.blob, err = key.Sign(&l)
		return done, err
	}
	log, err := a.ledger(p)
	if err != nil {
		return issued{}, err
	}
	issuance := ledger.Issuance{ChosenKey: f.licenseKey}
	if renewed != nil {
		issuance.Renews = &renewed.record
	}
	err = log.Issue(a.Context(), issuance, func() (ledger.Record, error) {
		if done.blob, err = key.Sign(&l); err != nil {
			return ledger.Record{}, mintFailure(p, err)
		}
		return record(&done, f.note), nil
	})
	if err != nil {
		return issued{}, logFailure(err, l.LicenseKey)
	}
	done.log = log.Path()
	return done, nil
}

// trustHint says how a product comes to trust the key that signs.
func trustHint(p *dtlic.Product) string {
	if slices.ContainsFunc(p.Keys, func(k dtlic.TrustedKey) bool { return k.PublicKey.IsDevelopment() }) {
		return "name a product of your own with dtlic init, or build this one with: make release PUBKEY=$(dtlic pubkey)"
	}
	return "sign with the key that the product file names, or put this one into it: dtlic pubkey --as json | dtlic product edit --from -"
}

func mintFailure(p *dtlic.Product, err error) error {
	if tier := (*mint.UnknownTierError)(nil); errors.As(err, &tier) {
		return cli.UsageHint("dtlic mint --tier "+p.DefaultTier+" …", "%s", err)
	}
	return cli.UsageHint("dtlic mint --help", "this license cannot be minted: %s", err)
}

// logFailure says what of the log failed, so that no license was made.
func logFailure(err error, key string) error {
	var own *dtlic.Error
	switch {
	case errors.As(err, &own), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, ledger.ErrDuplicate):
		return cli.UsageHint("dtlic log resend "+key+", or choose another --license-key", "no license was made: %s", err)
	case errors.Is(err, ledger.ErrSuperseded):
		return cli.Fail(cli.CodeChanged, "no license was made: license "+key, err.Error(), "look at it first: dtlic log show "+key)
	case isHeld(err):
		return cli.Fail(cli.CodeLocked, "no license was made: the issuance log cannot be locked", err.Error(), "")
	}
	hint := "dtlic log path"
	if line := (*journal.LineError)(nil); errors.As(err, &line) {
		hint = checkHint
	}
	return cli.Fail(dtlic.CodeIO, "no license was made, because it could not be recorded", err.Error(), hint)
}

// isHeld tells that a lock is held by another, or cannot be had on this file system,
// from a lock file that cannot be made.
func isHeld(err error) bool {
	return (errors.Is(err, journal.ErrLock) || errors.Is(err, creator.ErrLock)) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) && !errors.Is(err, syscall.ENOSPC)
}

// codeOf is the code of an error about a log that was to be replaced.
func codeOf(err error) dtlic.Code {
	switch {
	case isHeld(err):
		return cli.CodeLocked
	case errors.Is(err, journal.ErrChanged):
		return cli.CodeChanged
	}
	return dtlic.CodeIO
}

func record(done *issued, note string) ledger.Record {
	l := &done.license
	r := ledger.Record{
		LicenseKey: l.LicenseKey, Name: l.Name, Email: l.Email, Tier: l.Tier,
		IssuedAt: cli.Timestamp(l.IssuedAt), ExpiresAt: cli.Timestamp(l.ExpiresAt),
		Blob: done.blob, KeyID: done.keyID, Product: l.Product, Note: note,
		StartsAt: timestampOrNone(l.StartsAt), UpdatesUntil: timestampOrNone(l.UpdatesUntil), Trial: l.Trial,
	}
	if done.renewed != nil {
		r.Replaces = ledger.BlobHash(done.renewed.record.Record.Blob)
	}
	return r
}

func timestampOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return cli.Timestamp(t)
}

func keyID(key *mint.Key) string {
	k, err := dtlic.NewPublicKey(key.Public())
	if err != nil {
		panic("mint.NewKey took a key that package dtlic refuses") // both ask the same check
	}
	return k.ID()
}

func trusts(p *dtlic.Product, id string) bool {
	return slices.ContainsFunc(p.Keys, func(k dtlic.TrustedKey) bool {
		return k.Role == dtlic.RoleIssuing && k.PublicKey.ID() == id
	})
}

// deliver shows the license. What fails here is told with the way to the
// license, which is in the log by now.
func (a *app) deliver(p *dtlic.Product, done issued, f mintFlags) error {
	if err := a.show(p, done, f); err != nil {
		e := cli.Fail(dtlic.CodeIO, "license "+done.license.LicenseKey+" was minted and could not be shown", reason(err),
			"dtlic log resend "+done.license.LicenseKey)
		if done.log == "" {
			e = cli.Fail(dtlic.CodeIO, "the license could not be shown, and is in no record", reason(err), "mint it again")
		}
		return e
	}
	a.Say("%s", done.story())
	if done.log != "" {
		a.Say("recorded in %q", done.log)
	}
	return nil
}

// story tells what was minted.
func (done *issued) story() string {
	l := &done.license
	verb, what := "minted", l.Tier+", never ends"
	switch {
	case done.renewed != nil:
		verb, what = "renewed", mint.Changes(&done.renewed.license, l)
	case !l.IsPerpetual():
		what = l.Tier + ", ends " + cli.Timestamp(l.ExpiresAt)
	}
	return fmt.Sprintf("%s %s for %s <%s>: %s", verb, l.LicenseKey, l.Name, l.Email, what)
}

// reason is an error's detail, without a sentence about it that stands before.
func reason(err error) string {
	var e *dtlic.Error
	if errors.As(err, &e) && e.Why != "" {
		return e.What + " (" + e.Why + ")"
	}
	return err.Error()
}

// show writes or prints the license.
func (a *app) show(p *dtlic.Product, done issued, f mintFlags) error {
	text, r := done.blob+"\n", record(&done, "")
	if done.mail != nil {
		text = done.mail.of(p, &r)
	}
	return a.hand(text, f.output, func() (cli.Document, error) {
		d, err := cli.LicenseDocument(&done.license)
		d = append(d,
			cli.Field{Name: "key_id", Value: done.keyID},
			cli.Field{Name: "blob", Value: done.blob})
		if r.Replaces != "" {
			d = append(d, cli.Field{Name: "replaces", Value: r.Replaces})
		}
		d = append(d,
			cli.Field{Name: "log", Value: cli.OrNil(done.log)},
			cli.Field{Name: "output", Value: cli.OrNil(f.output)})
		if done.mail != nil {
			d = append(d, cli.Field{Name: "mail", Value: text})
		}
		return d, err
	})
}

// hand gives a license out: as text into a new file or on standard output, or,
// with --json, as a document on standard output whether or not there is a file.
func (a *app) hand(text, output string, document func() (cli.Document, error)) error {
	if output != "" {
		if err := store.CreateExclusive(a.Disk, output, []byte(text), 0o600); err != nil {
			return cli.IO("cannot write the license", err)
		}
		a.Say("wrote %q%s", output, fsys.ModeNote(0o600))
		if !a.JSON() {
			return nil
		}
	}
	if err := a.MustBeSeen(); err != nil {
		return err
	}
	if !a.JSON() {
		return a.Print(text)
	}
	d, err := document()
	if err != nil {
		return err
	}
	return a.PrintJSON(d)
}

// logVariable names the variable that says where the issuance log is.
func logVariable(p *dtlic.Product) string { return p.EnvPrefix + "_ISSUANCE_LOG" }

// isThere tells whether there is a log yet. One that a variable names and that is not
// there is warned of: its name may be misspelled.
func (a *app) isThere(log *ledger.Ledger, p *dtlic.Product) (bool, error) {
	_, err := a.Disk.Lstat(log.Path())
	if err == nil {
		return true, nil
	}
	if !notThere(err) {
		return false, fmt.Errorf("cannot look at %q: %w", log.Path(), fsys.Reason(err))
	}
	if name := logVariable(p); a.Getenv(name) != "" {
		a.Warn("the log in use, %q, is not there; $%s names it", log.Path(), name)
	}
	return false, nil
}

// ledger is the product's issuance log.
func (a *app) ledger(p *dtlic.Product) (*ledger.Ledger, error) {
	j := journal.Journal{FS: a.Disk, Path: a.Getenv(logVariable(p)), Now: a.Now, Warn: a.warnText}
	if j.Path != "" {
		err := a.home.CheckLog(p, j.Path)
		if ledger.IsRevocationsPath(j.Path) {
			err = fmt.Errorf("no issuance log is kept as %q: a file of that name says what is revoked", j.Path)
		}
		if err != nil {
			return nil, cli.UsageHint("unset the variable, or name a log, such as issued.jsonl", "$%s: %s", logVariable(p), err)
		}
		return ledger.New(j), nil
	}
	place, err := a.place(p)
	if err != nil {
		return nil, err
	}
	j.Path, j.OwnDir = place.Log(), true
	return ledger.New(j), nil
}
