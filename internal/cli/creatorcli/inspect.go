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
		Args:    cli.Args(cobra.MaximumNArgs(1)),
		RunE:    func(_ *cobra.Command, args []string) error { return a.inspect(args, at) },
	}
	cmd.Flags().StringVar(&at, "at", "", "judge it at another time: 2030-01-01 or 2030-01-01T12:00:00Z")
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
	return a.showVerified(&p, dtlic.Evaluate(l, o.Now()), o.Now())
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
	record, known := a.recordOf(p, fragment, members)
	if known {
		d = append(d, cli.Field{Name: "issued_as", Value: record.LicenseKey},
			cli.Field{Name: "resend", Value: "dtlic log resend " + record.LicenseKey})
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
	if known {
		a.Say("it is %s, issued to %s <%s>; send it again with: dtlic log resend %s", record.LicenseKey,
			record.Name, record.Email, record.LicenseKey)
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
		if !seen[m.Name] {
			seen[m.Name] = true
			kept = append(kept, m)
		}
	}
	return fragment, kept
}

// recordOf looks the license up in the log: by the text that is left, or by the
// license key in it.
func (a *app) recordOf(p *dtlic.Product, fragment string, members []envelope.Member) (ledger.Record, bool) {
	if fragment == "" {
		return ledger.Record{}, false
	}
	log, err := a.ledger(p)
	if err != nil {
		return ledger.Record{}, false
	}
	found, err := log.FindPartial(fragment)
	if len(found) == 0 {
		for _, m := range members {
			if m.Name == "license_key" && m.Value.Type == envelope.String {
				found, err = log.Find(m.Value.Text)
			}
		}
	}
	if err != nil && !errors.Is(err, ledger.ErrShort) {
		a.Warn("%s", err)
	}
	if len(found) == 0 {
		return ledger.Record{}, false
	}
	return found[len(found)-1].Record, true
}

func memberValue(m envelope.Member) any {
	if m.Value.Type == envelope.String {
		return m.Value.Text
	}
	return json.RawMessage(m.Value.Raw)
}
