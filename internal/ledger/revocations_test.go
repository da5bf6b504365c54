package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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

// load is what is revoked, and the error about damaged lines.
func load(t *testing.T, r *Revocations) (map[string]Revocation, error) {
	t.Helper()
	f, damaged, err := r.InForce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := make(map[string]Revocation)
	for revocation, err := range f.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all[revocation.LicenseKey] = revocation
		if found, ok := f.Find(revocation.LicenseKey); !ok || found != revocation || !f.Has(revocation.LicenseKey) {
			t.Errorf("%+v is found as %+v, %v", revocation, found, ok)
		}
	}
	return all, damaged
}

func mustLoad(t *testing.T, r *Revocations) map[string]Revocation {
	t.Helper()
	revoked, damaged := load(t, r)
	if damaged != nil {
		t.Fatal(damaged)
	}
	return revoked
}

// inForce are license keys that are revoked.
func inForce(t *testing.T, keys ...string) *InForce {
	t.Helper()
	var lines []string
	for i, key := range keys {
		a := act(key, Revoke, i)
		lines = append(lines, string(a.Append(nil)))
	}
	f, damaged, err := revocationsOf(t, lines...).InForce(t.Context())
	if err != nil || damaged != nil {
		t.Fatal(damaged, err)
	}
	t.Cleanup(f.Close)
	return f
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
		was, changed, err := r.Put(context.Background(), act(step.key, step.action, i), nil)
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
		if _, changed, err := r.Put(context.Background(), a, nil); err == nil || changed {
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
	revoked, damaged := load(t, r)
	if len(revoked) != 1 || damaged == nil || strings.Count(damaged.Error(), "is damaged") != 3 ||
		!strings.Contains(damaged.Error(), "line 3 of") || !errors.Is(damaged, journal.ErrLongLine) {
		t.Errorf("revoked %v, damaged %v", revoked, damaged)
	}
	for _, step := range []Act{act("A", Unrevoke, 2), act("B", Revoke, 3)} {
		if _, changed, err := r.Put(context.Background(), step, nil); !changed || err != nil {
			t.Errorf("%+v: %v, %v", step, changed, err)
		}
	}
	revoked, _ = load(t, r)
	if want := map[string]Revocation{"B": {"B", "2026-11-21T12:00:03Z", "r3"}}; !reflect.DeepEqual(revoked, want) {
		t.Errorf("revoked %v", revoked)
	}
	text, err := os.ReadFile(r.Path())
	if err != nil || !strings.HasPrefix(string(text), strings.Join(lines, "\n")+"\n") {
		t.Errorf("a damaged line was changed: %v", err)
	}
	many := revocationsOf(t, strings.Split(strings.Repeat("{}\n", 50)+"{}", "\n")...)
	if _, damaged := load(t, many); !strings.Contains(damaged.Error(), "and 46 more lines like these") {
		t.Errorf("damaged %v", damaged)
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
		if _, changed, err := r.Put(context.Background(), act("C", Revoke, 3), nil); !changed || err != nil {
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
	if _, _, err := r.Put(context.Background(), act("K-1", Revoke, 1), nil); !errors.Is(err, ErrIsLog) {
		t.Errorf("error %v", err)
	}
	if _, damaged := load(t, r); !errors.Is(damaged, ErrIsLog) {
		t.Errorf("damaged %v", damaged)
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
					if _, _, err := sound.Put(context.Background(), act("K-0", Revoke, 0), nil); err != nil {
						t.Fatal(err)
					}
				}
				disk := faultfs.New(fsys.OS, fault)
				_, changed, err := on(disk, log).Revocations().Put(context.Background(), act("K-1", Revoke, 1), nil)
				_, recorded := mustLoad(t, sound)["K-1"]
				if changed != (err == nil) || changed && !recorded || !changed && !fault.Crash && recorded {
					t.Errorf("fault %d of %+v: changed %v, recorded %v, %v", fault.At, fault, changed, recorded, err)
				}
				if _, kept := mustLoad(t, sound)["K-0"]; kept != there {
					t.Errorf("fault %d of %+v: the former act is kept %v", fault.At, fault, kept)
				}
				if _, again, err := sound.Put(context.Background(), act("K-1", Revoke, 2), nil); err != nil || again == recorded {
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
				_, changed, err := r.Put(context.Background(), act(fmt.Sprint("K-", i), Revoke, w), nil)
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
	s, err := r.journal.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for stop := 1; stop <= 3; stop++ {
		n := 0
		for range r.acts(t.Context(), s.View) {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("stopped at %d, want %d", n, stop)
		}
	}
}

// Many license keys, their acts written in every way, stand as the last of their acts
// says, as in a plain map.
func TestInForceIsWhatTheLastActsSay(t *testing.T) {
	for seed := range uint64(20) {
		chance := rand.New(rand.NewPCG(seed, 3))
		want := make(map[string]Revocation)
		var lines []string
		for i := range 1 + chance.IntN(3000) {
			a := act(fmt.Sprint("K-", chance.IntN(900)), []Action{Revoke, Unrevoke}[chance.IntN(2)], i%60)
			line := string(a.Append(nil))
			switch chance.IntN(8) {
			case 0: // as Python writes it
				line = strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(line)
			case 1:
				line = strings.Replace(line, "K-", `\u004b-`, 1)
			case 2:
				line = strings.Replace(line, "{", `{"x":"`+strings.Repeat("x", chance.IntN(5000))+`",`, 1)
			case 3:
				a.Reason = strings.Repeat("r", chance.IntN(9000))
				line = string(a.Append(nil))
			}
			lines = append(lines, line)
			if delete(want, a.LicenseKey); a.Action == Revoke {
				want[a.LicenseKey] = a.revocation()
			}
		}
		if got := mustLoad(t, revocationsOf(t, lines...)); !reflect.DeepEqual(got, want) {
			t.Errorf("seed %d: %d are revoked, want %d", seed, len(got), len(want))
		}
	}
}

// What is held of a revocation is small, however long its reason is.
func TestInForceHoldsLittle(t *testing.T) {
	const acts = 20_000
	var lines []string
	for i := range acts {
		a := act(fmt.Sprint("K-", i), Revoke, i%60)
		a.Reason = strings.Repeat("r", i%500)
		lines = append(lines, string(a.Append(nil)))
	}
	f, damaged, err := revocationsOf(t, lines...).InForce(t.Context())
	if err != nil || damaged != nil {
		t.Fatal(damaged, err)
	}
	defer f.Close()
	if each := float64(8*cap(f.slots)) / acts; each > 11 || f.used != acts {
		t.Errorf("%.1f bytes are held of each of %d acts", each, f.used)
	}
}

// Lines that are too short to be an act take no room, however many they are.
func TestInForceHoldsNothingOfBlankLines(t *testing.T) {
	shortest := act("K", Revoke, 0)
	shortest.Reason = ""
	line := strings.Replace(string(shortest.Append(nil)), `,"reason":"","product":"","name":"","email":"","blobs":[]`, "", 1)
	f, damaged, err := revocationsOf(t, strings.Repeat("\n{}\n", 50_000), line).InForce(t.Context())
	if err != nil || damaged == nil {
		t.Fatal(damaged, err)
	}
	defer f.Close()
	if len(f.slots) > 10 || !f.Has("K") {
		t.Errorf("%d slots for one act, found %v", len(f.slots), f.Has("K"))
	}
}

// An act has all blobs, in as many lines as they need; it is there whole or not at
// all, and what was there stays.
func TestAnActOfManyBlobs(t *testing.T) {
	before := blobsPerLine
	blobsPerLine = 3
	t.Cleanup(func() { blobsPerLine = before })
	for count := range 11 {
		var want []string
		blobs := func(yield func(string, error) bool) {
			for i := range count {
				if !yield(BlobHash(fmt.Sprint(i)), nil) {
					return
				}
			}
		}
		for id := range blobs {
			want = append(want, id)
		}
		former := act("A", Revoke, 0)
		r := revocationsOf(t, string(former.Append(nil)), "{")
		if _, changed, err := r.Put(t.Context(), act("K", Revoke, 1), blobs); err != nil || !changed {
			t.Errorf("%d blobs: changed %v, %v", count, changed, err)
		}
		text, err := os.ReadFile(r.Path())
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		var got []string
		for _, line := range lines[2:] {
			a, err := ParseAct([]byte(line))
			if err != nil || a.LicenseKey != "K" || a.Action != Revoke || len(a.Blobs) > 3 || len(a.Blobs) == 0 && count > 0 {
				t.Errorf("%d blobs: %s, %v", count, line, err)
			}
			got = append(got, a.Blobs...)
		}
		if !slices.Equal(got, want) || lines[0] != string(former.Append(nil)) || lines[1] != "{" {
			t.Errorf("%d blobs: the file is\n%s", count, text)
		}
		if was, changed, err := r.Put(t.Context(), act("K", Revoke, 2), blobs); err != nil || changed || was.Reason != "r1" {
			t.Errorf("%d blobs: again: changed %v, was %+v, %v", count, changed, was, err)
		}
		if _, changed, err := r.Put(t.Context(), act("K", Unrevoke, 3), blobs); err != nil || !changed {
			t.Errorf("%d blobs: back: changed %v, %v", count, changed, err)
		}
		if left, _ := load(t, r); len(left) != 1 {
			t.Errorf("%d blobs: back: %v", count, left)
		}
	}
	// An error of the blobs leaves the file as it was, before the first line is full
	// and behind it.
	for _, at := range []int{0, 5} {
		r := revocationsOf(t)
		broken := errors.New("broken")
		_, changed, err := r.Put(t.Context(), act("K", Revoke, 1), func(yield func(string, error) bool) {
			for i := 0; i <= at; i++ {
				var err error
				if i == at {
					err = broken
				}
				if !yield(sums[0], err) {
					return
				}
			}
		})
		if _, statErr := os.Stat(r.Path()); !errors.Is(err, broken) || changed || !errors.Is(statErr, os.ErrNotExist) {
			t.Errorf("broken at %d: changed %v, %v, %v", at, changed, err, statErr)
		}
	}
}
