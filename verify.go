package dtlic

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dtlic/dtlic/internal/envelope"
)

// Verifier judges licenses for one product. It is safe for concurrent use.
type Verifier struct {
	product *Product
	trusted []trusted
	tiers   map[string]*tierGrant
	now     func() time.Time
}

// trusted is an issuing key with its ID, worked out once.
type trusted struct {
	id  string
	key ed25519.PublicKey
}

// AssertProductionSafe answers whether a product may be shipped: nil, or an
// error of class [ErrUnsafeBuild] where it breaks a rule of [ParseProduct],
// has no issuing key, or trusts the development key. [NewVerifier] asks it
// too; it stands here for a program that wants to know at build time.
func AssertProductionSafe(p Product) error { return p.safe(false) }

func (p *Product) safe(development bool) error {
	if err := p.Validate(); err != nil {
		return fail(p, CodeUnsafeBuild, err.Error())
	}
	for _, k := range p.Keys {
		if k.PublicKey.IsDevelopment() && !development {
			return fail(p, CodeUnsafeBuild, "it trusts the development key, with which anybody can sign")
		}
	}
	return nil
}

// NewVerifier makes the verifier of a product. The trust store is the
// product's and nothing else: keys are never read from the environment or a
// user's file. Only keys of role issuing sign licenses. The error is of class
// [ErrUnsafeBuild] where the product is unfit, see [AssertProductionSafe];
// [Options.Development] allows the development key.
func NewVerifier(p Product, o Options) (*Verifier, error) {
	if o.Now == nil {
		return nil, errors.New("dtlic: Options.Now is nil")
	}
	if err := p.safe(o.Development); err != nil {
		return nil, err
	}
	v := &Verifier{product: &p, tiers: make(map[string]*tierGrant, len(p.Tiers)), now: o.Now}
	for name, tier := range p.Tiers {
		v.tiers[name] = newTierGrant(tier)
	}
	for _, k := range p.Keys {
		if k.Role == RoleIssuing {
			v.trusted = append(v.trusted, trusted{k.PublicKey.ID(), k.PublicKey.raw[:]})
		}
	}
	return v, nil
}

// Product returns the product that the verifier judges for.
func (v *Verifier) Product() Product { return *v.product }

// Verify judges the exact text of a license, as [Extract] returns it: whether
// it is genuine (see [Verifier.Genuine]) and valid now, by the verifier's
// clock. The first failure of the format's order is the answer, and any error
// goes with a zero license.
func (v *Verifier) Verify(blob string) (License, error) {
	l, err := v.Genuine(blob)
	if err != nil {
		return License{}, err
	}
	if err := v.product.inForce(&l, v.now()); err != nil {
		return License{}, err
	}
	return l, nil
}

// Genuine judges the exact text of a license apart from time: its form, the
// signature (Ed25519, RFC 8032 section 5.1.7), its payload and whether it is
// for this product. Errors, in this order: [ErrMalformed] or [ErrUnsupported]
// for tag, size and shape, [ErrUnknownKey], [ErrBadSignature], [ErrMalformed]
// for the payload, [ErrUnsupportedCritical], [ErrWrongProduct].
//
// A genuine license may have expired: [Evaluate] says so, and [License.Has] is
// false outside of its window.
func (v *Verifier) Genuine(blob string) (License, error) {
	e, err := envelope.Parse(envelope.License, blob)
	if err != nil {
		code := CodeMalformed
		if form := (*envelope.FormError)(nil); errors.As(err, &form) && form.Version {
			code = CodeUnsupported
		}
		return License{}, fail(v.product, code, err.Error())
	}
	if e.Chain != "" {
		return License{}, fail(v.product, CodeUnsupported, "it was signed by a delegated key")
	}
	known := false
	if !slices.ContainsFunc(v.trusted, func(t trusted) bool {
		match := t.id == e.KeyID
		known = known || match
		return match && e.SignedBy(t.key)
	}) {
		code := CodeUnknownKey
		if known {
			code = CodeBadSignature
		}
		return License{}, fail(v.product, code, "key ID "+e.KeyID)
	}
	l, err := decodePayload(e.Payload)
	if err != nil {
		return License{}, fail(v.product, CodeMalformed, err.Error())
	}
	if name := l.unenforced(); name != "" {
		return License{}, fail(v.product, CodeUnsupportedCritical, fmt.Sprintf("member %q", name))
	}
	if l.Product != v.product.Name {
		return License{}, fail(v.product, CodeWrongProduct, fmt.Sprintf("for %q, not %q", l.Product, v.product.Name))
	}
	l.blob, l.keyID = blob, e.KeyID
	l.grant = v.granted(&l)
	return l, nil
}

// maxListed is how many refused licenses of one text an error lists.
const maxListed = 8

// maxChoice bounds how many licenses of one text are judged: more than any mail
// quotes, and few enough to be judged at once.
const maxChoice = 64

// Choose finds the license in a pasted text (see [Extract]) and returns it
// where it is genuine. Of several different ones, such as a quoted older one,
// the one that is genuine for this product wins, then the one issued later.
// Where none is genuine the error is that of the one license, or of class
// [ErrMalformed] with a list of them.
func (v *Verifier) Choose(text string) (License, error) {
	blobs, err := ExtractAll(text)
	if err != nil {
		return License{}, v.product.addressed(err)
	}
	if len(blobs) == 1 {
		return v.Genuine(blobs[0])
	}
	if len(blobs) > maxChoice {
		return License{}, failAs(v.product, CodeMalformed, "malformed/several", fmt.Sprintf("%d of them", len(blobs)))
	}
	var best License
	var list []string
	refused := 0
	for _, blob := range blobs {
		l, err := v.Genuine(blob)
		if err != nil {
			if refused++; refused <= maxListed {
				list = append(list, fmt.Sprintf("%s… %s", blob[:min(len(blob), 18)], err))
			}
		} else if best.blob == "" || l.IssuedAt.After(best.IssuedAt) {
			best = l
		}
	}
	if best.blob == "" {
		if refused > maxListed {
			list = append(list, fmt.Sprintf("and %d more", refused-maxListed))
		}
		return License{}, failAs(v.product, CodeMalformed, "malformed/several", strings.Join(list, "; "))
	}
	return best, nil
}

// inForce looks at the license's window, and at nothing else.
func (p *Product) inForce(l *License, now time.Time) error {
	from, to := l.window()
	switch sec := now.Unix(); {
	case sec < l.IssuedAt.Unix()-int64(clockTolerance/time.Second):
		return fail(p, CodeNotYetValid, fmt.Sprintf("it was issued %s, more than a day after %s",
			formatTime(l.IssuedAt), formatTime(now)))
	case sec < from:
		return fail(p, CodeNotYetValid, "it begins "+formatTime(l.StartsAt))
	case sec >= to:
		return fail(p, CodeExpired, "it ended "+formatTime(l.ExpiresAt))
	}
	return nil
}
