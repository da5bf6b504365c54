package creatorcli

import (
	"errors"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
)

const pathLong = `Print where the issuance log is, or will be once a license was issued: in the
creator's directory, or where $PREFIX_ISSUANCE_LOG says.`

func (a *app) logCommand() *cobra.Command {
	return a.Group(&cobra.Command{
		Use:   "log",
		Short: "Ask the issuance log",
		Long: `Ask the issuance log, the record of every license that you ever issued:

  dtlic log list          who has a license, and until when
  dtlic log find ada      by a part of a name, an address or a license key
  dtlic log expiring      whom to offer a renewal
  dtlic log resend KEY    the same license, to send again

A license key may have been issued several times, by renewals. The one issued last
is the running license; the others are replaced.

The log is a text file that other programs can read too, with one line of JSON for
each license:

  jq -r .email "$(dtlic log path)"`,
	},
		a.logListCommand(),
		a.logFindCommand(),
		a.logShowCommand(),
		a.logExpiringCommand(),
		a.logStatsCommand(),
		&cobra.Command{
			Use: "path", Short: "Print where the log is", Long: pathLong, Example: "  jq -r .email \"$(dtlic log path)\"",
			Args: cli.Args(cobra.NoArgs), RunE: func(*cobra.Command, []string) error { return a.logPath() },
		},
		a.resendCommand(),
		a.logCheckCommand(),
		a.logRepairCommand(),
		a.logMergeCommand(), a.logImportCommand(), a.logExportCommand(),
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

// isPlainKey tells whether a text of the log has a license key's characters.
func isPlainKey(key string) bool {
	return !strings.ContainsFunc(key, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r) || r > unicode.MaxASCII
	})
}

// mostOffered is how many license keys a shell is offered, more than anybody reads.
const mostOffered = 50

// completeKey offers the license keys of the log that begin as typed.
func (a *app) completeKey(_ *cobra.Command, args []string, typed string) (list []string, _ cobra.ShellCompDirective) {
	log, err := a.openLedger()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for entry, err := range log.Records() {
		if len(list) == mostOffered {
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
	if line := (*journal.LineError)(nil); errors.As(err, &line) {
		return cli.Fail(cli.CodeBadRecord, damagedLog, inOneLine(err), checkHint)
	}
	return cli.IO("cannot read the issuance log", err)
}
