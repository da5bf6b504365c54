package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// renewalOf is a license of the same key, issued at a time of its own.
func renewalOf(key, issuedAt string) Record {
	r := keyed(key)
	r.IssuedAt = issuedAt
	r.Blob += issuedAt
	return r
}

// renew renews what was looked up with seen, the log's version before.
func renew(l *Ledger, former *Renewed, next Record) error {
	return l.Issue(context.Background(), Issuance{Renews: former}, func() (Record, error) { return next, nil })
}

// looked is what a command does before it renews.
func looked(l *Ledger, key string) (*Renewed, error) {
	seen, err := l.Version()
	if err != nil {
		return nil, err
	}
	s, err := l.Snapshot()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	for m, err := range s.Ask(context.Background(), Question{Filter: Filter{LicenseKey: key}}) {
		if err == nil {
			return &Renewed{Record: m.Record, Seen: seen}, nil
		}
	}
	return nil, fmt.Errorf("%q is not in the log", key)
}

func lookUp(t *testing.T, l *Ledger, key string) *Renewed {
	t.Helper()
	former, err := looked(l, key)
	if err != nil {
		t.Fatal(err)
	}
	return former
}

func TestARenewalNamesWhatItReplaces(t *testing.T) {
	l := on(fsys.OS, logPath(t))
	for _, key := range []string{"K-1", "K-2"} {
		if err := issue(t, l, key, key); err != nil {
			t.Fatal(err)
		}
	}
	if err := renew(l, lookUp(t, l, "K-1"), renewalOf("K-1", "2027-11-21T12:00:00Z")); err != nil {
		t.Fatal(err)
	}
	entries, err := l.Find("K-1")
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d, %v", len(entries), err)
	}
	former, next := entries[0].Record, entries[1].Record
	if former.Replaces != "" || next.Replaces != BlobHash(former.Blob) {
		t.Errorf("replaces %q and %q", former.Replaces, next.Replaces)
	}
	if got := BlobHash("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" { // FIPS 180-4
		t.Errorf("the hash of abc is %s", got)
	}
	if err := renew(l, lookUp(t, l, "K-1"), keyed("K-2")); err == nil {
		t.Error("a renewal under another license key was issued")
	}
}

