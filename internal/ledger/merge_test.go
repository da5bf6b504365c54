package ledger

import (
	"context"
	"crypto/sha256"
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

// licensed is the line of a license, told in words: "key blob day" and then any of
// "of HOLDER", "for BLOB" (which it replaces) and "note TEXT".
func licensed(words string) string {
	w := strings.Fields(words)
	r := Record{
		LicenseKey: w[0], Name: "Ada Buyer", Email: "ada@example.com", Tier: "core", Blob: w[1],
		IssuedAt: "2026-11-" + w[2] + "T12:00:00Z", ExpiresAt: "2027-11-21T12:00:00Z", Product: "notes",
	}
	for i := 3; i < len(w); i += 2 {
		switch w[i] {
		case "of":
			r.Name = w[i+1]
		case "for":
			r.Replaces = fmt.Sprintf("%x", sha256.Sum256([]byte(w[i+1])))
		case "note":
			r.Note = w[i+1]
		}
	}
	return string(r.Append(nil))
}

func logText(lines []string) (text string) {
	for _, l := range lines {
		if !strings.HasPrefix(l, "{") {
			l = licensed(l)
		}
		text += l + "\n"
	}
	return text
}

// logsOf writes logs, the first of which is to take the others in.
func logsOf(t testing.TB, texts ...string) (l *Ledger, others []*Snapshot) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "own")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		path := filepath.Join(dir, fmt.Sprintf("log%d.jsonl", i))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			l = on(faultfs.New(fsys.OS, faultfs.Fault{}), path) // without its slow fsync
			continue
		}
		s, err := on(fsys.OS, path).Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		others = append(others, s)
	}
	return l, others
}

