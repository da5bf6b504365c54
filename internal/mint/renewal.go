package mint

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dtlic/dtlic"
)

var (
	// ErrNothingToRenew is the error about a license without any end.
	ErrNothingToRenew = errors.New("it never ends and covers all updates")
	// ErrNoTerm is the error about a license that never ends and covers updates
	// for a time, where no length says how much longer.
	ErrNoTerm = errors.New("it never ends, and nothing says until when it is to cover updates")
	// ErrTrialOfFull is the error about a license that is none of a trial, and
	// would become one.
	ErrTrialOfFull = errors.New("it is a full license, which a trial would take away")
)

// EarlierError says that a renewal would take time from the buyer.
type EarlierError struct {
	// Updates tells whether it is about the end of updates, not of the license.
	Updates bool
	// Running is the running license's time, zero for updates without end, and
	// Asked the one asked for.
	Running, Asked time.Time
}

func (e *EarlierError) Error() string {
	switch asked := timeOf(e.Asked); {
	case e.Updates && e.Running.IsZero():
		return fmt.Sprintf("it covers updates without end, and would cover them until %s", asked)
	case e.Updates:
		return fmt.Sprintf("it covers updates until %s, and would cover them until %s", timeOf(e.Running), asked)
	case e.Running.Equal(dtlic.Perpetual()):
		return fmt.Sprintf("it never ends, and would end %s", asked)
	default:
		return fmt.Sprintf("it ends %s, and would end %s", timeOf(e.Running), asked)
	}
}

// Renewal turns a request into the license that renews or upgrades a running
// one, issued at now, and checks it whole. What it makes takes nothing from the
// buyer that was not asked for, so that the buyer's program takes it.
//
// Holder and license key are the running one's, and so is whatever else it has:
// of a request they are not read. A tier and a start take the former's place;
// features come on top of it; a limit takes the place of the one of that name.
// A trial becomes a full license, without the trial's limits, unless the request
// is for a trial.
//
// Its end is counted from the later of now, the running end and a start, by
// the request's term or the product's default; updates_until, where there is one,
// from the later of now and itself, by the same term. A license that never ends
// is renewed by its updates_until alone. A request that changes the tier, the
// features, the limits or updates_until and has no term leaves the end where it
// is, as long as that has not passed. An end that is given, and a perpetual
// term, leave updates_until where it is.
//
// Errors: [*EarlierError], [ErrNothingToRenew], [ErrNoTerm], [ErrTrialOfFull],
// [*UnknownTierError], and what a license can break by itself.
func Renewal(p *dtlic.Product, running *dtlic.License, r Request, now time.Time) (dtlic.License, error) {
	now = now.UTC().Truncate(time.Second)
	if r.Trial && !running.Trial {
		return dtlic.License{}, ErrTrialOfFull
	}
	l := dtlic.License{
		LicenseKey: running.LicenseKey,
		Product:    running.Product,
		Name:       running.Name,
		Email:      running.Email,
		Tier:       cmp.Or(r.Tier, running.Tier),
		IssuedAt:   now,
		StartsAt:   running.StartsAt,
		Trial:      r.Trial,
		Features:   withFeatures(running.Features, r.Features),
		Limits:     renewedLimits(running, &r),
		Crit:       slices.Clone(running.Crit),
		Extra:      maps.Clone(running.Extra),
	}
	if _, known := p.Tiers[l.Tier]; !known {
		return dtlic.License{}, &UnknownTierError{l.Tier, p.TierNames()}
	}
	if !r.StartsAt.IsZero() {
		l.StartsAt = r.StartsAt.UTC()
	}
	if err := extend(&l, p, running, &r); err != nil {
		return dtlic.License{}, err
	}
	switch {
	case now.Before(running.IssuedAt):
		return dtlic.License{}, fmt.Errorf("it was issued %s, and this computer's clock says %s",
			timeOf(running.IssuedAt), timeOf(now))
	case !l.ExpiresAt.After(now):
		return dtlic.License{}, fmt.Errorf("its new end, %s, has passed", timeOf(l.ExpiresAt))
	}
	return l, l.Validate()
}

