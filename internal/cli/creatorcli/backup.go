package creatorcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/store"
)

const backupLong = `Write all that belongs to a product into one encrypted file: the product file, the
signing key, the issuance log, what was revoked, and every other plain file in the
creator's directory, ~/.PRODUCT-creator. Licenses can be minted meanwhile.

A passphrase is asked for, or read from --passphrase-file. Instead of one there can be
a key of age, a program that encrypts files: age-keygen makes a public key, age1…, for
--recipient, and the secret key that opens the backup, which you keep elsewhere.

The file is read back before the command ends. dtlic restore brings all of it back;
where there is no dtlic, the programs age and tar do:

  age -d notes.age | tar -x`

// backupFlags say where a backup goes and who can open it.
type backupFlags struct {
	output string
	keys   recipientFlags
}

func (a *app) backupCommand() *cobra.Command {
	var f backupFlags
	cmd := &cobra.Command{
		Use:     "backup",
		Short:   "Write everything of a product into one encrypted file",
		Long:    backupLong,
		Example: "  dtlic backup -o notes.age\n  dtlic backup -o notes.age --recipient age1… # your own, from age-keygen",
		Args:    cli.Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.backup(f) },
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write the backup to a new `FILE`; - is standard output")
	f.keys.add(cmd)
	return cmd
}

func (a *app) backup(f backupFlags) error {
	if err := a.checkBackupOutput(f.output); err != nil {
		return err
	}
	p, err := a.Product()
	if err != nil {
		return err
	}
	g, err := a.gather(&p)
	if err != nil {
		return err
	}
	defer g.close()
	to, err := a.recipients(f.keys)
	if err != nil {
		return err
	}
	if f.output == "-" {
		_, err := backup.Write(a.Context(), a.Stdout, p.Name, g.madeAt, g.sources, to)
		if err != nil {
			return backupFailure(err)
		}
		a.Say("wrote a backup of product %q to standard output: %s", p.Name, g.words())
		return nil
	}
	if err := a.writeBackup(f.output, p.Name, g, to); err != nil {
		return err
	}
	a.Say("wrote %q%s and read it back: product %q, %s", f.output, fsys.ModeNote(0o600), p.Name, g.words())
	a.Say("keep it on another computer than this one; dtlic restore brings it back")
	if a.JSON() {
		return a.PrintJSON(g.document(p.Name, f.output))
	}
	return nil
}

// checkBackupOutput refuses a place that cannot be written, before anybody is
// asked for a passphrase.
func (a *app) checkBackupOutput(output string) error {
	switch {
	case output == "":
		return cli.UsageHint("dtlic backup --output FILE", "--output is needed: the file that the backup goes to")
	case output == "-" && a.JSON():
		return cli.Usage("--json and a backup cannot both go to standard output")
	case output == "-" && a.StdoutTTY:
		return cli.UsageHint("dtlic backup --output FILE", "a backup is nothing to be shown at a terminal")
	case output == "-":
		return a.MustBeSeen()
	}
	return a.checkOutput(output)
}

// writeBackup writes a backup into a new file, and reads it back.
func (a *app) writeBackup(path, product string, g *gathered, to backup.Recipients) error {
	var itself backup.Identities
	err := store.CreateFrom(a.Disk, path, 0o600, func(w io.Writer) (err error) {
		itself, err = backup.Write(a.Context(), w, product, g.madeAt, g.sources, to)
		return err
	})
	if err != nil {
		return backupFailure(err)
	}
	file, size, err := a.openBackup(path)
	if err == nil {
		defer func() { _ = file.Close() }() // it was only read
		_, err = backup.Open(a.Context(), file, size, itself)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return cli.Fail(dtlic.CodeIO, "the backup was written, and cannot be read back", fmt.Sprintf("%q: %s", path, err),
			"remove it, and write it again to another disk")
	}
	return nil
}

func backupFailure(err error) error {
	if own := (*dtlic.Error)(nil); errors.As(err, &own) || errors.Is(err, context.Canceled) {
		return err
	}
	return cli.IO("cannot write the backup", err)
}

// openBackup opens a backup, which must be a plain file: it is read in several
// places.
func (a *app) openBackup(path string) (fsys.File, int64, error) {
	file, err := a.Disk.OpenFile(path, os.O_RDONLY|fsys.NonBlock, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot open %q: %w", path, fsys.Reason(err))
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("it is %s, and a plain file is needed", fsys.Describe(info.Mode()))
	}
	if err != nil {
		_ = file.Close() // it was only opened
		return nil, 0, fmt.Errorf("cannot read %q: %w", path, fsys.Reason(err))
	}
	return file, info.Size(), nil
}

// notThere tells whether an error is that nothing is there.
func notThere(err error) bool { return errors.Is(err, fs.ErrNotExist) }
