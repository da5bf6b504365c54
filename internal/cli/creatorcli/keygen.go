package creatorcli

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/signer"
	"github.com/dtlic/dtlic/internal/store"
)

func (a *app) keygenCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "Make a new key pair",
		Long: `Make a new key pair, in a file that only you can read (mode 600) and that is
never overwritten. Without --output it becomes the product's signing key, where
there is none yet. The public key is printed on standard output.

Keep a copy of the file in a safe place: without it no license can be renewed.`,
		Example: "  dtlic keygen\n  dtlic keygen --output keypair.env",
		Args:    cli.Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return a.keygen(output) },
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the key pair to a new `FILE`")
	return cmd
}

func (a *app) keygen(output string) error {
	p, err := a.Product()
	if err != nil {
		return err
	}
	path := output
	if path == "" {
		place, err := a.place(&p)
		if err != nil {
			return err
		}
		if err := place.Make(a.warnText); err != nil {
			return cli.IO("cannot make the creator's directory", err)
		}
		path = place.KeyFile()
	}
	private, err := a.newKeyFile(path, p.EnvPrefix)
	if err != nil {
		return err
	}
	public := hex.EncodeToString(private.Public().(ed25519.PublicKey))
	key, err := dtlic.ParsePublicKey(public)
	if err != nil {
		return err
	}
	a.Say("wrote the key pair to %q%s; keep a copy in a safe place", path, fsys.ModeNote(0o600))
	if output != "" {
		a.Say("to sign with it: %s", here.loadLine(path))
	}
	if a.JSON() {
		return a.PrintJSON(cli.Document{{Name: "path", Value: path}, {Name: "public_key", Value: public}, {Name: "key_id", Value: key.ID()}})
	}
	return a.Print(public + "\n")
}

// newKeyFile makes a key pair and writes it, never over something.
func (a *app) newKeyFile(path, prefix string) (ed25519.PrivateKey, error) {
	private, err := a.createKeyFile(path, prefix)
	if errors.Is(err, fs.ErrExist) {
		return nil, cli.Fail(dtlic.CodeIO, "a key file is never overwritten", fmt.Sprintf("%q is there already", path), "dtlic keygen --output ANOTHER-FILE")
	}
	if err != nil {
		return nil, cli.IO("cannot write the key pair", err)
	}
	return private, nil
}

// createKeyFile is newKeyFile with an error that matches fs.ErrExist where
// something is there.
func (a *app) createKeyFile(path, prefix string) (ed25519.PrivateKey, error) {
	private, err := signer.Generate(a.Random)
	if err != nil {
		return nil, err
	}
	if err := store.CreateExclusive(a.Disk, path, signer.KeyFile(prefix, private), 0o600); err != nil {
		return nil, err
	}
	return private, nil
}