// Only the running license is renewed, whatever happened to the log since it was
// looked up.
func TestARenewalOfWhatRunsNoLonger(t *testing.T) {
	const later, sooner = "2027-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
	for _, c := range []struct {
		name    string
		happens func(t *testing.T, l *Ledger, former *Renewed)
		refused string
	}{
		{"nothing", func(*testing.T, *Ledger, *Renewed) {}, ""},
		{"other licenses", func(t *testing.T, l *Ledger, _ *Renewed) {
			for _, key := range []string{"K-2", "K-11", "xK-1"} {
				if err := issue(t, l, "", key); err != nil {
					t.Fatal(err)
				}
			}
		}, ""},
		{"a damaged line that has the key", func(t *testing.T, l *Ledger, _ *Renewed) {
			appendLine(t, l, `{"license_key":"K-1"}`)
		}, ""},
		{"a renewal", func(t *testing.T, l *Ledger, former *Renewed) {
			if err := renew(l, former, renewalOf("K-1", later)); err != nil {
				t.Fatal(err)
			}
		}, "line 3"},
		{"a renewal within the second", func(t *testing.T, l *Ledger, former *Renewed) {
			if err := renew(l, former, renewalOf("K-1", former.Record.IssuedAt)); err != nil {
				t.Fatal(err)
			}
		}, "line 3"},
		{"a renewal, and much else", func(t *testing.T, l *Ledger, former *Renewed) {
			if err := renew(l, former, renewalOf("K-1", later)); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				if err := issue(t, l, "", "K-2"); err != nil {
					t.Fatal(err)
				}
			}
		}, "line 3"},
		{"an older one, as a merge of two logs brings it", func(t *testing.T, l *Ledger, _ *Renewed) {
			older := renewalOf("K-1", sooner)
			appendLine(t, l, string(older.Append(nil)))
		}, ""},
		{"it is gone", func(t *testing.T, l *Ledger, _ *Renewed) {
			only := keyed("K-0")
			if err := os.WriteFile(l.Path(), append(only.Append(nil), '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "no longer"},
		{"the log is gone", func(t *testing.T, l *Ledger, _ *Renewed) {
			if err := os.Remove(l.Path()); err != nil {
				t.Fatal(err)
			}
		}, "no longer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := logOf(t, string(keyed("K-0").Append(nil)), string(keyed("K-1").Append(nil)))
			former := lookUp(t, l, "K-1")
			c.happens(t, l, former)
			before, _ := os.ReadFile(l.Path()) // may be gone
			built := false
			err := l.Issue(context.Background(), Issuance{Renews: former}, func() (Record, error) {
				built = true
				return renewalOf("K-1", "2028-01-01T00:00:00Z"), nil
			})
			after, _ := os.ReadFile(l.Path())
			switch {
			case c.refused == "" && (err != nil || !built):
				t.Errorf("refused: %v", err)
			case c.refused != "" && (!errors.Is(err, ErrSuperseded) || !strings.Contains(err.Error(), c.refused) || built || string(after) != string(before)):
				t.Errorf("signed %v, %v", built, err)
			}
		})
	}
}

func appendLine(t *testing.T, l *Ledger, line string) {
	t.Helper()
	text, err := os.ReadFile(l.Path())
	if err == nil {
		err = os.WriteFile(l.Path(), append(text, line+"\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A log that nobody wrote to is not searched a second time.
func TestAnUntouchedLogIsNotReadAgain(t *testing.T) {
	path := logPath(t)
	if err := issue(t, on(fsys.OS, path), "", "K-1"); err != nil {
		t.Fatal(err)
	}
	reads := func(issuedAt string, meanwhile func(l *Ledger)) int {
		disk := faultfs.New(fsys.OS, faultfs.Fault{})
		l := on(disk, path)
		former := lookUp(t, l, "K-1")
		meanwhile(on(fsys.OS, path))
		before := disk.Count(faultfs.OpRead)
		if err := renew(l, former, renewalOf("K-1", issuedAt)); err != nil {
			t.Fatal(err)
		}
		return disk.Count(faultfs.OpRead) - before
	}
	quiet := reads("2027-01-01T12:00:00Z", func(*Ledger) {})
	busy := reads("2027-01-02T12:00:00Z", func(l *Ledger) {
		if err := issue(t, l, "", "K-2"); err != nil {
			t.Fatal(err)
		}
	})
	if quiet >= busy {
		t.Errorf("%d reads of a log that nobody wrote to, %d of another", quiet, busy)
	}
}

// Of renewals at once each replaces another license: none is renewed twice.
func TestRenewalsAtOnce(t *testing.T) {
	l := logOf(t, string(keyed("K-1").Append(nil)))
	const writers, rounds = 8, 10
	failures := make(chan error, writers*rounds)
	for w := range writers {
		go func() {
			for n := range rounds {
				former, err := looked(on(fsys.OS, l.Path()), "K-1")
				if err != nil {
					failures <- err
					continue
				}
				next := renewalOf("K-1", former.Record.IssuedAt)
				next.Blob = fmt.Sprintf("%s-%d-%d", next.Blob, w, n)
				failures <- renew(on(fsys.OS, l.Path()), former, next)
			}
		}()
	}
	renewed := 0
	for range writers * rounds {
		switch err := <-failures; {
		case err == nil:
			renewed++
		case !errors.Is(err, ErrSuperseded):
			t.Error(err)
		}
	}
	entries, err := l.Find("K-1")
	if err != nil || len(entries) != renewed+1 || renewed == 0 {
		t.Fatalf("%d licenses after %d renewals, %v", len(entries), renewed, err)
	}
	for i, e := range entries[1:] {
		if want := BlobHash(entries[i].Record.Blob); e.Record.Replaces != want {
			t.Errorf("line %d replaces %s, want the license before it", e.Line, e.Record.Replaces)
		}
	}
	t.Logf("%d renewals, %d refused", renewed, writers*rounds-renewed)
}

// What is acknowledged is in the log once, whatever fails.
func TestRenewalsSurviveEveryFault(t *testing.T) {
	t.Parallel()
	for _, fault := range []faultfs.Fault{{}, {Err: syscall.ENOSPC, Short: true}, {Crash: true}, {Crash: true, Short: true}} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			clean := logOf(t, string(keyed("K-1").Append(nil)))
			former := lookUp(t, clean, "K-1")
			if err := issue(t, clean, "", "K-2"); err != nil { // so that it is searched
				t.Fatal(err)
			}
			disk := faultfs.New(fsys.OS, fault)
			next := renewalOf("K-1", "2027-11-21T12:00:00Z")
			acknowledged := renew(on(disk, clean.Path()), former, next) == nil
			entries, err := clean.Find("K-1")
			renewed := len(entries) == 2
			if err != nil || len(entries) > 2 || acknowledged && !renewed || !acknowledged && !fault.Crash && renewed {
				t.Errorf("fault %d of %+v: acknowledged %v, %d licenses, %v", fault.At, fault, acknowledged, len(entries), err)
			}
			if err := renew(clean, former, next); renewed != errors.Is(err, ErrSuperseded) || !renewed && err != nil {
				t.Errorf("fault %d of %+v: the next renewal, renewed already %v: %v", fault.At, fault, renewed, err)
			}
			if disk.Injected() == 0 {
				break
			}
			injected++
		}
		t.Logf("%d faults", injected)
		if injected < 10 {
			t.Errorf("only %d faults were injected", injected)
		}
	}
}
