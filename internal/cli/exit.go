package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/ui"
)

// The codes that only programs have; package dtlic has the others.
const (
	CodeUsage       dtlic.Code = "usage"
	CodeLocked      dtlic.Code = "locked"
	CodeNotFound    dtlic.Code = "not_found"
	CodeChanged     dtlic.Code = "changed"
	CodeBadRecord   dtlic.Code = "bad_record"
	CodeInterrupted dtlic.Code = "interrupted"
)

// exitCode is the one place where a failure becomes a number.
func exitCode(code dtlic.Code) int {
	switch code {
	case "":
		return 0
	case CodeUsage:
		return 2
	case dtlic.CodeExpired, dtlic.CodeNotYetValid, dtlic.CodeRevoked, dtlic.CodeWrongMachine,
		dtlic.CodeHolderMismatch, dtlic.CodeNotLater, dtlic.CodeUpdatesEnded:
		return 3
	case dtlic.CodeMalformed, dtlic.CodeUnsupported, dtlic.CodeUnknownKey, dtlic.CodeBadSignature,
		dtlic.CodeUnsupportedCritical, dtlic.CodeWrongProduct, dtlic.CodeNotDelegated:
		return 4
	case dtlic.CodeNotActivated:
		return 5
	case dtlic.CodeUnsafeBuild:
		return 6
	case CodeInterrupted:
		return 130
	default: // io, locked, not_found, changed, bad_record
		return 1
	}
}

// Fail makes a failure of a code.
func Fail(code dtlic.Code, what, why, hint string) error {
	return &dtlic.Error{Code: code, What: what, Why: why, Hint: hint}
}

// Usage says that the command line is wrong.
func Usage(format string, args ...any) *dtlic.Error {
	return &dtlic.Error{Code: CodeUsage, What: fmt.Sprintf(format, args...)}
}

// UsageHint is [Usage] with what to type instead.
func UsageHint(hint, format string, args ...any) error {
	e := Usage(format, args...)
	e.Hint = hint
	return e
}

// IO says that something outside of the license failed. An interruption is no
// failure of what it interrupted, and is returned as it is.
func IO(what string, err error) error {
	if isInterruption(err) {
		return err
	}
	return Fail(dtlic.CodeIO, what, err.Error(), "")
}

// shown marks a failure that the command's own output has told already.
type shown struct{ error }

func (s shown) Unwrap() error { return s.error }

// Shown marks a failure that the answer on standard output tells already, so
// that only the exit code repeats it. Shown(nil) is nil.
func Shown(err error) error {
	if err == nil {
		return nil
	}
	return shown{err}
}

// isInterruption tells that a person, or the system, ended the program.
func isInterruption(err error) bool {
	return errors.Is(err, ui.ErrInterrupted) || errors.Is(err, context.Canceled)
}

// asFailure gives every error a code, and takes secrets out of its text.
func asFailure(err error) *dtlic.Error {
	var failure dtlic.Error
	var e *dtlic.Error
	switch {
	case errors.As(err, &e):
		failure = *e
	case isInterruption(err):
		failure = dtlic.Error{Code: CodeInterrupted, What: "interrupted"}
	default:
		failure = dtlic.Error{Code: dtlic.CodeIO, What: err.Error()}
	}
	failure.What = withoutSecrets(failure.What)
	failure.Why = withoutSecrets(failure.Why)
	failure.Hint = withoutSecrets(failure.Hint)
	return &failure
}

// asShown is an error in the words that a person is shown: the last step before
// it is printed, because [readable] is not to be done twice.
func asShown(err error) *dtlic.Error {
	e := asFailure(err)
	e.What, e.Why, e.Hint = readable(e.What), readable(e.Why), readable(e.Hint)
	return e
}
