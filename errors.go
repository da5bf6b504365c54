package dtlic

import (
	"errors"

	"github.com/dtlic/dtlic/internal/wording"
)

// Code names a class of failure. Codes are part of the interface: they are
// what JSON output carries, and they never change their meaning.
type Code string

// The codes, in the order in which a check looks for them: the first failure
// is the answer. Up to CodeNotDelegated a license is not acceptable here; from
// CodeRevoked on it is genuine, but not usable now. What each means stands at
// the error value of the same name.
const (
	CodeMalformed           Code = "malformed"
	CodeUnsupported         Code = "unsupported"
	CodeUnknownKey          Code = "unknown_key"
	CodeBadSignature        Code = "bad_signature"
	CodeUnsupportedCritical Code = "unsupported_critical"
	CodeWrongProduct        Code = "wrong_product"
	CodeNotDelegated        Code = "not_delegated"
	CodeRevoked             Code = "revoked"
	CodeNotYetValid         Code = "not_yet_valid"
	CodeExpired             Code = "expired"
	CodeWrongMachine        Code = "wrong_machine"
	CodeHolderMismatch      Code = "holder_mismatch"
)

// The codes that are no answer of a check of one license.
const (
	CodeNotLater     Code = "not_later"
	CodeUpdatesEnded Code = "updates_ended"
	CodeNotActivated Code = "not_activated"
	CodeUnsafeBuild  Code = "unsafe_build"
	CodeIO           Code = "io"
)

// Error is every error that this package returns for a license, a product or
// the buyer's files. Match its class with [errors.Is] and one of the values
// below, or take it out with [errors.As] to show Hint to the person.
type Error struct {
	// Code is the class of the failure.
	Code Code
	// What says what is wrong, for the person who holds the license: a clause
	// in lower case without a full stop.
	What string
	// Why is the detail, "" where What says it all. It may quote a license;
	// a program that writes it to a terminal escapes it first.
	Why string
	// Hint says what the person can do next, "" where there is nothing.
	Hint string

	sentence string // its entry in package wording
	cause    error
}

// Error returns What and Why, "what: why".
func (e *Error) Error() string {
	what := e.What
	if what == "" {
		what, _ = wording.Failure(string(e.Code), wording.Face{})
	}
	if e.Why == "" {
		return what
	}
	return what + ": " + e.Why
}

// Is makes two errors of the same class equal for [errors.Is].
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && e != nil && t != nil && t.Code == e.Code
}

// Unwrap returns the operating system's error behind a CodeIO, or nil.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.cause
}

// The classes, for use with [errors.Is], in the order of the checks. Compare
// with these, never with the text of a message.
var (
	// ErrMalformed: the text is no license, or a cut-off or damaged one, or a
	// trusted key signed a payload that breaks the format.
	ErrMalformed = class(CodeMalformed)
	// ErrUnsupported: it is of a version or kind that only a newer program reads.
	ErrUnsupported = class(CodeUnsupported)
	// ErrUnknownKey: it names a key that the product does not trust.
	ErrUnknownKey = class(CodeUnknownKey)
	// ErrBadSignature: it was changed after it was signed, or forged.
	ErrBadSignature = class(CodeBadSignature)
	// ErrUnsupportedCritical: it has a condition that this version does not enforce.
	ErrUnsupportedCritical = class(CodeUnsupportedCritical)
	// ErrWrongProduct: it is genuine and for another product.
	ErrWrongProduct = class(CodeWrongProduct)
	// ErrNotDelegated is reserved for delegation.
	ErrNotDelegated = class(CodeNotDelegated)
	// ErrRevoked is reserved for revocation lists.
	ErrRevoked = class(CodeRevoked)
	// ErrNotYetValid: it begins later, or was issued more than 24 hours ahead of
	// this computer's clock.
	ErrNotYetValid = class(CodeNotYetValid)
	// ErrExpired: it has ended.
	ErrExpired = class(CodeExpired)
	// ErrWrongMachine is reserved for machine binding.
	ErrWrongMachine = class(CodeWrongMachine)
	// ErrHolderMismatch: name or email are not those of the license.
	ErrHolderMismatch = class(CodeHolderMismatch)
	// ErrNotLater: it would take something away from the running license.
	ErrNotLater = class(CodeNotLater)
	// ErrUpdatesEnded: the build is newer than the license covers.
	ErrUpdatesEnded = class(CodeUpdatesEnded)
	// ErrNotActivated: no license is activated on this machine.
	ErrNotActivated = class(CodeNotActivated)
	// ErrUnsafeBuild: the product's trust store is one that nobody may ship.
	ErrUnsafeBuild = class(CodeUnsafeBuild)
	// ErrIO: a file could not be read or written. It wraps the operating
	// system's error.
	ErrIO = class(CodeIO)
)

// class makes a class's value. Its words are looked up when it is shown: a
// program pays nothing for them at its start.
func class(code Code) error { return &Error{Code: code} }

// CodeOf returns the code of an error of this package, "" for any other.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) && e != nil {
		return e.Code
	}
	return ""
}

// fail makes an error with the sentences of its class. A product that is not
// known yet (nil) leaves names out of the hint.
func fail(p *Product, code Code, why string) *Error { return failAs(p, code, string(code), why) }

// failAs is fail for a class that has several sentences.
func failAs(p *Product, code Code, sentence, why string) *Error {
	var face wording.Face
	if p != nil {
		face = wording.Face{Program: p.Program, Support: p.Support}
	}
	what, hint := wording.Failure(sentence, face)
	return &Error{Code: code, What: what, Why: why, Hint: hint, sentence: sentence}
}
