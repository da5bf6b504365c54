package dtlic

import (
	"errors"
	"time"

	"github.com/dtlic/dtlic/internal/wording"
)

// State is where a license stands: one of the two below, or the code of the
// failure.
type State string

const (
	// StateValid: genuine, and now is in its window.
	StateValid State = "valid"
	// StateActive: valid, and activated on this machine.
	StateActive State = "active"
)

// Status is the answer to "how does it stand with this license".
type Status struct {
	// State is StateValid or StateActive, or the failure's code.
	State State
	// License is what the license says wherever it is genuine, also when it
	// has expired; else it is zero.
	License License
	// Err is nil, or the failure: an *Error.
	Err error
	// DaysLeft are the whole days until the end: 0 on the last day, when it has
	// passed, and for a license that is not genuine; millions for one that
	// never ends.
	DaysLeft int
	// Remaining is the time until the end, 0 when it has passed; as long as a
	// Duration can be for an end that is further away, 292 years.
	Remaining time.Duration
	// Fraction is the part of the term that is left, from 0 to 1; 1 for a
	// license that never ends.
	Fraction float64
	// Expiring is true in the last 30 days or the last fifth of the term,
	// whichever is shorter.
	Expiring bool
}

// Evaluate says how a genuine license stands at a time: valid, or of class
// [ErrNotYetValid] or [ErrExpired]. It reads no clock and no file; a license
// that no verifier returned is of class [ErrMalformed].
func Evaluate(l License, now time.Time) Status {
	if l.grant == nil {
		return failed(notVerified())
	}
	l.asSigned()
	s := Status{State: StateValid, License: l, Fraction: 1}
	if err := l.grant.product.inForce(&l, now); err != nil {
		s.Err = err
		s.State = State(CodeOf(err))
	}
	begin := l.IssuedAt
	if !l.StartsAt.IsZero() {
		begin = l.StartsAt
	}
	fraction, expiring := wording.TermLeft(begin, l.ExpiresAt, now)
	if !l.IsPerpetual() {
		s.Fraction = fraction
	}
	s.Expiring = expiring
	s.Remaining = max(0, l.ExpiresAt.Sub(now))
	// In seconds: a Duration ends after 292 years, and a license may not.
	left := max(0, l.ExpiresAt.Unix()-now.Unix())
	if left > 0 && now.Nanosecond() > 0 {
		left-- // of the second that has begun nothing whole is left
	}
	s.DaysLeft = int(left / int64(day/time.Second))
	return s
}

func notVerified() *Error { return fail(nil, CodeMalformed, "it was not verified") }

func failed(err error) Status {
	s := Status{State: State(CodeIO), Err: err}
	if code := CodeOf(err); code != "" {
		s.State = State(code)
	}
	return s
}

// addressed gives an error that arose before the product was known its hint.
func (p *Product) addressed(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.sentence == "" {
		return err
	}
	return failAs(p, e.Code, e.sentence, e.Why)
}
