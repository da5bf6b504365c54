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
)

// signingKey finds the private key: the environment, the creator's key file,
// and for the built-in product of a development build the development key. Once
// there is a creator's key, the development key is never fallen back to.
func (a *app) signingKey(p *dtlic.Product, development bool) (*mint.Key, error) {
	signer.ForbidDumps()
	private, err := a.privateKey(p)
	if err != nil {
		return nil, err
	}
	if private == nil {
		if private = developmentKey(); private == nil || !development {
			return nil, cli.Fail(cli.CodeNotFound, "there is no signing key", "", a.keyHint("dtlic keygen"))
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
	name := p.EnvPrefix + signer.PrivateSuffix
	if text := a.Getenv(name); text != "" {
		private, err := signer.ParseSeed(text)
		if err != nil {
			return nil, cli.UsageHint("dtlic keygen --help", "$%s: %s", name, err)
		}
		return private, nil
	}
	if a.Home == "" {
		return nil, nil
	}
	place := a.home.Place(p.Name)
	text, err := place.ReadKey(a.warnText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cli.IO("cannot read the signing key", err)
	}
	private, err := signer.ParseKeyFile(text, p.EnvPrefix)
	if err != nil {
		return nil, cli.Fail(cli.CodeBadRecord, "the signing key cannot be used", fmt.Sprintf("%q: %s", place.KeyFile(), err), "")
	}
	return private, nil
}

// keyHint names the line that loads a keypair.env which lies here.
func (a *app) keyHint(otherwise string) string {
	if _, err := a.Disk.Stat("keypair.env"); err == nil {
		return loadLine("keypair.env")
	}
	return otherwise
}

// loadLine exports what a key file says; source alone does not export.
func loadLine(path string) string { return "set -a; . ./" + path + "; set +a" }

// warnText is Warn for packages that write whole sentences.
func (a *app) warnText(sentence string) { a.Warn("%s", sentence) }
