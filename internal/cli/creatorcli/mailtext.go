package creatorcli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/mailtext"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/internal/wording"
)

// mailTemplate is the text for mails that is in force.
type mailTemplate struct {
	*mailtext.Template
	// path is "" for the built-in text.
	path string
}

// mailTemplate reads the creator's own text for mails, or takes the built-in one.
func (a *app) mailTemplate(p *dtlic.Product) (*mailTemplate, error) {
	text, path := wording.Mail, ""
	if a.Home != "" { // else there is no place for a text of one's own
		place := a.home.Place(p.Name)
		own, err := place.MailText(mailtext.MaxTemplate)
		switch {
		case err == nil:
			text, path = string(own), place.MailFile()
		case errors.Is(err, store.ErrTooLarge):
			return nil, badMail("", err, mendMail)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, cli.IO("cannot read the text for mails", err)
		}
	}
	t, err := checkMail(p, text)
	if err != nil {
		return nil, badMail(path, err, mendMail)
	}
	return &mailTemplate{t, path}, nil
}

// checkMail reads a template and makes sure that the license is found in a mail
// that is pasted whole, as buyers do: it is not in one with a license of its own.
func checkMail(p *dtlic.Product, text string) (*mailtext.Template, error) {
	t, err := mailtext.Parse(text)
	if err != nil {
		return nil, err
	}
	sample := ledger.Record{
		Name: "Ada Buyer", LicenseKey: p.LicenseKeyPrefix + "-SAMPLE", Tier: p.DefaultTier, ExpiresAt: "2027-11-21T12:00:00Z",
		Blob: "DTLIC2:" + strings.Repeat("A", 11) + ".eyJ" + strings.Repeat("A", 201) + "." + strings.Repeat("A", 86),
	}
	if _, err := dtlic.Extract((&mailTemplate{Template: t}).of(p, &sample)); err != nil {
		return nil, fmt.Errorf("a buyer who pastes the whole mail cannot activate the license: %w", err)
	}
	return t, nil
}

// What to do about a text for mails that cannot be used, in force or given.
const (
	mendMail  = "put another in its place: dtlic product mail --from FILE; or take the built-in one: dtlic product mail --reset"
	aboutMail = "dtlic product mail --help"
)

// badMail says that a text for mails cannot be used; path may be "".
func badMail(path string, err error, hint string) error {
	why := err.Error()
	switch path {
	case "":
	case "-":
		why = "standard input: " + why
	default:
		why = fmt.Sprintf("%q: %s", path, why)
	}
	return cli.Fail(cli.CodeBadRecord, "the text for mails cannot be used", why, hint)
}

// of is the mail for a license, which its buyer activates, or renews with where it is
// in another one's place. What the license says of itself goes before its record,
// which older versions wrote with fewer members.
func (t *mailTemplate) of(p *dtlic.Product, r *ledger.Record) string {
	_, members := readable(r.Blob)
	value := func(name, recorded string) string {
		if text := textMember(members, name); text != "" {
			return text
		}
		return recorded
	}
	command := "activate"
	if r.Replaces != "" {
		command = "renew"
	}
	v := mailtext.Values{
		Name: value("name", r.Name), Title: p.Title, Program: p.Program, Command: command, Support: p.Support,
		License: r.Blob, LicenseKey: value("license_key", r.LicenseKey), Tier: value("tier", r.Tier),
		Ends:         dateOf(value("expires_at", r.ExpiresAt)),
		UpdatesUntil: dateOf(value("updates_until", r.UpdatesUntil)),
	}
	if v.UpdatesUntil == "" {
		v.UpdatesUntil = v.Ends // as long as the license itself
	}
	return t.Fill(v)
}
