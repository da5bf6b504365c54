package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

func absorbLine(key string) string { return string(keyed(key).Append(nil)) }

func copied(t testing.TB, text string) *Snapshot {
	t.Helper()
	s, err := Copied("the copy", strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mergeCopy merges a copy into a log.
func mergeCopy(t testing.TB, l *Ledger, text string, dry bool) (Merged, error) {
	t.Helper()
	return l.Merge(t.Context(), Merging{Others: []*Snapshot{copied(t, text)}, Copies: true, DryRun: dry})
}

func linesText(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func contentOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

// A copy of the log, such as a backup has: what the log lacks is added behind what it
// has, lines that are no records too, and into an empty log it goes byte for byte.
func TestMergeOfACopy(t *testing.T) {
	long := strings.Repeat("x", journal.MaxLine+1)
	a, b, c := absorbLine("A"), absorbLine("B"), absorbLine("C")
	respaced := strings.ReplaceAll(a, `":"`, `": "`)
	odd := "not a record\n\n" + long + "\n" + linesText(a, a)
	bare := `{"license_key":"A","name":"","email":"","tier":"","issued_at":"","expires_at":"","blob":""}`
	for _, x := range []struct {
		name                       string
		before, other, want        string
		added, duplicates, tooLong int
		torn                       int64
	}{
		{"an older copy", linesText(a, b), linesText(a), linesText(a, b), 0, 1, 0, 0},
		{"a newer copy", linesText(a), linesText(a, b, c), linesText(a, b, c), 2, 1, 0, 0},
		{"two that went apart", linesText(a, b), linesText(a, c), linesText(a, b, c), 1, 1, 0, 0},
		{"another spacing", linesText(a), linesText(respaced), linesText(a), 0, 1, 0, 0},
		{"into nothing, byte for byte", "", odd, odd, 4, 0, 0, 0},
		{"lines of another tool", linesText(a, "{}"), linesText("{}", `{"other":1}`, "  {}  "), linesText(a, "{}", `{"other":1}`), 1, 2, 0, 0},
		{"no blob", linesText(a, bare), linesText(bare, bare+" ", strings.Replace(bare, `"A"`, `"B"`, 1)), linesText(a, bare, strings.Replace(bare, `"A"`, `"B"`, 1)), 1, 2, 0, 0},
		{"a bare blob is not its record", linesText(keyed("A").Blob), linesText(a), linesText(keyed("A").Blob, a), 1, 0, 0, 0},
		{"a line that is too long", linesText(a), long + "\n" + linesText(b), linesText(a, b), 1, 0, 1, 0},
		{"a whole record without its line feed", linesText(a), b, linesText(a, b), 1, 0, 0, 0},
		{"the same into nothing", "", a + "\n" + b, linesText(a, b), 2, 0, 0, 0},
		{"both without a line feed", a, b, linesText(a, b), 1, 0, 0, 0},
		{"an unfinished record", linesText(a), linesText(b) + c[:20], linesText(a, b), 1, 0, 0, 20},
		{"the same into nothing", "", linesText(b) + c[:20], linesText(b), 1, 0, 0, 20},
		{"nothing", linesText(a), "", linesText(a), 0, 0, 0, 0},
		{"nothing into nothing", "", "", "", 0, 0, 0, 0},
	} {
		path := logPath(t)
		if x.before != "" {
			if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(x.before), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		l := on(faultfs.New(fsys.OS, faultfs.Fault{}), path)
		dry, err := mergeCopy(t, l, x.other, true)
		if err != nil || contentOf(t, path) != x.before {
			t.Errorf("%s, dry: %+v, %v", x.name, dry, err)
		}
		done, err := mergeCopy(t, l, x.other, false)
		if err != nil || contentOf(t, path) != x.want || !reflect.DeepEqual(done, dry) {
			t.Errorf("%s: %+v, %v; %d bytes", x.name, done, err, len(contentOf(t, path)))
		}
		if o := done.Others[0]; done.Added != x.added || done.Duplicates != x.duplicates || o.TooLong != x.tooLong || o.Torn != x.torn || done.ConflictCount > 0 {
			t.Errorf("%s: %+v", x.name, done)
		}
		again, err := mergeCopy(t, l, x.other, false)
		if err != nil || again.Added != 0 || contentOf(t, path) != x.want {
			t.Errorf("%s, again: %+v, %v", x.name, again, err)
		}
	}
}

// What does not fit together is listed as of any other log, and kept.
func TestMergeOfACopyListsConflicts(t *testing.T) {
	damaged := "neither here\n"
	l, _ := logsOf(t, damaged+logText([]string{"A a 01", "B b 01 note x"}))
	done, err := mergeCopy(t, l, "nor there\n"+logText([]string{"A c 02 of Bob", "B b 01 note y"})+damaged, false)
	want := damaged + logText([]string{"A a 01", "B b 01 note x"}) + "nor there\n" + logText([]string{"A c 02 of Bob"})
	if got := contentOf(t, l.Path()); err != nil || got != want {
		t.Errorf("%v, the log is\n%s", err, got)
	}
	if got := conflictsOf(&done); got != "other_holder A 0:2 the copy:2; other_members B 0:3 the copy:3" || done.Damaged == nil {
		t.Errorf("%s; %v", got, done.Damaged)
	}
}

func TestMergeOfCopiedRevocations(t *testing.T) {
	line := func(key, at string, revoked bool) string {
		return fmt.Sprintf(`{"license_key":%q,"at":"2026-11-%sT12:00:00Z","revoked":%v}`, key, at, revoked)
	}
	a, b, c, d := line("K", "01", true), line("K", "02", false), line("K", "03", true), line("L", "04", true)
	odd, long := `{"license_key":"M"}`, strings.Repeat("x", journal.MaxLine+1)
	whole := actLineOf("M", Revoke, 1)
	for _, x := range []struct{ name, before, other, want string }{
		{"into nothing", "", linesText(a, b), linesText(a, b)},
		{"a newer copy", linesText(a), linesText(a, b, c), linesText(a, b, c)},
		{"an older copy", linesText(a, b, c), linesText(a), linesText(a, b, c)},
		{"between", linesText(a, c), linesText(b), linesText(a, b, c)},
		{"woven", linesText(a, c), linesText(b, d), linesText(a, b, c, d)},
		{"before all", linesText(c), linesText(a, b), linesText(a, b, c)},
		{"without a time", linesText(odd, c), linesText(b), linesText(odd, b, c)},
		{"into nothing, byte for byte", "", c + "\n\n" + linesText(a, a, long) + "x", c + "\n\n" + linesText(a, a, long)},
		{"a line that is too long", linesText(a), linesText(b, long), linesText(a, b)},
		{"a whole act without its line feed", linesText(a), whole[:len(whole)-1], linesText(a) + whole},
		{"nothing but blank lines", "", "\n \n", ""},
	} {
		path := filepath.Join(t.TempDir(), "revoked.jsonl")
		if x.before != "" {
			if err := os.WriteFile(path, []byte(x.before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r := on(faultfs.New(fsys.OS, faultfs.Fault{}), filepath.Join(filepath.Dir(path), "issued.jsonl")).Revocations()
		for _, dry := range []bool{true, false, false} {
			want := x.want
			if dry {
				want = x.before
			}
			other := CopiedRevocations("the copy", strings.NewReader(x.other), int64(len(x.other)))
			if _, err := r.Merge(t.Context(), MergingActs{Others: []journal.View{other.View}, Copies: true, DryRun: dry}); err != nil || contentOf(t, path) != want {
				t.Errorf("%s: %v\n%s", x.name, err, contentOf(t, path))
			}
		}
	}
}

// Whatever call fails, the log has what it had, or all of both; and the next try
// makes it complete.
func TestMergeOfACopySurvivesEveryFault(t *testing.T) {
	t.Parallel()
	before, other := linesText(absorbLine("A"), absorbLine("B")), linesText(absorbLine("B"), absorbLine("C"))
	want := linesText(absorbLine("A"), absorbLine("B"), absorbLine("C"))
	for kind, fault := range map[string]faultfs.Fault{
		"error": {Err: syscall.EIO}, "full disk": {Err: syscall.ENOSPC, Short: true}, "kill": {Crash: true}, "kill, short": {Crash: true, Short: true},
	} {
		injected := 0
		for fault.At = 1; ; fault.At++ {
			l := logOf(t, absorbLine("A"), absorbLine("B"))
			disk := faultfs.New(fsys.OS, fault)
			_, err := mergeCopy(t, on(disk, l.Path()), other, false)
			got := contentOf(t, l.Path())
			if got != before && got != want || err == nil && got != want {
				t.Errorf("%s at %d: %v, and the log holds %q", kind, fault.At, err, got)
			}
			l = on(faultfs.New(fsys.OS, faultfs.Fault{}), l.Path())
			if _, err := mergeCopy(t, l, other, false); err != nil || contentOf(t, l.Path()) != want {
				t.Errorf("%s at %d: the next try: %v", kind, fault.At, err)
			}
			if disk.Injected() == 0 {
				break
			}
			injected++
		}
		if injected < 15 {
			t.Errorf("%s: only %d faults", kind, injected)
		}
	}
}

func TestMergeOfACopyThatCannotBeRead(t *testing.T) {
	broken := errors.New("broken disk")
	if _, err := Copied("the copy", failingAt{broken}, 100); !errors.Is(err, broken) {
		t.Errorf("a copy that cannot be read: %v", err)
	}
}

type failingAt struct{ err error }

func (f failingAt) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func BenchmarkMergeOfACopy(b *testing.B) {
	var text bytes.Buffer
	for n := range 20_000 {
		text.Write(keyed(fmt.Sprintf("K-%08d", n)).Append(nil))
		text.WriteByte('\n')
	}
	path := filepath.Join(b.TempDir(), "issued.jsonl")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	l := on(fsys.OS, path)
	b.SetBytes(2 * int64(text.Len()))
	for b.Loop() {
		if _, err := mergeCopy(b, l, text.String(), true); err != nil {
			b.Fatal(err)
		}
	}
}
