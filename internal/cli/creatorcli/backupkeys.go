package creatorcli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/internal/ui"
)

// Bounds of the files that have a passphrase or keys.
const (
	maxPassphrase = 4 << 10
	maxKeys       = 1 << 20
)

// recipientFlags say who can open a new backup.
type recipientFlags struct {
	recipients, files []string
	passphrase        string // the file that it stands in
}

func (f *recipientFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.recipients, "recipient", "r", nil, "encrypt to this public `KEY`, age1…; may be repeated")
	flags.StringArrayVarP(&f.files, "recipients-file", "R", nil, "encrypt to the public keys in a `FILE`, one a line; may be repeated")
	addPassphraseFile(cmd, &f.passphrase)
}

func addPassphraseFile(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "passphrase-file", "", "read the passphrase from a `FILE`, or - for standard input, instead of asking")
}

// recipients are those who can open a new backup: the recipients that were named,
// else whoever knows a passphrase.
func (a *app) recipients(f recipientFlags) (backup.Recipients, error) {
	if len(f.recipients)+len(f.files) == 0 {
		passphrase, err := a.newPassphrase(f.passphrase)
		if err != nil {
			return backup.Recipients{}, err
		}
		return backup.ToPassphrase(passphrase)
	}
	if f.passphrase != "" {
		return backup.Recipients{}, cli.Usage("a backup is encrypted to a passphrase or to recipients, not to both")
	}
	text := strings.Join(f.recipients, "\n") + "\n"
	if len(f.recipients) > 0 {
		if _, err := backup.ToRecipients(text); err != nil {
			return backup.Recipients{}, cli.UsageHint("dtlic backup --help", "--recipient: %s", err)
		}
	}
	for _, path := range f.files {
		more, err := a.ReadInput(path, maxKeys)
		if err == nil {
			_, err = backup.ToRecipients(string(more))
		}
		if err != nil {
			return backup.Recipients{}, inputFailure("cannot use the recipients' file", path, err)
		}
		text += string(more) + "\n"
	}
	return backup.ToRecipients(text)
}

// newPassphrase is a new backup's: from a file, else asked for twice.
func (a *app) newPassphrase(file string) (string, error) {
	if file != "" {
		passphrase, err := a.passphraseFrom(file)
		if err == nil {
			err = backup.CheckPassphrase(passphrase)
			if err != nil {
				err = inputFailure("cannot use the passphrase", file, err)
			}
		}
		return passphrase, err
	}
	if !a.Interactive() {
		return "", cli.UsageHint("dtlic backup --help", "there is nobody to ask for a passphrase: --passphrase-file or --recipient is needed")
	}
	for {
		passphrase, err := a.AskSecret("Passphrase for the backup", backup.CheckPassphrase)
		if err != nil {
			return "", err
		}
		again, err := a.AskSecret("The same again", nil)
		if err != nil || again == passphrase {
			return passphrase, err
		}
		a.Warn("the two are not the same")
	}
}

// passphraseFrom reads a passphrase that stands alone in a file.
func (a *app) passphraseFrom(file string) (string, error) {
	data, err := a.ReadInput(file, maxPassphrase)
	// Some editors begin a file with a mark that nobody would type.
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	switch {
	case err != nil:
	case text == "":
		err = errors.New("it is empty")
	case strings.ContainsAny(text, "\r\n"):
		err = errors.New("it has more than one line")
	}
	if err != nil {
		return "", inputFailure("cannot use the passphrase", file, err)
	}
	return text, nil
}

// inputFailure says why a file with keys or a passphrase cannot be used; its
// content is never quoted.
func inputFailure(what, path string, err error) error {
	if errors.Is(err, ui.ErrInterrupted) {
		return err
	}
	if notThere(err) || errors.Is(err, store.ErrTooLarge) || strings.Contains(err.Error(), path) {
		return cli.IO(what, err)
	}
	if path == "-" {
		path = "standard input"
	}
	return cli.Fail(dtlic.CodeIO, what, fmt.Sprintf("%q: %s", path, err), "")
}

// identityFlags say how a backup is opened.
type identityFlags struct {
	files      []string
	passphrase string // the file that it stands in
}

func (f *identityFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.files, "identity", "i", nil, "open it with the secret keys in a `FILE` that age-keygen made; may be repeated")
	addPassphraseFile(cmd, &f.passphrase)
}

// identities open the backup that r holds: files with secret keys, or a
// passphrase, whichever it is encrypted to.
func (a *app) identities(r io.Reader, f identityFlags) (backup.Identities, error) {
	wanted, err := backup.NeedsPassphrase(r)
	switch {
	case err != nil:
		return backup.Identities{}, err
	case wanted && len(f.files) > 0:
		return backup.Identities{}, cli.Usage("this backup is encrypted to a passphrase, not to a key: leave --identity out")
	case !wanted && f.passphrase != "":
		return backup.Identities{}, cli.Usage("this backup is encrypted to a key, not to a passphrase: give --identity FILE instead")
	case !wanted && len(f.files) == 0:
		return backup.Identities{}, cli.Usage("this backup is encrypted to a key: --identity FILE is needed")
	case !wanted:
		return a.identitiesFrom(f.files)
	}
	passphrase := ""
	switch {
	case f.passphrase != "":
		passphrase, err = a.passphraseFrom(f.passphrase)
	case a.Interactive():
		passphrase, err = a.AskSecret("Passphrase of the backup", notEmpty)
	default:
		err = cli.Usage("there is nobody to ask for the passphrase: --passphrase-file is needed")
	}
	if err != nil {
		return backup.Identities{}, err
	}
	return backup.WithPassphrase(passphrase)
}

func notEmpty(text string) error {
	if text == "" {
		return errors.New("it is empty")
	}
	return nil
}

func (a *app) identitiesFrom(files []string) (ids backup.Identities, err error) {
	for _, path := range files {
		text, err := a.ReadInput(path, maxKeys)
		var more backup.Identities
		if err == nil {
			more, err = backup.WithIdentities(string(text))
		}
		if err != nil {
			return backup.Identities{}, inputFailure("cannot use the identity file", path, err)
		}
		ids = ids.And(more)
	}
	return ids, nil
}
