package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/dtlic/dtlic/internal/journal"
)

// ErrIsLog is matched by the error about an issuance log in the place where the
// revocations go.
var ErrIsLog = errors.New("it is an issuance log")

// RevocationsPath is where the revocations of an issuance log are: in
// revoked.jsonl beside a log of the usual name, issued.jsonl; beside one of another
// name in that name with .revoked behind it, so that two logs in one directory
// never share theirs.
func RevocationsPath(log string) string {
	if filepath.Base(log) == "issued.jsonl" {
		return filepath.Join(filepath.Dir(log), "revoked.jsonl")
	}
	return log + ".revoked"
}

// IsRevocationsPath tells the names that [RevocationsPath] gives, in any case: a log
// of such a name would be taken for what another one has revoked.
func IsRevocationsPath(path string) bool {
	name := strings.ToLower(filepath.Base(path)) // one file on Windows and macOS
	return name == "revoked.jsonl" || strings.HasSuffix(name, ".revoked")
}

// Revocations say which license keys of an issuance log are revoked. They are
// kept as acts, a line each, of which the last of a license key counts.
type Revocations struct {
	journal journal.Journal
}

// Revocations returns those of the log, kept with the same care.
func (l *Ledger) Revocations() *Revocations {
	j := l.journal
	j.Path = RevocationsPath(l.Path())
	j.Whole = isAct
	return &Revocations{journal: j}
}

func isAct(line []byte) bool {
	_, err := ParseAct(line)
	return err == nil
}

// Path returns where the revocations are.
func (r *Revocations) Path() string { return r.journal.Path }

// Snapshot opens the file as it is now. A missing file is an empty one. It must be
// closed.
func (r *Revocations) Snapshot() (*journal.Snapshot, error) { return r.journal.Snapshot() }

// CopiedRevocations are those that stand somewhere else than in a file, as [Copied]
// has a log.
func CopiedRevocations(path string, text io.ReaderAt, size int64) *journal.Snapshot {
	return journal.NewSnapshot(path, text, size, isAct)
}

// Text opens the file's text, as far as it is durable, for copying. It must be closed.
func (r *Revocations) Text(ctx context.Context) (*journal.Snapshot, error) {
	return r.journal.Durable(ctx)
}

// revocation is what an act leaves: none, without a license key in it, where it takes
// one back.
func (a *Act) revocation() Revocation {
	if a.Action != Revoke {
		return Revocation{}
	}
	return Revocation{LicenseKey: a.LicenseKey, RevokedAt: a.At, Reason: a.Reason}
}

// blobsPerLine bounds the blobs in a line; it is a variable for tests.
var blobsPerLine = 10_000

// Put adds an act with these blobs, nil for none, durably, unless it would change nothing: to revoke
// what is revoked, to unrevoke what is not. changed tells which; was is how the
// license key stood before, without a license key in it where it was not revoked.
// Lines that cannot be read are passed over, but not those of an issuance log: then
// the error matches [ErrIsLog]. After an error the file is as it was.
//
// Blobs that are too many for one line, which are gone through twice, fill several,
// and the file is replaced as a whole. Memory stays constant however many they are.
func (r *Revocations) Put(ctx context.Context, act Act, blobs iter.Seq2[string, error]) (was Revocation, changed bool, err error) {
	if err := act.check(); err != nil {
		return Revocation{}, false, fmt.Errorf("this cannot be recorded: %w", err)
	}
	first, err := act.firstLine(blobs)
	if err != nil {
		return Revocation{}, false, err
	}
	decide := func(existing journal.View) (err error) {
		was, err = r.standing(ctx, existing, act.LicenseKey)
		changed = (was.LicenseKey != "") != (act.Action == Revoke)
		return err
	}
	if first != nil {
		err = r.journal.Update(ctx, func(existing journal.View) ([][]byte, error) {
			if err := decide(existing); err != nil || !changed {
				return nil, err
			}
			return [][]byte{first}, nil
		})
		return was, changed && err == nil, err
	}
	err = r.journal.Rewrite(ctx, func(existing journal.View, w io.Writer) error {
		if err := decide(existing); err != nil {
			return err
		}
		if !changed {
			return journal.ErrKeep
		}
		if err := existing.CopyTo(w); err != nil {
			return err
		}
		for line, err := range act.lines(blobs) {
			if err == nil {
				err = writeLine(w, line)
			}
			if err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	return was, changed && err == nil, err
}

// standing is how a license key stands by the acts of a view.
func (r *Revocations) standing(ctx context.Context, v journal.View, licenseKey string) (now Revocation, err error) {
	for act, err := range r.acts(ctx, v) {
		if err == nil {
			if act.LicenseKey == licenseKey {
				now = act.revocation()
			}
			continue
		}
		if _, ok := errors.AsType[*journal.LineError](err); !ok || errors.Is(err, ErrIsLog) {
			return Revocation{}, err
		}
	}
	return now, nil
}

// firstLine is the act's only line; nil where it has several.
func (a *Act) firstLine(blobs iter.Seq2[string, error]) (first []byte, err error) {
	for line, err := range a.lines(blobs) {
		if err != nil || first != nil {
			return nil, err
		}
		first = bytes.Clone(line)
	}
	return first, nil
}

// lines yields the act as the lines that its blobs need, one at least, each
// overwritten by the next.
func (a *Act) lines(blobs iter.Seq2[string, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		line := *a
		line.Blobs = nil
		var text []byte
		blob := len(`,"`) + len(`"`) + 64
		most := max(1, min(blobsPerLine, (journal.MaxLine-len(line.Append(nil)))/blob))
		if blobs == nil {
			blobs = func(func(string, error) bool) {}
		}
		for id, err := range blobs {
			if err != nil {
				yield(nil, err)
				return
			}
			if len(line.Blobs) == most {
				if text = line.Append(text[:0]); !yield(text, nil) {
					return
				}
				line.Blobs = line.Blobs[:0]
			}
			line.Blobs = append(line.Blobs, id)
		}
		yield(line.Append(text[:0]), nil)
	}
}
