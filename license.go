package dtlic

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/dtlic/dtlic/internal/envelope"
)

// Bounds of what one license may carry.
const (
	maxFeatures  = 256
	maxLimits    = 64
	maxMachines  = 16
	maxCrit      = 64
	maxValidDays = 3660
	maxInteger   = 1<<53 - 1 // RFC 7493 section 2.2
)

// day is the day that terms are counted in.
const day = 24 * time.Hour

// clockTolerance is how far ahead of this machine's clock a license may have
// been issued.
const clockTolerance = day

// Perpetual returns the end of a license that does not end,
// 9999-12-31T23:59:59Z (RFC 5280 section 4.1.2.5), so that comparing texts
// sorts it last.
func Perpetual() time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }

// License is what a license says. All times are UTC with whole seconds.
//
// A License that [Verifier.Genuine], [Verifier.Verify] or [Load] returned
// answers [License.Has] and [License.Limit], by what was signed: changing its
// fields changes what is shown and nothing that is granted. A zero License, and
// one that was put together by hand, grants nothing.
type License struct {
	// LicenseKey is the license's ID, 1 to 64 of A–Z a–z 0–9 . _ -
	LicenseKey string
	// Product is the name of the product it is for.
	Product string
	// Name is the holder's name, 1 to 200 code points.
	Name string
	// Email is the holder's address, 1 to 254 code points.
	Email string
	// Tier is a tier of the product file; an unknown one grants nothing itself.
	Tier string
	// IssuedAt is when it was minted.
	IssuedAt time.Time
	// ExpiresAt is its end: it is valid while now is before it.
	ExpiresAt time.Time
	// StartsAt is when it begins; zero where it began with IssuedAt.
	StartsAt time.Time
	// UpdatesUntil is the last build date it covers; zero for all builds.
	UpdatesUntil time.Time
	// Trial says that it is an evaluation license.
	Trial bool
	// Features are granted on top of the tier's; at most 256.
	Features []string
	// Limits are numbers from 0 to 2^53−1 by name, at most 64; they override
	// the tier's.
	Limits map[string]int64
	// Machines are the fingerprints it is bound to, 1 to 16 where there are any.
	Machines []string
	// Profile is the enforcement profile it runs under, "" for none.
	Profile string
	// ValidDays is how long it runs from its first activation, 0 for no such bound.
	ValidDays int
	// Crit names members that a verifier must understand.
	Crit []string
	// Extra holds the creator's own members by name, x_…, as JSON text.
	Extra map[string]json.RawMessage

	blob  string
	keyID string
	grant *grant
}

// grant is what a genuine license gives, worked out once.
type grant struct {
	product  *Product // whose names stand in hints
	tier     *tierGrant
	features []string         // its own, sorted
	limits   map[string]int64 // its own
	from, to int64            // Unix seconds; in force while from ≤ now < to

	issuedAt, expiresAt, startsAt, updatesUntil time.Time // as they were signed

	now func() time.Time
}

// tierGrant is what a tier gives, worked out once for all its licenses.
type tierGrant struct {
	features map[string]struct{}
	limits   map[string]int64
}

func newTierGrant(t Tier) *tierGrant {
	g := &tierGrant{features: make(map[string]struct{}, len(t.Features)), limits: maps.Clone(t.Limits)}
	for _, name := range t.Features {
		g.features[name] = struct{}{}
	}
	return g
}

// noTier is what a tier gives that the product does not name.
var noTier = new(tierGrant)

func (v *Verifier) granted(l *License) *grant {
	g := &grant{product: v.product, tier: v.tiers[l.Tier], features: slices.Clone(l.Features), limits: maps.Clone(l.Limits), now: v.now}
	if g.tier == nil {
		g.tier = noTier
	}
	slices.Sort(g.features)
	g.from, g.to = l.window()
	g.issuedAt, g.expiresAt, g.startsAt, g.updatesUntil = l.IssuedAt, l.ExpiresAt, l.StartsAt, l.UpdatesUntil
	return g
}

// has looks at names alone.
func (g *grant) has(feature string) bool {
	if _, ok := g.tier.features[feature]; ok {
		return true
	}
	_, ok := slices.BinarySearch(g.features, feature)
	return ok
}

// asSigned gives the times back that were signed, whatever a program made of
// the fields since.
func (l *License) asSigned() {
	g := l.grant
	l.IssuedAt, l.ExpiresAt, l.StartsAt, l.UpdatesUntil = g.issuedAt, g.expiresAt, g.startsAt, g.updatesUntil
}

// window returns the Unix seconds between which the license is valid.
func (l *License) window() (from, to int64) {
	from = l.IssuedAt.Unix() - int64(clockTolerance/time.Second)
	if !l.StartsAt.IsZero() {
		from = max(from, l.StartsAt.Unix())
	}
	return from, l.ExpiresAt.Unix()
}

func (g *grant) inForce() bool {
	now := g.now().Unix()
	return g.from <= now && now < g.to
}

// Has tells whether the license grants a feature now, by its tier or by
// itself. It reads the clock at each call, so that a program that runs for
// months notices the end; the signature was checked once. Safe for concurrent
// use.
func (l License) Has(feature string) bool {
	if l.grant == nil {
		return false
	}
	return l.grant.has(feature) && l.grant.inForce()
}

// Limit returns the limit of a name. Where limited is false there is no limit
// of that name. A license that is not valid now answers 0, true for every
// name, so that forgetting to ask [License.Has] grants nothing.
func (l License) Limit(name string) (n int64, limited bool) {
	if l.grant == nil || !l.grant.inForce() {
		return 0, true
	}
	if n, limited = l.grant.limits[name]; !limited {
		n, limited = l.grant.tier.limits[name]
	}
	return n, limited
}

