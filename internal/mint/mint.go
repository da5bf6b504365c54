// Package mint makes licenses: a request is checked, becomes a license, and is
// signed. Nothing else in this project signs one. It knows no files and no
// log: who must record a license before showing it is the caller's business.
package mint

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
)

// Request is what a creator asks for.
type Request struct {
	Name, Email string
	// Tier is a tier of the product, "" for its default.
	Tier string
	// ExpiresAt is the end; where it is zero, Term is counted from the start,
	// and where that is zero too, the product's default term.
	ExpiresAt time.Time
	Term      dtlic.Term
	// StartsAt is when the license begins; zero for now.
	StartsAt time.Time
	// UpdatesUntil is the last build date covered; zero for all.
	UpdatesUntil time.Time
	// Trial marks an evaluation license. Tier, term and limits that are not
	// asked for come from the product's trial, where it has one.
	Trial    bool
	Features []string
	Limits   map[string]int64
	// LicenseKey is the creator's own; "" for a random one.
	LicenseKey string
	// Extra are the creator's own members, x_….
	Extra map[string]json.RawMessage
}

// UnknownTierError says that a product has no such tier.
type UnknownTierError struct {
	Tier  string
	Known []string
}

func (e *UnknownTierError) Error() string {
	return fmt.Sprintf("unknown tier %q: the product has %s", e.Tier, strings.Join(e.Known, ", "))
}

// License turns a request into a license of the product, issued at now, and
// checks it whole. Random bytes for the license key are read from random.
// Names and addresses are brought to Unicode NFC. Unknown tiers give an
// [*UnknownTierError].
func License(p *dtlic.Product, r Request, now time.Time, random io.Reader) (dtlic.License, error) {
	r = withDefaults(p, r)
	if _, known := p.Tiers[r.Tier]; !known {
		return dtlic.License{}, &UnknownTierError{r.Tier, p.TierNames()}
	}
	l := dtlic.License{
		LicenseKey: r.LicenseKey,
		Product:    p.Name,
		Name:       norm.NFC.String(r.Name),
		Email:      norm.NFC.String(r.Email),
		Tier:       r.Tier,
		IssuedAt:   now.UTC().Truncate(time.Second),
		StartsAt:   r.StartsAt.UTC(),
		ExpiresAt:  r.ExpiresAt.UTC(),
		Trial:      r.Trial,
		Features:   r.Features,
		Limits:     r.Limits,
		Extra:      compact(r.Extra),

		UpdatesUntil: r.UpdatesUntil.UTC(),
	}
	if l.ExpiresAt.IsZero() {
		start := l.IssuedAt
		if !l.StartsAt.IsZero() {
			start = l.StartsAt
		}
		l.ExpiresAt = r.Term.End(start)
	}
	if l.LicenseKey == "" {
		key, err := randomKey(p.LicenseKeyPrefix, l.Tier, random)
		if err != nil {
			return dtlic.License{}, err
		}
		l.LicenseKey = key
	}
	if !dtlic.IsMailAddress(l.Email) {
		return dtlic.License{}, fmt.Errorf("email %q does not have the form of a mail address", l.Email)
	}
	if !l.ExpiresAt.After(l.IssuedAt) {
		return dtlic.License{}, fmt.Errorf("its end, %s, has passed", l.ExpiresAt.Format(time.RFC3339))
	}
	return l, l.Validate()
}

// compact writes JSON values without the space around their parts. What is not
// well-formed stays as it is, for Validate to refuse.
func compact(members map[string]json.RawMessage) map[string]json.RawMessage {
	if len(members) == 0 {
		return nil
	}
	out := make(map[string]json.RawMessage, len(members))
	for name, raw := range members {
		var b bytes.Buffer
		if json.Compact(&b, raw) == nil {
			raw = b.Bytes()
		}
		out[name] = raw
	}
	return out
}

func withDefaults(p *dtlic.Product, r Request) Request {
	if r.Trial && p.Trial != nil {
		if r.Tier == "" {
			r.Tier = p.Trial.Tier
		}
		if r.Limits == nil {
			r.Limits = p.Trial.Limits
		}
	}
	if r.Tier == "" {
		r.Tier = p.DefaultTier
	}
	if r.Term == (dtlic.Term{}) {
		r.Term = defaultTerm(p, r.Trial)
	}
	return r
}

// defaultTerm is how long a license of the product runs, or a trial of it.
func defaultTerm(p *dtlic.Product, trial bool) dtlic.Term {
	if trial && p.Trial != nil {
		return dtlic.Term{Days: p.Trial.Days}
	}
	// A product that was validated has a term that parses.
	term, _ := dtlic.ParseTerm(p.DefaultTerm)
	return term
}

// randomKey returns PREFIX-TIER-xxxxxxxx-xxxxxxxx: the tier in capitals, its
// first 32 characters (fewer behind a long prefix: 64 is all there is room
// for), and 64 random bits.
func randomKey(prefix, tier string, random io.Reader) (string, error) {
	var bits [8]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", fmt.Errorf("no randomness for a license key: %w", err)
	}
	const most, digitsLength = 64, len("--xxxxxxxx-xxxxxxxx")
	tier = tier[:min(len(tier), 32, max(0, most-digitsLength-len(prefix)))]
	digits := make([]byte, 0, most)
	digits = append(digits, prefix...)
	digits = append(digits, '-')
	digits = append(digits, strings.ToUpper(tier)...)
	digits = hex.AppendEncode(append(digits, '-'), bits[:4])
	return string(hex.AppendEncode(append(digits, '-'), bits[4:])), nil
}

// Key is a private key in this process that was checked by [NewKey].
type Key struct {
	private ed25519.PrivateKey
	public  ed25519.PublicKey
	id      string
}

// NewKey takes a private key and checks once that it signs what its public key
// verifies.
func NewKey(private ed25519.PrivateKey) (*Key, error) {
	if len(private) != ed25519.PrivateKeySize {
		return nil, errors.New("this is no Ed25519 private key")
	}
	public := ed25519.PublicKey(private[ed25519.SeedSize:])
	probe := []byte("dtlic key check")
	if envelope.CheckPublicKey(public) != nil || !ed25519.Verify(public, probe, ed25519.Sign(private, probe)) {
		return nil, errors.New("the private key does not fit its public key")
	}
	return &Key{private, public, envelope.KeyID(public)}, nil
}

// Public returns the public key.
func (k *Key) Public() ed25519.PublicKey { return k.public }

// Sign signs a license that is whole (see [dtlic.License.Validate]) and returns
// its text. It refuses one that would be longer than a verifier reads.
func (k *Key) Sign(l *dtlic.License) (blob string, err error) {
	payload := l.AppendPayload(make([]byte, 0, 512))
	text := make([]byte, 0, len(payload)*4/3+128)
	text = envelope.AppendUnsigned(text, envelope.License, k.id, payload)
	text = envelope.AppendSignature(text, ed25519.Sign(k.private, text))
	if len(text) > envelope.License.Max {
		return "", fmt.Errorf("the license would have %d characters, more than %d: grant fewer features or limits",
			len(text), envelope.License.Max)
	}
	return string(text), nil
}
