package creatorcli

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/ui"
)

func (a *app) inspectCommand() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   "inspect [BLOB|FILE|-]",
		Short: "Show what a license says, and whether it holds",
		Long: `Show what a license says, and what the check answers, which is also the exit
code; now or at another time. Nothing is changed.

Of a license that does not hold, or is cut off, it shows what can still be read,
marked as unverified; where the issuance log has the license, it names the
command that sends it again.`,
		Example: "  dtlic inspect buyer.dtlic\n  dtlic inspect buyer.dtlic --at 2030-01-01",
		Args:    a.OneLicense,
		RunE:    func(_ *cobra.Command, args []string) error { return a.inspect(args, at) },
	}
	cmd.Flags().StringVar(&at, "at", "", "judge it as of `DATE`: 2030-01-01 or 2030-01-01T12:00:00Z")
	return cmd
}

func (a *app) inspect(args []string, at string) error {
	p, o, err := a.License()
	if err != nil {
		return err
	}
	if at != "" {
		moment, err := parseDate(at, true)
		if err != nil {
			return cli.Usage("--at: %s", err)
		}
		// It asks a question about a license; nothing is enforced with it.
		o.Now = func() time.Time { return moment }
	}
	text, err := a.LicenseText(args)
	if err != nil {
		return err
	}
	v, err := dtlic.NewVerifier(p, o)
	if err != nil {
		return err
	}
	l, err := v.Choose(text)
	if err != nil {
		return a.showUnverified(text, err, &p)
	}
	status := dtlic.Evaluate(l, o.Now())
	if e := (*dtlic.Error)(nil); at != "" && errors.As(status.Err, &e) {
		// What to do about it now is no answer to what would be then.
		status.Err = &dtlic.Error{Code: e.Code, What: e.What, Why: e.Why}
	}
	return a.showVerified(&p, status, o.Now())
}

func (a *app) showVerified(p *dtlic.Product, s dtlic.Status, now time.Time) error {
	if a.Styled() {
		var b strings.Builder
		card := ui.CardFromStatus(*p, dtlic.StoredStatus{Status: s}, now, a.Location)
		if err := ui.Card(&b, a.Theme(), a.Width, card); err != nil {
			return err
		}
		if err := a.Print(b.String()); err != nil {
			return err
		}
		return cli.Shown(s.Err)
	}
	d, err := cli.StatusDocument(&s)
	if err != nil {
		return err
	}
	if err := a.PrintDocument(append(d, cli.Field{Name: "verified", Value: true})); err != nil {
		return err
	}
	return cli.Shown(s.Err)
}

// showUnverified shows what can still be read of a license that does not hold.
func (a *app) showUnverified(text string, failure error, p *dtlic.Product) error {
	fragment, members := readable(text)
	d := cli.Document{}
	for _, m := range members {
		d = append(d, cli.Field{Name: m.Name, Value: memberValue(m)})
	}
	var keyID any
	if e := envelope.ReadFragment(envelope.License, fragment); e.KeyID != "" {
		keyID = e.KeyID
	}
	d = append(d,
		cli.Field{Name: "state", Value: string(dtlic.CodeOf(failure))},
		cli.Field{Name: "days_left", Value: nil},
		cli.Field{Name: "key_id", Value: keyID},
		cli.Field{Name: "error", Value: cli.ErrorValue(failure)},
		cli.Field{Name: "verified", Value: false})
	match := a.recordOf(p, fragment, members)
	if match.record != nil {
		d = append(d, cli.Field{Name: "issued_as", Value: match.record.LicenseKey},
			cli.Field{Name: "resend", Value: "dtlic log resend " + match.record.LicenseKey})
	}
	if !a.Styled() {
		if err := a.PrintDocument(d); err != nil {
			return err
		}
		return cli.Shown(failure)
	}
	if len(members) > 0 {
		a.Warn("nothing of this is verified; it is what can still be read")
		if err := a.PrintDocument(d[:len(members)]); err != nil {
			return err
		}
	}
	switch {
	case match.record != nil:
		a.Say("in the log it is %s, issued to %s <%s>; send it there alone, with: dtlic log resend %s", match.record.LicenseKey,
			match.record.Name, match.record.Email, match.record.LicenseKey)
	case match.several > 0:
		a.Say("%d licenses in the log begin like this; too little is left to say which it is", match.several)
	}
	return failure
}

// readable is the license in a text, whole or cut off, and its members as far
// as they can be read.
func readable(text string) (fragment string, members []envelope.Member) {
	if blobs, err := dtlic.ExtractAll(text); err == nil {
		fragment = blobs[0]
	} else if cut, ok := dtlic.ExtractCutOff(text); ok {
		fragment = cut
	}
	members = envelope.ReadFragment(envelope.License, fragment).Members
	// Members that stand twice are a trick; the names of this view must not be.
	seen := map[string]bool{
		"state": true, "days_left": true, "key_id": true, "error": true, "verified": true, "issued_as": true, "resend": true,
	}
	kept := members[:0]
	for _, m := range members {
		if !seen[m.Name] && isMemberName(m.Name) {
			seen[m.Name] = true
			kept = append(kept, m)
		}
	}
	return fragment, kept
}

// isMemberName keeps names out that could be read as a line of their own.
func isMemberName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// match is what the log knows of a license that does not hold: one record, or
// how many it could be.
type match struct {
	record  *ledger.Record
	several int
}

// recordOf looks the license up in the log: by the text that is left, or, where
// that was changed, by what can be read in it. Two licenses can begin alike,
// and what can be read is not verified, so a record is named only where nothing
// speaks for another one.
func (a *app) recordOf(p *dtlic.Product, fragment string, members []envelope.Member) match {
	if fragment == "" {
		return match{}
	}
	log, err := a.ledger(p)
	if err != nil {
		return match{}
	}
	found, err := log.FindPartial(fragment)
	if len(found) == 0 {
		// Anybody can write a license key into a text; whoever has the address
		// with it has had the license, or the mail, in hand.
		if key := textMember(members, "license_key"); key != "" && textMember(members, "email") != "" {
			found, err = log.Find(key)
		}
	}
	if err != nil && !errors.Is(err, ledger.ErrShort) {
		a.Warn("%s", err)
	}
	keys := make(map[string]*ledger.Record)
	for i := range found {
		if r := &found[i].Record; agrees(r, members) {
			keys[r.LicenseKey] = r // the last of several under one key
		}
	}
	if len(keys) > 1 {
		return match{several: len(keys)}
	}
	for _, r := range keys {
		return match{record: r}
	}
	return match{}
}

// agrees tells whether a record says what can be read of the license.
func agrees(r *ledger.Record, members []envelope.Member) bool {
	for name, value := range map[string]string{
		"license_key": r.LicenseKey, "name": r.Name, "email": r.Email, "tier": r.Tier,
		"issued_at": r.IssuedAt, "expires_at": r.ExpiresAt,
	} {
		if text := textMember(members, name); text != "" && text != value {
			return false
		}
	}
	return true
}

func textMember(members []envelope.Member, name string) string {
	for _, m := range members {
		if m.Name == name && m.Value.Type == envelope.String {
			return m.Value.Text
		}
	}
	return ""
}

func memberValue(m envelope.Member) any {
	if m.Value.Type == envelope.String {
		return m.Value.Text
	}
	return json.RawMessage(m.Value.Raw)
}
