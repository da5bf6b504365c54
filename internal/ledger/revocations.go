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

// Load returns the license keys that are revoked now. Lines that cannot be read are
// passed over, and told by damaged, which joins a [*journal.LineError] for each.
// A missing file has none.
func (r *Revocations) Load() (revoked map[string]Revocation, damaged, err error) {
	revoked = make(map[string]Revocation)
	var damage Damage
	for act, err := range r.Acts() {
		if err == nil {
			apply(revoked, &act)
		} else if !damage.Add(err) {
			return nil, nil, err
		}
	}
	return revoked, damage.Err(), nil
}

// Acts yields all acts in the order of the file. Errors are those of
// [Ledger.Records].
func (r *Revocations) Acts() iter.Seq2[Act, error] { return r.acts(r.journal.Lines()) }

func (r *Revocations) acts(lines iter.Seq2[journal.Line, error]) iter.Seq2[Act, error] {
	return func(yield func(Act, error) bool) {
		for line, err := range lines {
			if err == nil && len(bytes.TrimSpace(line.Raw)) == 0 {
				continue
			}
			var act Act
			if err == nil {
				if act, err = ParseAct(line.Raw); err != nil {
					if _, isRecord := Parse(line.Raw); isRecord == nil {
						err = ErrIsLog
					}
					err = &journal.LineError{Path: r.Path(), Line: line.Number, Err: err}
				}
			}
			if !yield(act, err) {
				return
			}
		}
	}
}

// apply does to the license keys that are revoked what an act says.
func apply(revoked map[string]Revocation, act *Act) {
	if act.Action == Unrevoke {
		delete(revoked, act.LicenseKey)
		return
	}
	revoked[act.LicenseKey] = Revocation{LicenseKey: act.LicenseKey, RevokedAt: act.At, Reason: act.Reason}
}

// Put adds an act, durably, unless it would change nothing: to revoke what is
// revoked, to unrevoke what is not. changed tells which; was is how the license
// key stood before, without a license key in it where it was not revoked. Lines
// that cannot be read are passed over, but not those of an issuance log: then the
// error matches [ErrIsLog]. After an error the file is as it was.
func (r *Revocations) Put(ctx context.Context, act Act) (was Revocation, changed bool, err error) {
	if err := act.check(); err != nil {
		return Revocation{}, false, fmt.Errorf("this cannot be recorded: %w", err)
	}
	err = r.journal.Update(ctx, func(existing journal.View) ([][]byte, error) {
		revoked := make(map[string]Revocation)
		for former, err := range r.acts(existing.Lines()) {
			if err == nil {
				apply(revoked, &former)
				continue
			}
			if _, ok := errors.AsType[*journal.LineError](err); !ok || errors.Is(err, ErrIsLog) {
				return nil, err
			}
		}
		var isRevoked bool
		was, isRevoked = revoked[act.LicenseKey]
		if changed = isRevoked != (act.Action == Revoke); !changed {
			return nil, nil
		}
		return [][]byte{act.Append(nil)}, nil
	})
	return was, changed && err == nil, err
}
