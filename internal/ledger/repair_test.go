package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

// asides reads the files that lines were set aside in, one behind the other.
func asides(t *testing.T, path string) (text string, count int) {
	t.Helper()
	names, err := filepath.Glob(path + ".set-aside-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text += textOf(t, name)
	}
	return text, len(names)
}

// mustHold is what every repair of a log with a text has to keep. It returns the log
// after it.
func mustHold(t *testing.T, l *Ledger, before string) string {
	t.Helper()
	put(t, l.Path(), before)
	defer removeAsides(t, l.Path())
	planned, err := l.PlanRepair(context.Background(), testJudge(), false, nil)
	if err != nil || textOf(t, l.Path()) != before {
		t.Fatalf("the plan: %v", err)
	}
	done, err := l.Repair(context.Background(), testJudge(), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	after := textOf(t, l.Path())
	aside, files := asides(t, l.Path())
	planned.Aside = done.Aside
	if fmt.Sprint(planned) != fmt.Sprint(done) || (done.SetAside > 0) != (files == 1) || (done.Aside != "") != (files == 1) {
		t.Errorf("planned %v, done %v, %d files", planned, done, files)
	}
	if done.IsNothing() {
		if after != before {
			t.Error("nothing to do, and the log changed")
		}
		return after
	}
	nothingLost(t, before, after, aside)
	kept := strings.Split(strings.TrimSuffix(after, "\n"), "\n")
	blobs := make(map[string]int)
	for _, line := range kept {
		if after == "" {
			break
		}
		r, err := Parse([]byte(line))
		if err != nil {
			t.Errorf("the log has a line that is no record: %v", err)
		}
		blobs[r.Blob]++
	}
	for blob, n := range blobs {
		if n != 1 {
			t.Errorf("a license stands %d times in the log: %.60s", n, blob)
		}
	}
	for line := range strings.SplitSeq(before, "\n") {
		whole, _, _ := bare([]byte(line))
		if r, err := Parse(whole); len(line) > journal.MaxLine || err == nil && blobs[r.Blob] == 1 {
			continue // a whole record stays as it is, whatever its license has become
		}
		for _, blob := range licenseShape.FindAllString(line, -1) {
			if _, problem := verifyTest(blob); problem == nil && blobs[blob] != 1 {
				t.Errorf("a genuine license stands %d times in the log after", blobs[blob])
			}
		}
	}
	if again, err := l.PlanRepair(context.Background(), testJudge(), false, nil); err != nil || !again.IsNothing() {
		t.Errorf("a second repair: %v, %v", again, err)
	}
	if done.Kept+done.SetAside != done.Lines || len(kept) != done.Kept+done.Recovered && after != "" {
		t.Errorf("the numbers do not agree: %+v, and %d lines", done, len(kept))
	}
	return after
}

// nothingLost makes sure that each line of the log before is, in its order, in the
// log after or, byte for byte, among what was set aside. It goes backwards: of a
// line that stands twice the first stays.
func nothingLost(t *testing.T, before, after, aside string) {
	t.Helper()
	kept := strings.SplitAfter(after, "\n")
	for _, line := range slices.Backward(strings.SplitAfter(before, "\n")) {
		if rest, isAside := strings.CutSuffix(aside, line); isAside {
			aside = rest
			continue
		}
		trimmed := strings.TrimRight(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "\ufeff"), "\r") + "\n"
		at := len(kept) - 1
		for at >= 0 && kept[at] != trimmed {
			at--
		}
		if at < 0 {
			t.Errorf("a line of %d bytes is lost: %.80q", len(line), line)
			return
		}
		kept = kept[:at]
	}
	if aside != "" {
		t.Errorf("%d bytes too many were set aside", len(aside))
	}
}

