package creatorcli

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/mint"
	"github.com/dtlic/dtlic/internal/signer"
	"github.com/dtlic/dtlic/keys"
)

// signingKey finds the private key: the environment, the creator's key file,
// and for the built-in product of a development build the development key. Once
// there is a creator's key, the development key is never fallen back to.
func (a *app) signingKey(p *dtlic.Product, development bool) (*mint.Key, error) {
	private, err := a.privateKey(p)
	if err != nil {
		return nil, err
	}
	if private == nil {
		// Without a home nobody can tell whether there is a creator's key.
		if private = developmentKey(); private == nil || !development || a.Home == "" {
			return nil, cli.Fail(cli.CodeNotFound, "there is no signing key", "", a.keyHint(a.lostKeyHint(p)))
		}
		a.Warn("signing with the development key: anybody can make such a license")
		if hint := a.keyHint(""); hint != "" {
			a.Warn("keypair.env lies here and is not loaded; to sign with it, run first: %s", hint)
		}
	}
	key, err := mint.NewKey(private)
	if err != nil {
		return nil, cli.Fail(cli.CodeBadRecord, "the signing key cannot be used", err.Error(), "")
	}
	return key, nil
}

// privateKey is the creator's own key, nil where there is none.
func (a *app) privateKey(p *dtlic.Product) (ed25519.PrivateKey, error) {
	private, err := a.keyFromVariable(p)
	if private != nil || err != nil || a.Home == "" {
		return private, err
	}
	place := a.home.Place(p.Name)
	private, err = a.keyFromFile(place.KeyFile(), place.ReadKey, p.EnvPrefix)
	if errors.Is(err, fs.ErrNotExist) {
		// A link to a volume that is not there is a key, not the lack of one.
		if there, _ := place.Exists(place.KeyFile()); there {
			return nil, cli.Fail(dtlic.CodeIO, "cannot read the signing key", fmt.Sprintf("%q leads nowhere", place.KeyFile()), "")
		}
		return nil, nil
	}
	return private, err
}

// spareKey is the spare as long as it lies beside the signing key, nil where it
// does not.
func (a *app) spareKey(p *dtlic.Product) (ed25519.PrivateKey, error) {
	if a.Home == "" {
		return nil, nil
	}
	place := a.home.Place(p.Name)
	private, err := a.keyFromFile(place.SpareFile(), place.ReadSpare, p.EnvPrefix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return private, err
}

// publicOf is the public half of a key.
func publicOf(private ed25519.PrivateKey) (dtlic.PublicKey, error) {
	return dtlic.NewPublicKey(private.Public().(ed25519.PublicKey))
}

// keyFromVariable is the key in the environment, nil where there is none.
func (a *app) keyFromVariable(p *dtlic.Product) (ed25519.PrivateKey, error) {
	name := p.EnvPrefix + signer.PrivateSuffix
	text := a.Getenv(name)
	if text == "" {
		return nil, nil
	}
	private, err := signer.ParseSeed(text)
	if err != nil {
		return nil, cli.UsageHint("dtlic keygen --help", "$%s: %s", name, err)
	}
	if err := refuseDevelopment(private, keys.BuildChannel()); err != nil {
		return nil, cli.UsageHint("unset the variable, and make a key of your own with: dtlic keygen", "$%s: %s", name, err)
	}
	return private, nil
}

// keyFromFile reads a key file; the error matches fs.ErrNotExist where there is
// none.
func (a *app) keyFromFile(path string, read func(func(string)) (string, error), prefix string) (ed25519.PrivateKey, error) {
	text, err := read(a.warnText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, cli.IO("cannot read the signing key", err)
	}
	private, err := signer.ParseKeyFile(text, prefix)
	if err != nil {
		return nil, cli.Fail(cli.CodeBadRecord, "the signing key cannot be used", fmt.Sprintf("%q: %s", path, err), "")
	}
	if err := refuseDevelopment(private, keys.BuildChannel()); err != nil {
		return nil, cli.Fail(cli.CodeBadRecord, "the signing key cannot be used", fmt.Sprintf("%q: %s", path, err),
			"move the file away, and make a key of your own with: dtlic keygen")
	}
	return private, nil
}

// refuseDevelopment refuses the development key in a build that is not for
// development: what it signs is worth nothing, and nobody would be told.
func refuseDevelopment(private ed25519.PrivateKey, channel keys.Channel) error {
	public, err := publicOf(private)
	if err == nil && channel != keys.Development && public.IsDevelopment() {
		err = errors.New("it is the development key, with which anybody can sign")
	}
	return err
}

// lostKeyHint says how a product gets its key back. A new one is the answer only
// where no app trusts another yet.
func (a *app) lostKeyHint(p *dtlic.Product) string {
	if a.Home == "" {
		return fmt.Sprintf("set HOME, or $%s%s", p.EnvPrefix, signer.PrivateSuffix)
	}
	place := a.home.Place(p.Name)
	if there, _ := place.Exists(place.SpareFile()); there {
		return "the app trusts the spare key too, so sign with it: " + here.copyLine(place.SpareFile(), place.KeyFile())
	}
	if there, _ := place.Exists(place.ProductFile()); there {
		return fmt.Sprintf("put the backup of key.env, or the spare, back in %q: apps do not trust a new key", place.KeyFile())
	}
	return "dtlic keygen"
}

// keyHint names the line that loads a keypair.env which lies here.
func (a *app) keyHint(otherwise string) string {
	if _, err := a.Disk.Stat("keypair.env"); err == nil {
		return here.loadLine("keypair.env")
	}
	return otherwise
}

// warnText is Warn for packages that write whole sentences.
func (a *app) warnText(sentence string) { a.Warn("%s", sentence) }
