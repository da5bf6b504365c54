package creatorcli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

const resendLong = `Print an issued license again, exactly as it was, alone on standard output: by
its license key, or by its holder's mail address. Of several under one license
key it is the one issued last. Where an address has several license keys, they
are listed, and nothing is printed.

A license of an older kind, as dtlic log import keeps it, is printed as it stands.

With --mail it is a text to send, made from the same template as by mint --mail;
see dtlic product mail.

A revoked license is refused: a buyer who got the money back is not sent it by
mistake. Where an address has others, a revoked one is left out.`

func (a *app) resendCommand() *cobra.Command {
	var output string
	var mail bool
	cmd := &cobra.Command{
		Use: "resend KEY|EMAIL", Short: "Print an issued license again, exactly as it was", Long: resendLong,
		Example: "  dtlic log resend DT1-CORE-5dd8e1db-d90c4656 --output buyer.dtlic\n" +
			"  dtlic log resend ada@example.com --mail",
		Args: cli.OneArg("the license key or the mail address"),
		RunE: func(_ *cobra.Command, args []string) error { return a.resend(args[0], output, mail) },

		ValidArgsFunction: a.completeKey,
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the license to a new `FILE` instead")
	cmd.Flags().BoolVar(&mail, "mail", false, "print a text to mail to the buyer")
	return cmd
}

// resend prints the license that a word names.
func (a *app) resend(word, output string, mail bool) error {
	p, err := a.Product()
	if err != nil {
		return err
	}
	if err := a.checkOutput(output); err != nil {
		return err
	}
	revoked, err := a.surelyRevoked(&p)
	if err != nil {
		return err
	}
	defer revoked.Close()
	found, err := a.matches(&p, word, revoked, a.durably, func(s ledger.State) bool { return s != ledger.Revoked })
	if err != nil {
		return err
	}
	m, err := found.theOne("dtlic log resend")
	if err != nil {
		return err
	}
	r := m.Record
	if m.State == ledger.Revoked {
		was, _ := revoked.Find(r.LicenseKey)
		return cli.Fail(dtlic.CodeRevoked, fmt.Sprintf("license %q was revoked at %s", r.LicenseKey, was.RevokedAt), was.Reason,
			"to send it all the same, take that back first: dtlic unrevoke "+r.LicenseKey)
	}
	// Whoever can write to the log must not be able to write to the terminal.
	if !isEnvelopeShaped(r.Blob) {
		return cli.Fail(cli.CodeBadRecord, fmt.Sprintf("the record of %q holds no license", word), fmt.Sprintf("line %d of the log", m.Line), "")
	}
	if blob, err := dtlic.Extract(r.Blob); err != nil || blob != r.Blob {
		a.Warn("the license in line %d of the log is of a form that this version does not know, and was not verified", m.Line)
	}
	text, d := r.Blob+"\n", append(recordDocument(&r), cli.Field{Name: "output", Value: cli.OrNil(output)})
	if mail {
		t, err := a.mailTemplate(&p)
		if err != nil {
			return err
		}
		text = t.of(&p, &r)
		d = append(d, cli.Field{Name: "mail", Value: text})
	}
	return a.hand(text, output, func() (cli.Document, error) { return d, nil })
}

// isEnvelopeShaped tells whether a text can be a license of any kind, by its shape:
// a tag in front, and characters that no terminal obeys.
func isEnvelopeShaped(text string) bool {
	tag, rest, found := strings.Cut(text, ":")
	isTag := tag != "" && !strings.ContainsFunc(tag, func(r rune) bool { return !('A' <= r && r <= 'Z' || '0' <= r && r <= '9') })
	return found && isTag && rest != "" && !strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r > '~' })
}