func removeAsides(t *testing.T, path string) {
	t.Helper()
	names, err := filepath.Glob(path + ".set-aside-*")
	for _, name := range names {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func noFault() fsys.FS { return faultfs.New(fsys.OS, faultfs.Fault{}) }

func records(from, to int) (text string) {
	for n := from; n <= to; n++ {
		text += lineOf(nth(n)) + "\n"
	}
	return text
}

func TestRepairMendsWhatItCan(t *testing.T) {
	l := logOf(t)
	for name, c := range checkCases {
		t.Run(name, func(t *testing.T) { mustHold(t, l, c.text) })
	}
	r1, r2, r3 := lineOf(nth(1)), lineOf(nth(2)), lineOf(nth(3))
	damaged := strings.Replace(r2, `"tier":`, `"tier"`, 1)
	noted := changed(nth(2), func(r *Record) { r.Note = "a note" })
	all := r1 + "\n" + r2 + "\n" + r3 + "\n"
	for name, c := range map[string]struct{ before, after string }{
		"NUL tail":                               {r1 + "\n" + strings.Repeat("\x00", 5000), r1 + "\n"},
		"NULs before a record":                   {r1 + "\n" + strings.Repeat("\x00", 100) + r2 + "\n" + r3 + "\n", all},
		"NULs alone in a line":                   {r1 + "\n" + strings.Repeat("\x00", 100) + "\n" + r2 + "\n" + r3 + "\n", all},
		"glued":                                  {r1 + r2 + r3 + "\n", all},
		"glued with a comma":                     {"[" + r1 + ", " + r2 + "]\n" + r3 + "\n", ""},
		"half a record before":                   {r1 + "\n" + r1[:70] + r2 + "\n" + r3 + "\n", all},
		"half a record behind":                   {r1 + "\n" + r2 + r3[:90] + "\n" + r3 + "\n", all},
		"CRLF":                                   {strings.ReplaceAll(all, "\n", "\r\n"), all},
		"carriage returns alone":                 {strings.ReplaceAll(all, "\n", "\r"), all},
		"a mark":                                 {"\ufeff" + all, all},
		"a mark, CRLF and no end":                {"\ufeff" + r1 + "\r\n" + r2 + "\r\n" + r3 + "\r", all},
		"a mark in the middle":                   {r1 + "\n\ufeff" + r2 + "\n" + r3 + "\n", all},
		"rebuilt":                                {r1 + "\n" + damaged + "\n" + r3 + "\n", all},
		"no need to rebuild, whole after":        {r1 + "\n" + damaged + "\n" + r3 + "\n" + r2 + "\n", r1 + "\n" + r3 + "\n" + r2 + "\n"},
		"no need to rebuild, whole before":       {r1 + "\n" + r2 + "\n" + damaged + "\n" + r3 + "\n", all},
		"rebuilt once":                           {r1 + "\n" + damaged + "\n" + damaged + "x\n" + r3 + "\n", all},
		"a whole record glued, then its license": {r1 + "\n" + noted + "x\n" + damaged + "\n" + r3 + "\n", r1 + "\n" + noted + "\n" + r3 + "\n"},
		"of another tool, with a license":        {r1 + "\n" + `{"mailed":"` + nth(2).Blob + `"}` + "\n" + r3 + "\n", all},
		"a record in another tool's":             {r1 + "\n" + `{"old":` + strings.Replace(r2, "core", "pro", 1) + "}\n" + r3 + "\n", all},
		"a forged license":                       {r1 + "\n" + strings.Replace(damaged, testKey+".e", testKey+".f", 1) + "\n" + r3 + "\n", r1 + "\n" + r3 + "\n"},
		"the same twice":                         {r1 + "\n" + r2 + "\n" + r1 + "\n" + noted + "\n" + r3 + "\n" + r1 + "\n", all},
		"half a character":                       {r1 + "\n" + strings.Replace(r2, "ë", "\xc3", 1) + "\n" + r3 + "\n", all},
		"swapped":                                {r2 + "\n" + r1 + "\n", r2 + "\n" + r1 + "\n"},
		"a license moved":                        {r1 + "\n" + changed(nth(2), func(r *Record) { r.Blob = nth(3).Blob }) + "\n", r1 + "\n" + changed(nth(2), func(r *Record) { r.Blob = nth(3).Blob }) + "\n"},
		"nothing but damage":                     {"x\ny", ""},
		"no end":                                 {r1 + "\n" + r2, r1 + "\n" + r2},
		"a long line":                            {r1 + "\n" + strings.Repeat(r2, 4000) + "\n" + r3 + "\n", r1 + "\n" + r3 + "\n"},
		"many brackets":                          {r1 + "\n" + strings.Repeat(`{"`, 200_000) + r2 + "\n" + r3 + "\n", all},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustHold(t, l, c.before)
			if got != c.after && c.after != "" {
				t.Errorf("the log is\n%s\nwant\n%s", got, c.after)
			}
			if again, err := l.Repair(context.Background(), testJudge(), false, nil); err != nil || !again.IsNothing() || textOf(t, l.Path()) != got {
				t.Errorf("a second repair: %v, %v", again, err)
			}
		})
	}
}

