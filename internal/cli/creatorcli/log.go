package creatorcli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
)

const listLong = `List all issued licenses, in the order in which they were issued: license key,
name, email, tier, when it was issued, and when it ends.

At a terminal it is a table that has the columns for which there is room. Off one,
or with --plain, the values are separated by tabs. With --json it is an array of
all that the log has.`

const pathLong = `Print where the issuance log is, or will be once a license was issued: in the
creator's directory, or where $PREFIX_ISSUANCE_LOG says.`

func (a *app) logCommand() *cobra.Command {
	return a.Group(&cobra.Command{
		Use:   "log",
		Short: "Ask the issuance log",
		Long: `Ask the issuance log: one line of JSON for each license that was ever issued.

It is yours to read with other tools too:

  jq -r .email "$(dtlic log path)"`,
	},
		&cobra.Command{
			Use: "list", Short: "List all issued licenses", Long: listLong, Example: "  dtlic log list\n  dtlic log list --json",
			Args: cli.Args(cobra.NoArgs), RunE: func(*cobra.Command, []string) error { return a.logList() },
		},
		&cobra.Command{
			Use: "path", Short: "Print where the log is", Long: pathLong, Example: "  jq -r .email \"$(dtlic log path)\"",
			Args: cli.Args(cobra.NoArgs), RunE: func(*cobra.Command, []string) error { return a.logPath() },
		},
		a.resendCommand(),
	)
}

func (a *app) openLedger() (*ledger.Ledger, error) {
	p, err := a.Product()
	if err != nil {
		return nil, err
	}
	return a.ledger(&p)
}

func (a *app) logPath() error {
	log, err := a.openLedger()
	if err != nil {
		return err
	}
	if a.JSON() {
		return a.PrintJSON(cli.Document{{Name: "path", Value: log.Path()}})
	}
	return a.PrintLine(log.Path())
}

// logList shows every record. Lines that cannot be read are told, and the
// others shown all the same.
func (a *app) logList() error {
	log, err := a.openLedger()
	if err != nil {
		return err
	}
	list := a.newList()
	bad := 0
	for entry, err := range log.Records() {
		if line := (*journal.LineError)(nil); errors.As(err, &line) {
			a.Warn("%s", err)
			bad++
			continue
		}
		if err == nil {
			err = a.Context().Err() // a log can be long
		}
		if err != nil {
			return readFailure(err)
		}
		if err := list.add(&entry.Record); err != nil {
			return err
		}
	}
	if err := list.end(); err != nil || bad == 0 {
		return err
	}
	damaged := cli.Fail(cli.CodeBadRecord, "the issuance log has lines that cannot be read", fmt.Sprintf("%d of them", bad), "")
	if a.JSON() {
		// The list is the one document; what was left out of it stands on
		// standard error.
		a.PrintError(damaged)
		return cli.Shown(damaged)
	}
	return damaged
}

func recordDocument(r *ledger.Record) cli.Document {
	d := cli.Document{
		{Name: "license_key", Value: r.LicenseKey},
		{Name: "name", Value: r.Name},
		{Name: "email", Value: r.Email},
		{Name: "tier", Value: r.Tier},
		{Name: "issued_at", Value: r.IssuedAt},
		{Name: "expires_at", Value: r.ExpiresAt},
		{Name: "blob", Value: r.Blob},
		{Name: "key_id", Value: r.KeyID},
		{Name: "product", Value: r.Product},
	}
	for _, more := range []cli.Field{{Name: "order", Value: r.Order}, {Name: "replaces", Value: r.Replaces}, {Name: "note", Value: r.Note}} {
		if more.Value != "" {
			d = append(d, more)
		}
	}
	return d
}

// isPlainKey tells whether a text of the log has a license key's characters.
func isPlainKey(key string) bool {
	return !strings.ContainsFunc(key, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r) || r > unicode.MaxASCII
	})
}

// completeKey offers the license keys of the log that begin as typed.
func (a *app) completeKey(_ *cobra.Command, args []string, typed string) (list []string, _ cobra.ShellCompDirective) {
	const most = 50 // more than anybody reads
	log, err := a.openLedger()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for entry, err := range log.Records() {
		if len(list) == most {
			break
		}
		// A shell writes them to the terminal as they are.
		if key := entry.Record.LicenseKey; err == nil && strings.HasPrefix(key, typed) && isPlainKey(key) {
			list = append(list, key)
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// readFailure tells a damaged line from a log that cannot be read at all.
func readFailure(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if line := (*journal.LineError)(nil); errors.As(err, &line) {
		return cli.Fail(cli.CodeBadRecord, "the issuance log has lines that cannot be read", err.Error(), "")
	}
	return cli.IO("cannot read the issuance log", err)
}
