package mint

import (
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
)

// ReadUnverified reads the license in a text without asking who signed it: for a
// creator's own record whose key the product does not name any more. Apart from
// the signature it is judged as [dtlic.Verifier.Genuine] does. Only the members of
// the answer count: its text and key ID are not those of the blob.
func ReadUnverified(p *dtlic.Product, blob string) (dtlic.License, error) {
	e, err := envelope.Parse(envelope.License, blob)
	if err != nil {
		return dtlic.License{}, err
	}
	if e.Chain != "" {
		return dtlic.License{}, errors.New("it was signed by a delegated key")
	}
	// Package dtlic reads nothing that is not signed, and there is to be one
	// reader. So the payload is signed, by a key that nobody trusts but the
	// verifier made here.
	private := ed25519.NewKeyFromSeed([]byte("read a payload, and believe none"))
	public, err := dtlic.NewPublicKey(private.Public().(ed25519.PublicKey))
	if err != nil {
		return dtlic.License{}, err
	}
	text := envelope.AppendUnsigned(nil, envelope.License, public.ID(), e.Payload)
	text = envelope.AppendSignature(text, ed25519.Sign(private, text))
	reading := *p
	reading.Keys = []dtlic.TrustedKey{{PublicKey: public, Role: dtlic.RoleIssuing}}
	v, err := dtlic.NewVerifier(reading, dtlic.Options{Now: func() time.Time { return time.Time{} }})
	if err != nil {
		return dtlic.License{}, err
	}
	return v.Genuine(string(text))
}

// UnknownMember returns the name of a member of a license's text that this version
// does not know and a renewal would lose, "" where there is none.
func UnknownMember(l *dtlic.License, blob string) string {
	e, err := envelope.Parse(envelope.License, blob)
	if err != nil {
		return ""
	}
	signed, err := envelope.ParseJSON(string(e.Payload))
	if err != nil {
		return ""
	}
	known, err := envelope.ParseJSON(string(l.AppendPayload(nil)))
	if err != nil {
		return ""
	}
	for _, m := range signed.Members {
		_, kept := known.Member(m.Name)
		empty := m.Value.Raw == "false" || m.Value.Type == envelope.Array && len(m.Value.Items) == 0 ||
			m.Value.Type == envelope.Object && len(m.Value.Members) == 0
		if !kept && !empty {
			return m.Name
		}
	}
	return ""
}