func TestRepairOfALongLogInParts(t *testing.T) {
	var text strings.Builder
	for n := range 2000 {
		line := lineOf(nth(n))
		switch n % 10 {
		case 3:
			line = line[:len(line)-1] // its license can be read
		case 5:
			line += lineOf(nth(n + 500))
		case 7:
			line = lineOf(nth(n - 7))
		}
		text.WriteString(line + "\n")
	}
	var want string
	for _, slots := range []int{1 << 13, 1 << 11, 1 << 10, 100} {
		bounds(t, slots, 5, 5)
		l := logWith(t, text.String())
		done, err := l.Repair(context.Background(), testJudge(), false, nil)
		if err != nil || done.Recovered < 300 || done.Duplicates < 150 {
			t.Fatalf("%+v, %v", done.Recovered, err)
		}
		if want == "" {
			want = textOf(t, l.Path())
		}
		if got := textOf(t, l.Path()); got != want {
			t.Errorf("with %d slots the log is another one", slots)
		}
	}
}

func TestStrictRepairMovesWhatCheckCallsWrong(t *testing.T) {
	edited := changed(nth(1), func(r *Record) { r.Tier, r.Note = "pro", "a note" })
	forged := strings.Replace(lineOf(nth(2)), testKey+".e", testKey+".f", 1)
	other := changed(nth(3), func(r *Record) { r.Product = "other"; *r = signed(*r) })
	moved := changed(nth(4), func(r *Record) { r.Blob = nth(5).Blob })
	old := changed(nth(6), func(r *Record) { r.Blob = "DTLIC1:x" })
	before := strings.Join([]string{edited, forged, other, moved, lineOf(nth(5)), old, ""}, "\n")
	if got := mustHold(t, logOf(t), before); !strings.HasPrefix(got, strings.Join([]string{edited, forged, other, moved}, "\n")) {
		t.Errorf("without strict the log became\n%s", got)
	}
	l := logWith(t, before)
	done, err := l.Repair(context.Background(), testJudge(), true, nil)
	if err != nil || done.SetAside != 4 || done.Recovered != 1 || done.Rebuilt != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if got, want := textOf(t, l.Path()), lineOf(nth(1))+"\n"+lineOf(nth(5))+"\n"+old+"\n"; got != want {
		t.Errorf("the log is\n%s\nwant\n%s", got, want)
	}
	if report := checked(t, l); report.Errors() != 0 {
		t.Errorf("found %s", brief(report.Findings))
	}
}

func TestRepairOfTheRevocations(t *testing.T) {
	l := logWith(t, lineOf(nth(1))+"\n")
	act := Act{LicenseKey: "K-1", Action: Revoke, At: "2026-11-21T12:00:00Z"}
	line := string(act.Append(nil))
	path := RevocationsPath(l.Path())
	put(t, path, line+"\nnonsense\n"+line+"\r\n"+line[:20])
	planned, err := l.Revocations().PlanRepair(context.Background())
	done, err2 := l.Revocations().Repair(context.Background())
	planned.Aside = done.Aside
	if err != nil || err2 != nil || fmt.Sprint(planned) != fmt.Sprint(done) {
		t.Errorf("planned %v, %v; done %v, %v", planned, err, done, err2)
	}
	aside, _ := asides(t, path)
	if got := textOf(t, path); got != line+"\n"+line+"\n" || aside != "nonsense\n"+line[:20] || done.SetAside != 2 || done.Trimmed != 1 {
		t.Errorf("the file is\n%s\nset aside\n%s", got, aside)
	}
	if again, err := l.Revocations().Repair(context.Background()); err != nil || !again.IsNothing() {
		t.Errorf("a second repair: %v, %v", again, err)
	}
}

func TestRepairOfNoLog(t *testing.T) {
	l := on(fsys.OS, logPath(t))
	if done, err := l.Repair(context.Background(), testJudge(), false, nil); err != nil || !done.IsNothing() {
		t.Errorf("%v, %v", done, err)
	}
	if _, err := os.Stat(l.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log was made: %v", err)
	}
}