func mergedText(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func TestMerge(t *testing.T) {
	t.Parallel()
	type log = []string
	for _, c := range []struct {
		name       string
		ours       log
		others     []log
		want       log // what is behind ours
		duplicates int
		conflicts  string // kind, key, lines; several joined by "; "
	}{
		{name: "nothing in nothing", others: []log{nil}},
		{name: "into nothing", others: []log{{"A a 01", "B b 02"}}, want: log{"A a 01", "B b 02"}},
		{name: "nothing new", ours: log{"A a 01", "B b 02"}, others: []log{{"B b 02"}}, duplicates: 1},
		{name: "in the order of issue", ours: log{"Z z 30"}, others: []log{{"C c 03", "A a 01"}, {"B b 02", "D d 04"}}, want: log{"A a 01", "B b 02", "C c 03", "D d 04"}},
		{name: "of one second as they stand", others: []log{{"C c 01", "A a 01"}, {"B b 01"}}, want: log{"C c 01", "A a 01", "B b 01"}},
		{name: "once, though in both", ours: log{"A a 01"}, others: []log{{"A a 01", "B b 02"}, {"B b 02", "A a 01", "B b 02"}}, want: log{"B b 02"}, duplicates: 4},
		{name: "a time that is none stands where it stood", others: []log{
			{"B b 02", `{"license_key":"X","name":"","email":"","tier":"","issued_at":"soon","expires_at":"","blob":"x"}`, "C c 03"}, {"A a 01"},
		}, want: log{"A a 01", "B b 02", `{"license_key":"X","name":"","email":"","tier":"","issued_at":"soon","expires_at":"","blob":"x"}`, "C c 03"}},
		{name: "byte for byte", others: []log{
			{`{ "blob" : "x", "z": [1,  2], "license_key":"\u0041", "name":"","email":"","tier":"","issued_at":"2026-11-01T00:00:00+02:00","expires_at":""}` + "\r"},
		}, want: log{`{ "blob" : "x", "z": [1,  2], "license_key":"\u0041", "name":"","email":"","tier":"","issued_at":"2026-11-01T00:00:00+02:00","expires_at":""}` + "\r"}},

		{name: "a key of two holders", ours: log{"A a 01"}, others: []log{{"A b 02 of Bob"}}, want: log{"A b 02 of Bob"}, conflicts: "other_holder A 0:1 1:1"},
		{name: "a holder in another case", ours: log{"A a 01 of Zoë"}, others: []log{{"A a 01 of Zoë", "A b 02 of ZOË"}}, want: log{"A b 02 of ZOË"}, duplicates: 1},
		{name: "a key of two holders in the others", others: []log{{"A a 01"}, {"A b 02 of Bob"}}, want: log{"A a 01", "A b 02 of Bob"}, conflicts: "other_holder A 1:1 2:1"},
		{name: "two holders in the log itself are its own affair", ours: log{"A a 01", "A b 02 of Bob"}, others: []log{{"A a 01", "C c 03"}}, want: log{"C c 03"}, duplicates: 1},
		{name: "renewed there", ours: log{"A a 01"}, others: []log{{"A a 01", "A b 02 for a"}}, want: log{"A b 02 for a"}, duplicates: 1},
		{name: "renewed there without a word", ours: log{"A a 01"}, others: []log{{"A a 01", "A b 02"}}, want: log{"A b 02"}, duplicates: 1},
		{name: "renewed there, and the former one is here alone", ours: log{"A a 01"}, others: []log{{"A b 02 for a"}}, want: log{"A b 02 for a"}},
		{name: "renewed here, and the former one is there alone", ours: log{"A b 02 for a"}, others: []log{{"A a 01"}}, want: log{"A a 01"}},
		{
			name: "renewed on both sides", ours: log{"A a 01", "A b 02 for a"}, others: []log{{"A a 01", "A c 03 for a"}},
			want: log{"A c 03 for a"}, duplicates: 1, conflicts: "both_running A 0:2 1:2",
		},
		{
			name: "renewed on both sides without a word", ours: log{"A a 01", "A b 02"}, others: []log{{"A a 01", "A c 03"}},
			want: log{"A c 03"}, duplicates: 1, conflicts: "both_running A 0:2 1:2",
		},
		{name: "a chosen key twice", ours: log{"A a 01"}, others: []log{{"A b 02"}}, want: log{"A b 02"}, conflicts: "both_running A 0:1 1:1"},
		{name: "renewed on both sides of two others", others: []log{{"A a 01", "A b 02 for a"}, {"A a 01", "A c 03 for a"}}, want: log{"A a 01", "A b 02 for a", "A c 03 for a"}, duplicates: 1, conflicts: "both_running A 1:2 2:2"},

		{name: "another note", ours: log{"A a 01 note x"}, others: []log{{"A a 01 note y"}}, duplicates: 1, conflicts: "other_members A 0:1 1:1"},
		{name: "a note there alone", ours: log{"A a 01"}, others: []log{{"A a 01 note y"}}, duplicates: 1, conflicts: "other_members A 0:1 1:1"},
		{name: "a note here alone", ours: log{"A a 01 note x"}, others: []log{{"A a 01"}}, duplicates: 1},
		{name: "another name", ours: log{"A a 01"}, others: []log{{"A a 01 of Bob"}}, duplicates: 1, conflicts: "other_members A 0:1 1:1"},
		{name: "other spacing", ours: log{"A a 01"}, others: []log{{strings.ReplaceAll(licensed("A a 01"), `":"`, `" : "`)}}, duplicates: 1},
		{
			name: "members of another tool", ours: log{licensed("A a 01")[:len(licensed("A a 01"))-1] + `,"shop":1}`},
			others: []log{{licensed("A a 01")[:len(licensed("A a 01"))-1] + `,"shop":2}`}}, duplicates: 1, conflicts: "other_members A 0:1 1:1",
		},
	} {
		for _, window := range []int{0, 2, 3} {
			texts := []string{logText(c.ours)}
			for _, o := range c.others {
				texts = append(texts, logText(o))
			}
			l, others := logsOf(t, texts...)
			dry, err := l.Merge(t.Context(), Merging{Others: others, DryRun: true, window: window})
			if got := mergedText(t, l.Path()); err != nil || got != texts[0] {
				t.Errorf("%s: a dry run: %v, the log is\n%s", c.name, err, got)
			}
			done, err := l.Merge(t.Context(), Merging{Others: others, window: window})
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if !reflect.DeepEqual(dry, done) {
				t.Errorf("%s: a dry run says %+v, and then %+v", c.name, dry, done)
			}
			if got, want := mergedText(t, l.Path()), texts[0]+logText(c.want); got != want {
				t.Errorf("%s, window %d: the log is\n%swant\n%s", c.name, window, got, want)
			}
			if done.Added != len(c.want) || done.Duplicates != c.duplicates || conflictsOf(&done) != c.conflicts {
				t.Errorf("%s, window %d: added %d, duplicates %d, conflicts %q", c.name, window, done.Added, done.Duplicates, conflictsOf(&done))
			}
			again, err := l.Merge(t.Context(), Merging{Others: others, window: window})
			if err != nil || again.Added != 0 || mergedText(t, l.Path()) != texts[0]+logText(c.want) {
				t.Errorf("%s: a second time adds %d, %v", c.name, again.Added, err)
			}
		}
	}
}

func conflictsOf(m *Merged) string {
	var all []string
	for _, c := range m.Conflicts {
		text := fmt.Sprintf("%s %s", c.Kind, c.LicenseKey)
		for _, p := range c.Lines {
			text += fmt.Sprintf(" %s:%d", strings.TrimSuffix(strings.TrimPrefix(filepath.Base(p.Path), "log"), ".jsonl"), p.Line)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// TestMergeOfManyInAnyWindow: however little is held at once, the answer is the
// same, and that of a plain reckoning.
func TestMergeOfManyInAnyWindow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(4, 2))
	for range 10 {
		var texts []string
		for range 1 + random.IntN(4) {
			var lines []string
			for range random.IntN(60) {
				// Few of each, so that all happens.
				lines = append(lines, fmt.Sprintf("K%d b%d %02d of H%d", random.IntN(20), random.IntN(90), 1+random.IntN(28), random.IntN(9)/8))
			}
			texts = append(texts, logText(lines))
		}
		var first *Merged
		for _, window := range []int{2, 7, 64, 0} {
			l, others := logsOf(t, texts...)
			done, err := l.Merge(t.Context(), Merging{Others: others, window: window})
			if err != nil {
				t.Fatal(err)
			}
			for i := range done.Others { // each run has a folder of its own
				done.Others[i].Path = ""
			}
			for i := range done.Conflicts {
				for j := range done.Conflicts[i].Lines {
					done.Conflicts[i].Lines[j].Path = filepath.Base(done.Conflicts[i].Lines[j].Path)
				}
			}
			if first == nil {
				first = &done
			}
			if !reflect.DeepEqual(done, *first) {
				t.Errorf("window %d: %+v, window 2: %+v", window, done, *first)
			}
			if got, want := mergedText(t, l.Path()), plainMerge(texts); got != want {
				t.Errorf("window %d: the log is\n%swant\n%s", window, got, want)
			}
		}
	}
}

// plainMerge holds everything in memory.
func plainMerge(texts []string) string {
	known := make(map[string]bool)
	var added []Record
	for i, text := range texts {
		for line := range strings.Lines(text) {
			r, _ := Parse([]byte(line))
			if i > 0 && !known[r.Blob] {
				added = append(added, r)
			}
			known[r.Blob] = true
		}
	}
	slices.SortStableFunc(added, func(a, b Record) int { return strings.Compare(a.IssuedAt, b.IssuedAt) })
	text := texts[0]
	for _, r := range added {
		text += string(r.Append(nil)) + "\n"
	}
	return text
}

func TestMergeRefuses(t *testing.T) {
	good := logText([]string{"A a 01", "B b 02"})
	long := `{"license_key":"` + strings.Repeat("x", journal.MaxLine) + `"}` + "\n"
	for name, c := range map[string]struct{ other, want string }{
		"another tool's line":      {good + "{\"event\":1}\n", "line 3 of"},
		"no JSON":                  {"x\n" + good, "line 1 of"},
		"NULs":                     {good + "\x00\x00\x00\n", "line 3 of"},
		"half a character":         {good + "{\"a\":\"\xc3\"}\n", "not UTF-8"},
		"two values in a line":     {strings.Replace(good, "\n", "", 1), "line 1 of"},
		"a byte order mark":        {"\ufeff" + good, "line 1 of"},
		"a line that is too long":  {good + long, "too long"},
		"no blob":                  {strings.Replace(good, `"blob":"b"`, `"blob":""`, 1), "its blob is empty"},
		"what the check refuses":   {good + logText([]string{"C forbidden 03"}), "cannot be taken: it is forbidden"},
		"many":                     {strings.Repeat("x\n", 25), "and 20 more lines like these"},
		"a line in the second one": {"", "line 1 of"},
	} {
		texts := []string{good, c.other}
		if c.other == "" {
			texts = []string{good, logText([]string{"C c 03"}), "x\n"}
		}
		l, others := logsOf(t, texts...)
		_, err := l.Merge(t.Context(), Merging{Others: others, Check: func(r *Record) error {
			if r.Blob == "forbidden" {
				return errors.New("it is forbidden")
			}
			return nil
		}})
		_, isLine := errors.AsType[*journal.LineError](err)
		_, isRefused := errors.AsType[*RefusedError](err)
		if !isLine && !isRefused || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if got := mergedText(t, l.Path()); got != good {
			t.Errorf("%s: the log is %q", name, got)
		}
		if left, _ := os.ReadDir(filepath.Dir(l.Path())); len(left) != len(texts) {
			t.Errorf("%s: left %v", name, left)
		}
	}
	l, _ := logsOf(t, good)
	if _, err := l.Merge(t.Context(), Merging{Others: make([]*Snapshot, MaxMerged+1)}); err == nil {
		t.Error("too many logs were merged")
	}
}

func TestMergeForeign(t *testing.T) {
	a, b := licensed("A a 01"), licensed("B b 02")
	l, others := logsOf(t, "", "\ufeff"+a+"\r\n\r\n  \n"+b+"\r\n")
	done, err := l.Merge(t.Context(), Merging{Others: others, Foreign: true})
	if got := mergedText(t, l.Path()); err != nil || done.Added != 2 || got != a+"\n"+b+"\n" {
		t.Errorf("%+v, %v: %q", done, err, got)
	}
}

func TestMergeTakesWholeLinesOnly(t *testing.T) {
	a, b := licensed("A a 01"), licensed("B b 02")
	l, others := logsOf(t, "", a+"\n"+b[:50], a+"\n"+b)
	done, err := l.Merge(t.Context(), Merging{Others: others})
	if got := mergedText(t, l.Path()); err != nil || got != a+"\n"+b+"\n" || done.Others[0].Torn != 50 || done.Others[1].Torn != 0 {
		t.Errorf("%+v, %v: %q", done, err, got)
	}
}

// TestMergeKeepsWhatIsDamaged: whatever stands in the log itself stays.
func TestMergeKeepsWhatIsDamaged(t *testing.T) {
	ours := "x\n" + logText([]string{"A a 01"}) + "\n\x00\n" + strings.Repeat("y", journal.MaxLine+1) + "\n"
	l, others := logsOf(t, ours, logText([]string{"A a 01", "A b 02 of Bob"}))
	done, err := l.Merge(t.Context(), Merging{Others: others, window: 2})
	if got, want := mergedText(t, l.Path()), ours+logText([]string{"A b 02 of Bob"}); err != nil || got != want {
		t.Errorf("%v, %d bytes, want %d", err, len(got), len(want))
	}
	if done.Damaged == nil || strings.Count(done.Damaged.Error(), "is damaged") != 3 || conflictsOf(&done) != "other_holder A 0:2 1:2" {
		t.Errorf("damaged: %v; conflicts: %s", done.Damaged, conflictsOf(&done))
	}
}

func TestMergeListsTheFirstConflicts(t *testing.T) {
	var ours, theirs []string
	for i := range 150 {
		ours = append(ours, fmt.Sprintf("K%d a%d 01", i, i))
		theirs = append(theirs, fmt.Sprintf("K%d b%d 02 of Bob", i, i))
	}
	l, others := logsOf(t, logText(ours), logText(theirs))
	done, err := l.Merge(t.Context(), Merging{Others: others})
	if err != nil || done.ConflictCount != 150 || len(done.Conflicts) != maxConflicts {
		t.Fatalf("%d conflicts, %d listed, %v", done.ConflictCount, len(done.Conflicts), err)
	}
	for i, c := range done.Conflicts {
		if c.LicenseKey != fmt.Sprint("K", i) || c.Lines[1].Line != i+1 {
			t.Fatalf("conflict %d is %+v", i, c)
		}
	}
}

func TestMergeIsInterrupted(t *testing.T) {
	var theirs []string
	for i := range 200 {
		theirs = append(theirs, fmt.Sprintf("K%d b%d 02", i, i))
	}
	ours := logText([]string{"A a 01"})
	l, others := logsOf(t, ours, logText(theirs))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := l.Merge(ctx, Merging{Others: others, Before: func() error { cancel(); return nil }})
	if got := mergedText(t, l.Path()); !errors.Is(err, context.Canceled) || got != ours {
		t.Errorf("while it writes: %v, the log is %q", err, got)
	}
	_, err = l.Merge(ctx, Merging{Others: others})
	if got := mergedText(t, l.Path()); !errors.Is(err, context.Canceled) || got != ours {
		t.Errorf("while it reads: %v, the log is %q", err, got)
	}
	stop := errors.New("stop")
	_, err = l.Merge(t.Context(), Merging{Others: others, Before: func() error { return stop }})
	if got := mergedText(t, l.Path()); !errors.Is(err, stop) || got != ours {
		t.Errorf("before it writes: %v, the log is %q", err, got)
	}
	if left, _ := os.ReadDir(filepath.Dir(l.Path())); len(left) > 3 { // the two logs, and a lock
		t.Errorf("left: %v", left)
	}
}

// TestMergeFaults: whichever call fails, or is the last before a kill, the log is
// what it was or has all of the other one, and the next merge works.
func TestMergeFaults(t *testing.T) {
	t.Parallel()
	ours, theirs := logText([]string{"A a 01", "B b 02"}), logText([]string{"C c 03", "A a 01", "D d 04"})
	merged := ours + logText([]string{"C c 03", "D d 04"})
	for kind, fault := range map[string]faultfs.Fault{
		"error": {Err: syscall.EIO}, "full disk": {Err: syscall.ENOSPC, Short: true}, "kill": {Crash: true}, "kill, short": {Crash: true, Short: true},
	} {
		for _, tail := range []string{"", `{"license_key":"torn`} {
			met := 0
			for fault.At = 1; ; fault.At++ {
				l, others := logsOf(t, ours+tail, theirs)
				disk := faultfs.New(fsys.OS, fault)
				done, err := on(disk, l.Path()).Merge(t.Context(), Merging{Others: others})
				got := mergedText(t, l.Path())
				switch {
				case err == nil && (got != merged || done.Added != 2):
					t.Errorf("%s at call %d: success, and the log is\n%s", kind, fault.At, got)
				case got != merged && got != ours && got != ours+tail:
					t.Errorf("%s at call %d: the log is\n%s", kind, fault.At, got)
				}
				if _, err := on(faultfs.New(fsys.OS, faultfs.Fault{}), l.Path()).Merge(t.Context(), Merging{Others: others}); err != nil || mergedText(t, l.Path()) != merged {
					t.Errorf("%s at call %d: the next merge: %v", kind, fault.At, err)
				}
				if t.Failed() {
					t.Fatalf("calls %q", disk.Calls())
				}
				if disk.Injected() == 0 {
					break
				}
				met++
			}
			if met < 10 {
				t.Errorf("%s: only %d faults", kind, met)
			}
			t.Logf("%s, tail %q: %d faults", kind, tail, met)
		}
	}
}

// TestMergeFaultsOfTheOther: an error of the other's disk changes nothing.
func TestMergeFaultsOfTheOther(t *testing.T) {
	ours, theirs := logText([]string{"A a 01"}), logText([]string{"C c 03", "D d 04"})
	for at := 1; ; at++ {
		l, _ := logsOf(t, ours, theirs)
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: at})
		other, err := on(disk, filepath.Join(filepath.Dir(l.Path()), "log1.jsonl")).Snapshot()
		if err == nil {
			_, err = l.Merge(t.Context(), Merging{Others: []*Snapshot{other}, window: 2})
			other.Close()
		}
		if got := mergedText(t, l.Path()); err != nil && got != ours || err == nil && got == ours {
			t.Fatalf("call %d of %q: %v, the log is %q", at, disk.Calls(), err, got)
		}
		if disk.Injected() == 0 {
			break
		}
	}
}

// TestMergeWhileOthersMint: nothing is lost on either side.
func TestMergeWhileOthersMint(t *testing.T) {
	const mints = 40
	l, others := logsOf(t, logText([]string{"A a 01"}), logText([]string{"C c 03", "D d 04"}))
	path := l.Path()
	var wait sync.WaitGroup
	for n := range 2 {
		wait.Go(func() {
			mine := on(faultfs.New(fsys.OS, faultfs.Fault{}), path)
			for i := range mints {
				if err := issue(t, mine, "", fmt.Sprintf("M%d-%d", n, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		mine := on(faultfs.New(fsys.OS, faultfs.Fault{}), path)
		if _, err := mine.Merge(t.Context(), Merging{Others: others}); err != nil {
			t.Error(err)
		}
	}
	wait.Wait()
	keys := make(map[string]int)
	for e, err := range l.Records() {
		if err != nil {
			t.Fatal(err)
		}
		keys[e.Record.LicenseKey]++
	}
	if len(keys) != 3+2*mints || keys["C"] != 1 || keys["D"] != 1 {
		t.Errorf("%d license keys: %v", len(keys), keys)
	}
}
