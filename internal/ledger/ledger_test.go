package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

func on(disk fsys.FS, path string) *Ledger {
	return New(journal.Journal{
		FS: disk, Path: path, OwnDir: true,
		Now: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
	})
}

func logPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "new", "issued.jsonl")
}

// keyed is a sample with this license key and a blob of its own.
func keyed(key string) Record {
	r := sample()
	r.LicenseKey = key
	r.Blob += key
	return r
}

func issue(t *testing.T, l *Ledger, chosen, key string) error {
	t.Helper()
	return l.Issue(context.Background(), Issuance{ChosenKey: chosen}, func() (Record, error) { return keyed(key), nil })
}

func logOf(t *testing.T, lines ...string) *Ledger {
	t.Helper()
	path := logPath(t)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return on(fsys.OS, path)
}

func TestIssueAndFind(t *testing.T) {
	l := on(fsys.OS, logPath(t))
	if entries, err := l.Find("K-1"); err != nil || entries != nil {
		t.Errorf("a missing log: %v, %v", entries, err)
	}
	for _, key := range []string{"K-1", "K-2", "K-1", "K-10"} {
		if err := issue(t, l, "", key); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := l.Find("K-1")
	if err != nil || len(entries) != 2 || entries[0].Line != 1 || entries[1].Line != 3 || entries[1].Record != keyed("K-1") {
		t.Errorf("found %+v, %v", entries, err)
	}
	if want := keyed("K-1").Append(nil); string(entries[0].Raw) != string(want) {
		t.Errorf("raw %q, want %q", entries[0].Raw, want)
	}
	entries, err = l.FindPartial(keyed("K-1").Blob[:22])
	if err != nil || len(entries) != 4 {
		t.Errorf("found %d, %v", len(entries), err)
	}
	entries, err = l.FindPartial(keyed("K-2").Blob)
	if err != nil || len(entries) != 1 || entries[0].Line != 2 {
		t.Errorf("found %+v, %v", entries, err)
	}
	for _, short := range []string{"", keyed("K-1").Blob[:21], "DTLIC1:" + strings.Repeat("A", 40)} {
		if _, err := l.FindPartial(short); !errors.Is(err, ErrShort) {
			t.Errorf("%q: %v", short, err)
		}
	}
}

func TestAChosenKeyIsIssuedOnce(t *testing.T) {
	l := on(fsys.OS, logPath(t))
	if err := issue(t, l, "K-1", "K-1"); err != nil {
		t.Fatal(err)
	}
	built := false
	err := l.Issue(context.Background(), Issuance{ChosenKey: "K-1"}, func() (Record, error) { built = true; return keyed("K-1"), nil })
	if !errors.Is(err, ErrDuplicate) || built || !strings.Contains(err.Error(), `"K-1" stands in line 1`) {
		t.Errorf("signed %v: %v", built, err)
	}
	for _, near := range []string{"K-", "k-1", "K-11", "core"} {
		if err := issue(t, l, near, near); err != nil {
			t.Errorf("%q: %v", near, err)
		}
	}
	if err := issue(t, l, "", "K-1"); err != nil {
		t.Errorf("a renewal: %v", err)
	}
	if err := issue(t, l, "K-3", "K-4"); err == nil {
		t.Error("another key than the chosen one was issued")
	}
	if entries, err := l.Find("K-4"); err != nil || len(entries) != 0 {
		t.Errorf("found %+v, %v", entries, err)
	}
}

func TestSearchingSeesThroughEscapes(t *testing.T) {
	line := string(keyed("K-1").Append(nil))
	escaped := strings.ReplaceAll(line, "K-1", `\u004b-1`)
	renamed := strings.Replace(line, `"license_key"`, `"license\u005fkey"`, 1)
	l := logOf(t, escaped, renamed, line)
	entries, err := l.Find("K-1")
	if err != nil || len(entries) != 3 {
		t.Errorf("found %d, %v", len(entries), err)
	}
	if err := issue(t, logOf(t, escaped), "K-1", "K-1"); !errors.Is(err, ErrDuplicate) {
		t.Errorf("error %v", err)
	}
}

func TestDamagedLines(t *testing.T) {
	good := string(keyed("K-1").Append(nil))
	l := logOf(t, good, "", " \t\r", good[:100], `{"other":"K-2"}`, strings.Repeat("x", journal.MaxLine+1), `\`, good+"\r")
	var bad, lines []int
	for entry, err := range l.Records() {
		if err != nil {
			lineErr, ok := errors.AsType[*journal.LineError](err)
			if !ok || lineErr.Line != entry.Line || lineErr.Path != l.Path() {
				t.Errorf("error %v", err)
			}
			bad = append(bad, entry.Line)
			continue
		}
		lines = append(lines, entry.Line)
	}
	if fmt.Sprint(bad, lines) != "[4 5 6 7] [1 8]" {
		t.Errorf("bad lines %v, records in %v", bad, lines)
	}
	// Line 4 has the key in it, line 6 is too long to tell.
	entries, err := l.Find("K-1")
	if len(entries) != 2 || err == nil || strings.Count(err.Error(), "damaged") != 2 {
		t.Errorf("found %d, %v", len(entries), err)
	}
	if err := issue(t, l, "K-2", "K-2"); err == nil || errors.Is(err, ErrDuplicate) || !strings.Contains(err.Error(), "line 5") {
		t.Errorf("a key in a damaged line: %v", err)
	}
	if err := issue(t, l, "K-3", "K-3"); err != nil {
		t.Errorf("a key in no line: %v", err)
	}
}

func TestReadersStopWhereTheyLike(t *testing.T) {
	good := string(keyed("K-1").Append(nil))
	l := logOf(t, strings.Repeat("x", journal.MaxLine+1), good, "{}", good)
	for stop := 1; stop <= 4; stop++ {
		n := 0
		for range l.Records() {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("stopped at %d, want %d", n, stop)
		}
	}
}

func TestAFailedSignatureLeavesNoTrace(t *testing.T) {
	l := on(fsys.OS, logPath(t))
	cause := errors.New("no key")
	err := l.Issue(context.Background(), Issuance{}, func() (Record, error) { return Record{}, cause })
	if !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	trace := filepath.Dir(l.Path())
	if !fsys.RemovesOpen {
		trace = l.Path() // the directory stays, for its lock file does
	}
	if _, err := os.Stat(trace); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there: %v", trace, err)
	}
}

// What is acknowledged is in the log, whatever fails.
func TestNoLicenseIsShownThatIsNotLogged(t *testing.T) {
	for _, fault := range []faultfs.Fault{{}, {Err: syscall.ENOSPC, Short: true}, {Crash: true}, {Crash: true, Short: true}} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			path := logPath(t)
			if err := issue(t, on(fsys.OS, path), "", "K-0"); err != nil {
				t.Fatal(err)
			}
			disk := faultfs.New(fsys.OS, fault)
			acknowledged := issue(t, on(disk, path), "K-1", "K-1") == nil
			entries, err := on(fsys.OS, path).Find("K-1")
			if err != nil || acknowledged && len(entries) != 1 || !acknowledged && !fault.Crash && len(entries) != 0 {
				t.Errorf("fault %d of %+v: acknowledged %v, logged %d, %v", fault.At, fault, acknowledged, len(entries), err)
			}
			// A killed mint may have been logged; then, and only then, is its key taken.
			err = issue(t, on(fsys.OS, path), "K-1", "K-1")
			if (len(entries) == 0) != (err == nil) || err != nil && !errors.Is(err, ErrDuplicate) {
				t.Errorf("fault %d of %+v: the next mint: %v", fault.At, fault, err)
			}
			if disk.Injected() == 0 {
				break
			}
			injected++
		}
		t.Logf("%d faults", injected)
		if injected < 12 {
			t.Errorf("only %d faults were injected", injected)
		}
	}
}

func TestAWholeLastLineWithoutLineFeedIsARecord(t *testing.T) {
	l := logOf(t, string(keyed("K-0").Append(nil)))
	text := string(keyed("K-1").Append(nil))
	for cut := 1; cut <= len(text); cut++ {
		whole := string(keyed("K-0").Append(nil)) + "\n"
		if err := os.WriteFile(l.Path(), []byte(whole+text[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		want := 0
		if cut == len(text) {
			want = 1
		}
		if entries, err := l.Find("K-1"); err != nil || len(entries) != want {
			t.Errorf("cut at %d: found %d, %v", cut, len(entries), err)
		}
	}
	if err := issue(t, l, "K-1", "K-1"); !errors.Is(err, ErrDuplicate) {
		t.Errorf("error %v", err)
	}
	if err := issue(t, l, "K-2", "K-2"); err != nil {
		t.Fatal(err)
	}
	for entry, err := range l.Records() {
		if err != nil || entry.Record.LicenseKey != fmt.Sprintf("K-%d", entry.Line-1) {
			t.Errorf("line %d: %+v, %v", entry.Line, entry.Record, err)
		}
	}
}

// BenchmarkLog asks a log of 100,000 records, of 60 MB.
func BenchmarkLog(b *testing.B) {
	path := filepath.Join(b.TempDir(), "issued.jsonl")
	var log []byte
	for i := range 100_000 {
		r := keyed(fmt.Sprintf("K-%d", i))
		r.Name, r.Email, r.Blob = "Zoë Q", fmt.Sprintf("holder.%d@example.com", i), r.Blob+strings.Repeat("A", 400)
		log = append(r.Append(log), '\n')
	}
	if err := os.WriteFile(path, log, 0o600); err != nil {
		b.Fatal(err)
	}
	s, err := on(fsys.OS, path).Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for name, q := range map[string]Question{
		"email":   {Word: "Holder.99999@example.com"},
		"key":     {Filter: Filter{LicenseKey: "K-99999"}},
		"name":    {Filter: Filter{Name: "nobody"}},
		"running": {},
		"sorted":  {Sort: ByEmail, Limit: 100},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(s.Size())
			for b.Loop() {
				for _, err := range s.Ask(b.Context(), q) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
	b.Run("stats", func(b *testing.B) {
		b.SetBytes(s.Size())
		for b.Loop() {
			if stats, err := s.Stats(b.Context(), today, nil); err != nil || stats.LicenseKeys != 100_000 {
				b.Fatal(stats, err)
			}
		}
	})
}