// Whatever call fails, and wherever the run is killed: the log is the former one or
// the repaired one, no line is lost, and the next repair is whole.
func TestRepairSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	damaged := strings.Replace(lineOf(nth(2)), `"tier":`, `"tier"`, 1)
	before := "\ufeff" + lineOf(nth(1)) + "\n" + damaged + "\nnonsense\n" + lineOf(nth(3)) + lineOf(nth(4)) + "\n" + lineOf(nth(5))[:99]
	after := records(1, 4)
	for kind, fault := range map[string]faultfs.Fault{
		"error": {}, "full disk": {Err: syscall.ENOSPC, Short: true}, "kill": {Crash: true}, "kill, short": {Crash: true, Short: true},
	} {
		for fault.At = 1; ; fault.At++ {
			path := logWith(t, before).Path()
			disk := faultfs.New(fsys.OS, fault)
			done, err := on(disk, path).Repair(context.Background(), testJudge(), false, nil)
			got := textOf(t, path)
			aside, files := asides(t, path)
			where := fmt.Sprintf("%s %d of %q", kind, fault.At, disk.Calls())
			switch {
			case got != before && got != after, err == nil && got != after:
				t.Fatalf("%s: %v, the log is\n%s", where, err, got)
			case got == after:
				nothingLost(t, before, got, aside)
			case err != nil && !fault.Crash && disk.Count(faultfs.OpRename) == 0 && files > 0 && !strings.Contains(err.Error(), "removed again") &&
				!strings.Contains(err.Error(), strconv.Quote(done.Aside)):
				t.Fatalf("%s: %d files are left, and %v", where, files, err)
			}
			if err != nil && strings.Contains(err.Error(), "DTLIC2:") {
				t.Errorf("%s: the error has a license in it", where)
			}
			clean := on(noFault(), path)
			if _, err := clean.Repair(context.Background(), testJudge(), false, nil); err != nil || textOf(t, path) != after {
				t.Fatalf("%s: the next repair: %v, the log is\n%s", where, err, textOf(t, path))
			}
			if disk.Injected() == 0 {
				if fault.At < 25 {
					t.Errorf("%s: only %d faults", kind, fault.At-1)
				}
				break
			}
		}
	}
}

func TestRepairEndsWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	before := records(1, 1500) + "nonsense\n"
	for stop := range 6 { // a batch is looked at, and written, after the other
		l := logWith(t, before)
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		_, err := l.Repair(ctx, testJudge(), false, func(int64, int64) {
			if calls++; calls > stop {
				cancel()
			}
		})
		cancel()
		if err == nil {
			if stop < 2 {
				t.Errorf("it was not interrupted after %d batches", stop)
			}
			return
		}
		if _, files := asides(t, l.Path()); !errors.Is(err, context.Canceled) || textOf(t, l.Path()) != before || files > 0 {
			t.Errorf("stopped after %d batches: %v, %d files", stop, err, files)
		}
	}
}

// Repairs and mints at the same time: each license is in the log once.
func TestRepairWhileOthersMint(t *testing.T) {
	const minters, each = 4, 12
	path := logWith(t, "nonsense\n"+lineOf(nth(1))+"\n").Path()
	ctx := context.Background()
	var minting, repairing sync.WaitGroup
	stop := make(chan struct{})
	for m := range minters {
		minting.Go(func() {
			for n := range each {
				r := nth(100*(m+1) + n)
				if err := on(noFault(), path).Issue(ctx, Issuance{}, func() (Record, error) { return r, nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	repairing.Go(func() {
		// The clock stands still, and so many files of one second are not made.
		for round := range 90 {
			select {
			case <-stop:
				return
			default:
			}
			// There is something to repair each time: another tool's line, written
			// without the lock.
			if f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err == nil {
				fmt.Fprintf(f, "{\"round\":%d}\n", round)
				_ = f.Close()
			}
			if _, err := on(noFault(), path).Repair(ctx, testJudge(), false, nil); err != nil {
				t.Error(err)
			}
			if report, err := on(noFault(), path).Check(ctx, testJudge(), nil); err != nil || report.Counts[Corrupt] > 0 {
				t.Errorf("%v, %v", report, err)
			}
		}
	})
	minting.Wait()
	close(stop)
	repairing.Wait()
	if _, err := on(noFault(), path).Repair(ctx, testJudge(), false, nil); err != nil {
		t.Fatal(err)
	}
	if report := checked(t, on(noFault(), path)); report.Records != minters*each+1 || report.Errors() > 0 {
		t.Errorf("%d records, %s", report.Records, brief(report.Findings))
	}
}