// withFeatures adds features to those of a license.
func withFeatures(had, more []string) []string {
	all := slices.Clone(had)
	for _, feature := range more {
		if !slices.Contains(had, feature) { // one that is asked for twice is refused later
			all = append(all, feature)
		}
	}
	return all
}

// renewedLimits are the running license's, but for a trial's, with those that are
// asked for in their place.
func renewedLimits(running *dtlic.License, r *Request) map[string]int64 {
	limits := make(map[string]int64, len(running.Limits)+len(r.Limits))
	if !becomesFull(running, r) {
		maps.Copy(limits, running.Limits)
	}
	maps.Copy(limits, r.Limits)
	return limits
}

// becomesFull tells whether a trial is to become a full license.
func becomesFull(running *dtlic.License, r *Request) bool { return running.Trial && !r.Trial }

// extend decides about the times up to which a renewal runs.
func extend(l *dtlic.License, p *dtlic.Product, running *dtlic.License, r *Request) error {
	l.ExpiresAt, l.UpdatesUntil = running.ExpiresAt, running.UpdatesUntil
	switch {
	case !r.ExpiresAt.IsZero():
		l.ExpiresAt = r.ExpiresAt.UTC()
	case r.Term == (dtlic.Term{}) && leavesEnd(running, r, l.IssuedAt):
	default:
		term := r.Term
		if term == (dtlic.Term{}) {
			term = defaultTerm(p, r.Trial)
		}
		if running.IsPerpetual() {
			if err := extendUpdates(l, term, running, r); err != nil {
				return err
			}
			break
		}
		l.ExpiresAt = term.End(latest(l.IssuedAt, running.ExpiresAt, l.StartsAt))
		if !l.UpdatesUntil.IsZero() && !term.Perpetual {
			l.UpdatesUntil = term.End(latest(l.IssuedAt, l.UpdatesUntil))
		}
	}
	if l.ExpiresAt.Before(running.ExpiresAt) {
		return &EarlierError{Running: running.ExpiresAt, Asked: l.ExpiresAt}
	}
	if r.UpdatesUntil.IsZero() {
		return nil
	}
	l.UpdatesUntil = r.UpdatesUntil.UTC()
	// A trial's updates are no promise.
	if !becomesFull(running, r) && (running.UpdatesUntil.IsZero() || l.UpdatesUntil.Before(running.UpdatesUntil)) {
		return &EarlierError{Updates: true, Running: running.UpdatesUntil, Asked: l.UpdatesUntil}
	}
	return nil
}

// leavesEnd tells whether a request without a term is for something else than
// time.
func leavesEnd(running *dtlic.License, r *Request, now time.Time) bool {
	return changes(running, r) && !becomesFull(running, r) && running.ExpiresAt.After(now)
}

// changes tells whether a request is for more than a renewal's time.
func changes(running *dtlic.License, r *Request) bool {
	return r.Tier != "" && r.Tier != running.Tier || len(r.Features) > 0 || len(r.Limits) > 0 || !r.UpdatesUntil.IsZero()
}

// extendUpdates renews a license that never ends.
func extendUpdates(l *dtlic.License, term dtlic.Term, running *dtlic.License, r *Request) error {
	switch {
	case !r.UpdatesUntil.IsZero():
		return nil // they are given
	case !l.UpdatesUntil.IsZero() && !term.Perpetual:
		l.UpdatesUntil = term.End(latest(l.IssuedAt, l.UpdatesUntil))
		return nil
	case becomesFull(running, r) || term.Perpetual && changes(running, r):
		return nil
	case l.UpdatesUntil.IsZero():
		return ErrNothingToRenew
	default:
		return ErrNoTerm
	}
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }
