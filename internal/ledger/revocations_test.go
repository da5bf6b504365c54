package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

// act of a license key at a second of one day.
func act(key string, action Action, second int) Act {
	return Act{LicenseKey: key, Action: action, At: fmt.Sprintf("2026-11-21T12:00:%02dZ", second), Reason: fmt.Sprint("r", second)}
}

// revocationsOf are those of a log that is not there.
func revocationsOf(t *testing.T, lines ...string) *Revocations {
	t.Helper()
	r := on(fsys.OS, filepath.Join(t.TempDir(), "issued.jsonl")).Revocations()
	if len(lines) > 0 {
		if err := os.WriteFile(r.Path(), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func mustLoad(t *testing.T, r *Revocations) map[string]Revocation {
	t.Helper()
	revoked, damaged, err := r.Load()
	if err != nil || damaged != nil {
		t.Fatalf("damaged %v, error %v", damaged, err)
	}
	return revoked
}

func TestRevocationsAreBesideTheirLog(t *testing.T) {
	for log, want := range map[string]string{
		"a/issued.jsonl":  "a/revoked.jsonl",
		"issued.jsonl":    "revoked.jsonl",
		"a/notes.jsonl":   "a/notes.jsonl.revoked",
		"a/notes":         "a/notes.revoked",
		"a/revoked.jsonl": "a/revoked.jsonl.revoked",
	} {
		if isLog := log != "a/revoked.jsonl"; !IsRevocationsPath(want) || IsRevocationsPath(log) == isLog {
			t.Errorf("%s and %s are not told apart", want, log)
		}
		if got := RevocationsPath(filepath.FromSlash(log)); filepath.ToSlash(got) != want {
			t.Errorf("%s: %s, want %s", log, got, want)
		}
	}
}

func TestTheLastActOfALicenseKeyCounts(t *testing.T) {
	r := revocationsOf(t)
	if revoked := mustLoad(t, r); len(revoked) != 0 {
		t.Errorf("without a file: %v", revoked)
	}
	for i, step := range []struct {
		key     string
		action  Action
		changed bool
		revoked string
	}{
		{"A", Unrevoke, false, ""},
		{"A", Revoke, true, "A1"},
		{"A", Revoke, false, "A1"},
		{"B", Revoke, true, "A1 B3"},
		{"a", Unrevoke, false, "A1 B3"},
		{"A", Unrevoke, true, "B3"},
		{"A", Revoke, true, "A6 B3"},
	} {
		before := mustLoad(t, r)[step.key]
		was, changed, err := r.Put(context.Background(), act(step.key, step.action, i))
		if err != nil || changed != step.changed || was != before {
			t.Errorf("step %d: changed %v, was %+v, want %+v, %v", i, changed, was, before, err)
		}
		var now []string
		for _, key := range []string{"A", "B", "a"} {
			if one, ok := mustLoad(t, r)[key]; ok {
				now = append(now, one.LicenseKey+strings.TrimPrefix(one.Reason, "r"))
				if want := "2026-11-21T12:00:0" + one.Reason[1:] + "Z"; one.RevokedAt != want {
					t.Errorf("step %d: since %s, want %s", i, one.RevokedAt, want)
				}
			}
		}
		if got := strings.Join(now, " "); got != step.revoked {
			t.Errorf("step %d: revoked %q, want %q", i, got, step.revoked)
		}
	}
	if text, err := os.ReadFile(r.Path()); err != nil || bytes.Count(text, []byte("\n")) != 4 {
		t.Errorf("%s, %v", text, err)
	}
	if info, err := os.Stat(r.Path()); err != nil || fsys.TooOpen(info) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestPutRefuses(t *testing.T) {
	r := revocationsOf(t)
	for _, a := range []Act{
		{Action: Revoke, At: "2026-11-21T12:00:00Z"},
		{LicenseKey: "K", Action: "drop", At: "2026-11-21T12:00:00Z"},
		{LicenseKey: "K", Action: Revoke, At: "yesterday"},
	} {
		if _, changed, err := r.Put(context.Background(), a); err == nil || changed {
			t.Errorf("%+v was taken", a)
		}
	}
	if _, err := os.Stat(r.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
}

func TestDamagedRevocations(t *testing.T) {
	one := act("A", Revoke, 1)
	lines := []string{string(one.Append(nil)), "", "{", `{"license_key":"B"}`, " \t\r", strings.Repeat("x", journal.MaxLine+1)}
	r := revocationsOf(t, lines...)
	revoked, damaged, err := r.Load()
	if err != nil || len(revoked) != 1 || damaged == nil || strings.Count(damaged.Error(), "is damaged") != 3 ||
		!strings.Contains(damaged.Error(), "line 3 of") || !errors.Is(damaged, journal.ErrLongLine) {
		t.Errorf("revoked %v, damaged %v, %v", revoked, damaged, err)
	}
	for _, step := range []Act{act("A", Unrevoke, 2), act("B", Revoke, 3)} {
		if _, changed, err := r.Put(context.Background(), step); !changed || err != nil {
			t.Errorf("%+v: %v, %v", step, changed, err)
		}
	}
	revoked, _, err = r.Load()
	if want := map[string]Revocation{"B": {"B", "2026-11-21T12:00:03Z", "r3"}}; err != nil || !reflect.DeepEqual(revoked, want) {
		t.Errorf("revoked %v, %v", revoked, err)
	}
	text, err := os.ReadFile(r.Path())
	if err != nil || !strings.HasPrefix(string(text), strings.Join(lines, "\n")+"\n") {
		t.Errorf("a damaged line was changed: %v", err)
	}
	many := revocationsOf(t, strings.Split(strings.Repeat("{}\n", 50)+"{}", "\n")...)
	if _, damaged, err := many.Load(); err != nil || !strings.Contains(damaged.Error(), "and 46 more lines like these") {
		t.Errorf("damaged %v, %v", damaged, err)
	}
}

// An unfinished last line is none, and is set aside; a whole one without its line
// feed is one.
func TestTornRevocations(t *testing.T) {
	t.Parallel()
	one, two := act("A", Revoke, 1), act("B", Revoke, 2)
	text := string(two.Append(nil))
	for cut := 1; cut <= len(text); cut++ {
		r := revocationsOf(t)
		if err := os.WriteFile(r.Path(), []byte(string(one.Append(nil))+"\n"+text[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		want := 1
		if cut == len(text) {
			want = 2
		}
		if revoked := mustLoad(t, r); len(revoked) != want {
			t.Errorf("cut at %d: %v", cut, revoked)
		}
		if _, changed, err := r.Put(context.Background(), act("C", Revoke, 3)); !changed || err != nil {
			t.Errorf("cut at %d: %v, %v", cut, changed, err)
		}
		if revoked := mustLoad(t, r); len(revoked) != want+1 {
			t.Errorf("cut at %d: then %v", cut, revoked)
		}
	}
}

// An issuance log that lies where the revocations go is never written to.
func TestAnIssuanceLogIsNoPlaceForRevocations(t *testing.T) {
	line := string(keyed("K-1").Append(nil))
	r := revocationsOf(t, line)
	if _, _, err := r.Put(context.Background(), act("K-1", Revoke, 1)); !errors.Is(err, ErrIsLog) {
		t.Errorf("error %v", err)
	}
	if _, damaged, err := r.Load(); err != nil || !errors.Is(damaged, ErrIsLog) {
		t.Errorf("damaged %v, %v", damaged, err)
	}
	if text, err := os.ReadFile(r.Path()); err != nil || string(text) != line+"\n" {
		t.Errorf("it is now %q, %v", text, err)
	}
}

// What is acknowledged is recorded, what failed is not, whatever fails.
func TestRevocationFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []faultfs.Fault{{}, {Err: syscall.ENOSPC, Short: true}, {Crash: true}, {Crash: true, Short: true}} {
		for _, there := range []bool{false, true} {
			injected := 0
			for fault.At = 1; ; fault.At++ {
				log := logPath(t)
				sound := on(fsys.OS, log).Revocations()
				if there {
					if _, _, err := sound.Put(context.Background(), act("K-0", Revoke, 0)); err != nil {
						t.Fatal(err)
					}
				}
				disk := faultfs.New(fsys.OS, fault)
				_, changed, err := on(disk, log).Revocations().Put(context.Background(), act("K-1", Revoke, 1))
				_, recorded := mustLoad(t, sound)["K-1"]
				if changed != (err == nil) || changed && !recorded || !changed && !fault.Crash && recorded {
					t.Errorf("fault %d of %+v: changed %v, recorded %v, %v", fault.At, fault, changed, recorded, err)
				}
				if _, kept := mustLoad(t, sound)["K-0"]; kept != there {
					t.Errorf("fault %d of %+v: the former act is kept %v", fault.At, fault, kept)
				}
				if _, again, err := sound.Put(context.Background(), act("K-1", Revoke, 2)); err != nil || again == recorded {
					t.Errorf("fault %d of %+v: the next run: %v, %v", fault.At, fault, again, err)
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
}

// Of many that revoke one license key at once, one does it.
func TestManyRevokeAtOnce(t *testing.T) {
	log := logPath(t)
	disk := faultfs.New(fsys.OS, faultfs.Fault{}) // without its slow fsync
	var done sync.WaitGroup
	var changes [8]int
	for w := range changes {
		done.Go(func() {
			r := on(disk, log).Revocations()
			for i := range 8 {
				_, changed, err := r.Put(context.Background(), act(fmt.Sprint("K-", i), Revoke, w))
				if err != nil {
					t.Error(err)
				}
				if changed {
					changes[w]++
				}
			}
		})
	}
	done.Wait()
	sum := 0
	for _, n := range changes {
		sum += n
	}
	if revoked := mustLoad(t, on(disk, log).Revocations()); sum != 8 || len(revoked) != 8 {
		t.Errorf("%d changes, %d revoked", sum, len(revoked))
	}
}

func TestReadingActsStopsWhereTheyLike(t *testing.T) {
	one := act("A", Revoke, 1)
	r := revocationsOf(t, string(one.Append(nil)), "{}", string(one.Append(nil)))
	for stop := 1; stop <= 3; stop++ {
		n := 0
		for range r.Acts() {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("stopped at %d, want %d", n, stop)
		}
	}
}
