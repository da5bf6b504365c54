package creatorcli

import (
	"errors"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/ledger"
)

// logJudge verifies the licenses of a product's log: under the keys that the product
// trusts, and under the creator's own, which signed what is minted here whether
// or not an app takes it. Nothing is let in by its answers, so that the development
// key is as good as another.
func (a *app) logJudge(p *dtlic.Product) (*ledger.Judge, error) {
	options := dtlic.Options{Now: a.Now, Development: true}
	trusting, err := dtlic.NewVerifier(*p, options)
	if err != nil {
		return nil, err
	}
	verifiers := []*dtlic.Verifier{trusting}
	switch own, err := a.ownPublicKey(p); {
	case err != nil:
		a.Warn("what your own key signed cannot be verified: %s", reason(err))
	case own != (dtlic.PublicKey{}) && !issues(p, own):
		alone := *p
		alone.Keys = []dtlic.TrustedKey{{PublicKey: own, Role: dtlic.RoleIssuing}}
		ours, err := dtlic.NewVerifier(alone, options)
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, ours)
	}
	return &ledger.Judge{
		Product: p.Name,
		Verify:  func(blob string) (ledger.Record, *ledger.Finding) { return recordOf(verifiers, blob) },
		Find: func(text string) []string {
			all, _ := dtlic.ExtractAll(text) // none is none
			return all
		},
	}, nil
}

// ownPublicKey is the public half of the signing key, zero where there is none.
func (a *app) ownPublicKey(p *dtlic.Product) (dtlic.PublicKey, error) {
	private, err := a.privateKey(p)
	if private == nil || err != nil {
		return dtlic.PublicKey{}, err
	}
	return publicOf(private)
}

// recordOf is the record of a license, or what is wrong with it, in the eyes of the
// first verifier that knows its key.
func recordOf(verifiers []*dtlic.Verifier, blob string) (ledger.Record, *ledger.Finding) {
	var l dtlic.License
	var err error
	for _, v := range verifiers {
		if l, err = v.Genuine(blob); dtlic.CodeOf(err) != dtlic.CodeUnknownKey {
			break
		}
	}
	if err == nil {
		return record(&issued{license: l, keyID: l.KeyID(), blob: blob}, ""), nil
	}
	return ledger.Record{}, licenseFinding(err)
}

// licenseFinding says in the log's words why a license was not taken.
func licenseFinding(err error) *ledger.Finding {
	why := ""
	if e := (*dtlic.Error)(nil); errors.As(err, &e) && e.Why != "" {
		why = ": " + e.Why
	}
	switch dtlic.CodeOf(err) {
	case dtlic.CodeBadSignature:
		return &ledger.Finding{Class: ledger.BadSignature, What: "the license was changed: its signature does not hold"}
	case dtlic.CodeUnknownKey:
		return &ledger.Finding{Class: ledger.UnknownKey, What: "the license was signed by a key that is not known here, and is kept unverified" + why}
	case dtlic.CodeUnsupported, dtlic.CodeUnsupportedCritical:
		return &ledger.Finding{Class: ledger.OtherKind, What: "the license is of a kind that cannot be verified here, and is kept as it is" + why}
	case dtlic.CodeWrongProduct:
		return &ledger.Finding{Class: ledger.OtherProduct, What: "the license is of another product" + why}
	}
	return &ledger.Finding{Class: ledger.BadLicense, What: "its blob is no license" + why}
}

// checkable is the product of which a log is to be looked at, the log, and who
// judges its licenses.
func (a *app) checkable() (*ledger.Ledger, *ledger.Judge, error) {
	p, err := a.Product()
	if err != nil {
		return nil, nil, err
	}
	log, err := a.ledger(&p)
	if err != nil {
		return nil, nil, err
	}
	judge, err := a.logJudge(&p)
	return log, judge, err
}
