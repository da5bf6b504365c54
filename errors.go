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
// CodeRevoked on it is genuine, but not usable now. CodeNotDelegated,
// CodeRevoked and CodeWrongMachine are reserved for delegation, revocation
// lists and machine binding.
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

	// CodeNotLater: a renewal would take something away from the running license.
	CodeNotLater Code = "not_later"
	// CodeUpdatesEnded: the build is newer than the license covers.
	CodeUpdatesEnded Code = "updates_ended"
	// CodeNotActivated: no license is activated on this machine.
	CodeNotActivated Code = "not_activated"
	// CodeUnsafeBuild: the product's trust store is one that nobody may ship.
	CodeUnsafeBuild Code = "unsafe_build"
	// CodeIO: a file could not be read or written.
	CodeIO Code = "io"
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
	if e.Why == "" {
		return e.What
	}
	return e.What + ": " + e.Why
}

// Is makes two errors of the same class equal for [errors.Is].
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Unwrap returns the operating system's error behind a CodeIO, or nil.
func (e *Error) Unwrap() error { return e.cause }

// The classes, for use with [errors.Is], in the order of the checks.
var (
	ErrMalformed           = class(CodeMalformed)
	ErrUnsupported         = class(CodeUnsupported)
	ErrUnknownKey          = class(CodeUnknownKey)
	ErrBadSignature        = class(CodeBadSignature)
	ErrUnsupportedCritical = class(CodeUnsupportedCritical)
	ErrWrongProduct        = class(CodeWrongProduct)
	ErrNotDelegated        = class(CodeNotDelegated)
	ErrRevoked             = class(CodeRevoked)
	ErrNotYetValid         = class(CodeNotYetValid)
	ErrExpired             = class(CodeExpired)
	ErrWrongMachine        = class(CodeWrongMachine)
	ErrHolderMismatch      = class(CodeHolderMismatch)
	ErrNotLater            = class(CodeNotLater)
	ErrUpdatesEnded        = class(CodeUpdatesEnded)
	ErrNotActivated        = class(CodeNotActivated)
	ErrUnsafeBuild         = class(CodeUnsafeBuild)
	ErrIO                  = class(CodeIO)
)

func class(code Code) error {
	what, _ := wording.Failure(string(code), wording.Face{})
	return &Error{Code: code, What: what}
}

// CodeOf returns the code of an error of this package, "" for any other.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
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