// Granted returns the features of tier and license, sorted, whether or not the
// license is valid now: for showing, not for deciding. Nil for a zero License.
func (l License) Granted() []string {
	if l.grant == nil {
		return nil
	}
	names := slices.AppendSeq(slices.Clone(l.grant.features), maps.Keys(l.grant.tier.features))
	slices.Sort(names)
	return slices.Compact(names)
}

// Limited returns the limits of tier and license together, whether or not the
// license is valid now: for showing, not for deciding. The map is a copy; nil
// for a zero License.
func (l License) Limited() map[string]int64 {
	if l.grant == nil {
		return nil
	}
	limits := make(map[string]int64, len(l.grant.tier.limits)+len(l.grant.limits))
	maps.Copy(limits, l.grant.tier.limits)
	maps.Copy(limits, l.grant.limits)
	return limits
}

// IsPerpetual tells whether the license never ends.
func (l License) IsPerpetual() bool { return l.ExpiresAt.Equal(Perpetual()) }

// Covers answers whether a build of that date may be used with this license:
// nil, or an error of class [ErrUpdatesEnded]. It is no part of verifying; a
// program that sells updates asks it with its own build date, never with the
// time of day. A build whose date was not set is not covered where updates end.
// A license that no verifier returned covers nothing: it is of class
// [ErrMalformed].
func (l License) Covers(buildDate time.Time) error {
	if l.grant == nil {
		return notVerified()
	}
	l.asSigned()
	switch {
	case l.UpdatesUntil.IsZero():
		return nil
	case buildDate.IsZero():
		return fail(l.grant.product, CodeUpdatesEnded, "this build does not say when it was made")
	case buildDate.Unix() <= l.UpdatesUntil.Unix():
		return nil
	}
	return fail(l.grant.product, CodeUpdatesEnded, fmt.Sprintf("updates are included until %s, this build is of %s",
		formatTime(l.UpdatesUntil), formatTime(buildDate)))
}

// Holder returns the person the license is for.
func (l License) Holder() Holder { return Holder{Name: l.Name, Email: l.Email} }

// Blob returns the license's text, "" for a license that was put together by hand.
func (l License) Blob() string { return l.blob }

// KeyID returns the ID of the key that signed the license: 11 characters of
// base64url; "" for a license that was put together by hand.
func (l License) KeyID() string { return l.keyID }

// AppendPayload appends the license as it is signed: one compact JSON object,
// its members in the order of the format's table, absent ones left out. Only a
// license that [License.Validate] takes gives a payload that others read.
func (l License) AppendPayload(dst []byte) []byte {
	dst = appendMember(dst, '{', "license_key", l.LicenseKey)
	dst = appendMember(dst, ',', "product", l.Product)
	dst = appendMember(dst, ',', "name", l.Name)
	dst = appendMember(dst, ',', "email", l.Email)
	dst = appendMember(dst, ',', "tier", l.Tier)
	dst = appendTime(dst, "issued_at", l.IssuedAt)
	dst = appendTime(dst, "expires_at", l.ExpiresAt)
	dst = appendTime(dst, "starts_at", l.StartsAt)
	dst = appendTime(dst, "updates_until", l.UpdatesUntil)
	if l.Trial {
		dst = append(dst, `,"trial":true`...)
	}
	dst = appendList(dst, "features", l.Features)
	if len(l.Limits) > 0 {
		dst = append(dst, `,"limits":`...)
		sep := byte('{')
		for _, name := range slices.Sorted(maps.Keys(l.Limits)) {
			dst = envelope.AppendString(append(dst, sep), name)
			dst = strconv.AppendInt(append(dst, ':'), l.Limits[name], 10)
			sep = ','
		}
		dst = append(dst, '}')
	}
	dst = appendList(dst, "machines", l.Machines)
	if l.Profile != "" {
		dst = appendMember(dst, ',', "profile", l.Profile)
	}
	if l.ValidDays != 0 {
		dst = strconv.AppendInt(append(dst, `,"valid_days":`...), int64(l.ValidDays), 10)
	}
	dst = appendList(dst, "crit", l.Crit)
	if len(l.Extra) > 0 {
		for _, name := range slices.Sorted(maps.Keys(l.Extra)) {
			dst = envelope.AppendString(append(dst, ','), name)
			dst = append(append(dst, ':'), l.Extra[name]...)
		}
	}
	return append(dst, '}')
}

// MarshalJSON returns the payload, see [License.AppendPayload].
func (l License) MarshalJSON() ([]byte, error) { return l.AppendPayload(nil), nil }

// UnmarshalJSON refuses: what a payload says counts only with the signature
// over it, so a license is read by [Verifier.Verify].
func (l *License) UnmarshalJSON([]byte) error {
	return errors.New("dtlic: a license is not read from JSON but verified from its text")
}

func appendName(dst []byte, sep byte, name string) []byte {
	dst = append(dst, sep, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

func appendMember(dst []byte, sep byte, name, value string) []byte {
	return envelope.AppendString(appendName(dst, sep, name), value)
}

func appendTime(dst []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	dst = append(appendName(dst, ',', name), '"')
	return append(t.UTC().AppendFormat(dst, time.RFC3339), '"')
}

func appendList(dst []byte, name string, items []string) []byte {
	if len(items) == 0 {
		return dst
	}
	dst = appendName(dst, ',', name)
	sep := byte('[')
	for _, item := range items {
		dst = envelope.AppendString(append(dst, sep), item)
		sep = ','
	}
	return append(dst, ']')
}
