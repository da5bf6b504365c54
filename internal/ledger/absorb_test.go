package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

func absorbLine(key string) string { return string(keyed(key).Append(nil)) }

func viewOf(text string) journal.View {
	return journal.NewView("the copy", strings.NewReader(text), int64(len(text)))
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

func TestAbsorb(t *testing.T) {
	long := strings.Repeat("x", journal.MaxLine+1)
	respaced := strings.ReplaceAll(absorbLine("A"), `":"`, `": "`)
	for _, c := range []struct {
		name                string
		before, other, want string
		done                Absorbed
	}{
		{"an older copy", linesText(absorbLine("A"), absorbLine("B")), linesText(absorbLine("A")), linesText(absorbLine("A"), absorbLine("B")), Absorbed{Known: 1}},
		{"a newer copy", linesText(absorbLine("A")), linesText(absorbLine("A"), absorbLine("B"), absorbLine("C")), linesText(absorbLine("A"), absorbLine("B"), absorbLine("C")), Absorbed{Added: 2, Known: 1}},
		{"two that went apart", linesText(absorbLine("A"), absorbLine("B")), linesText(absorbLine("A"), absorbLine("C")), linesText(absorbLine("A"), absorbLine("B"), absorbLine("C")), Absorbed{Added: 1, Known: 1}},
		{"another spacing", linesText(absorbLine("A")), linesText(respaced), linesText(absorbLine("A")), Absorbed{Known: 1}},
		{"into nothing, byte for byte", "", "not a record\n\n" + long + "\n" + linesText(absorbLine("A"), absorbLine("A")), "not a record\n\n" + long + "\n" + linesText(absorbLine("A"), absorbLine("A")), Absorbed{Added: 4}},
		{"lines of another tool", linesText(absorbLine("A"), "{}"), linesText("{}", `{"other":1}`, "  {}  "), linesText(absorbLine("A"), "{}", `{"other":1}`), Absorbed{Added: 1, Known: 2}},
		{"a line that is too long", linesText(absorbLine("A")), long + "\n" + linesText(absorbLine("B")), linesText(absorbLine("A"), absorbLine("B")), Absorbed{Added: 1, TooLong: 1}},
		{"no last line feed", absorbLine("A"), absorbLine("B"), linesText(absorbLine("A")), Absorbed{}},
		{"nothing", linesText(absorbLine("A")), "", linesText(absorbLine("A")), Absorbed{}},
		{"nothing into nothing", "", "", "", Absorbed{}},
	} {
		path := logPath(t)
		if c.before != "" {
			if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(c.before), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		l := on(faultfs.New(fsys.OS, faultfs.Fault{}), path)
		if c.name == "no last line feed" {
			c.want = c.before // nothing is to be added, so it is not touched
		}
		if done, err := l.Absorb(t.Context(), viewOf(c.other), true); err != nil || done != c.done || contentOf(t, path) != c.before {
			t.Errorf("%s, dry: %+v, %v", c.name, done, err)
		}
		if done, err := l.Absorb(t.Context(), viewOf(c.other), false); err != nil || done != c.done || contentOf(t, path) != c.want {
			t.Errorf("%s: %+v, %v; %d bytes", c.name, done, err, len(contentOf(t, path)))
		}
		again, err := l.Absorb(t.Context(), viewOf(c.other), false)
		if err != nil || again.Added != 0 || contentOf(t, path) != c.want {
			t.Errorf("%s, again: %+v, %v", c.name, again, err)
		}
	}
}

func TestAbsorbRevocations(t *testing.T) {
	line := func(key, at string, revoked bool) string {
		return fmt.Sprintf(`{"license_key":%q,"at":"2026-11-%sT12:00:00Z","revoked":%v}`, key, at, revoked)
	}
	a, b, c, d := line("K", "01", true), line("K", "02", false), line("K", "03", true), line("L", "04", true)
	odd := `{"license_key":"M"}`
	for _, x := range []struct{ name, before, other, want string }{
		{"into nothing", "", linesText(a, b), linesText(a, b)},
		{"a newer copy", linesText(a), linesText(a, b, c), linesText(a, b, c)},
		{"an older copy", linesText(a, b, c), linesText(a), linesText(a, b, c)},
		{"between", linesText(a, c), linesText(b), linesText(a, b, c)},
		{"woven", linesText(a, c), linesText(b, d), linesText(a, b, c, d)},
		{"before all", linesText(c), linesText(a, b), linesText(a, b, c)},
		{"without a time", linesText(odd, c), linesText(b), linesText(odd, b, c)},
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
			if _, err := r.Absorb(t.Context(), viewOf(x.other), dry); err != nil || contentOf(t, path) != want {
				t.Errorf("%s: %v\n%s", x.name, err, contentOf(t, path))
			}
		}
	}
}

// Whatever call fails, the log has what it had, or all of both; and the next try
// makes it complete.
func TestAbsorbSurvivesEveryFault(t *testing.T) {
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
			_, err := on(disk, l.Path()).Absorb(t.Context(), viewOf(other), false)
			got := contentOf(t, l.Path())
			if got != before && got != want || err == nil && got != want {
				t.Errorf("%s at %d: %v, and the log holds %q", kind, fault.At, err, got)
			}
			l = on(faultfs.New(fsys.OS, faultfs.Fault{}), l.Path())
			if _, err := l.Absorb(t.Context(), viewOf(other), false); err != nil || contentOf(t, l.Path()) != want {
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

func TestAbsorbEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := logOf(t, absorbLine("A"))
	for _, dry := range []bool{true, false} {
		if _, err := l.Absorb(ctx, viewOf(linesText(absorbLine("B"))), dry); !errors.Is(err, context.Canceled) {
			t.Errorf("dry %v: %v", dry, err)
		}
	}
	if got := contentOf(t, l.Path()); got != linesText(absorbLine("A")) {
		t.Errorf("the log holds %q", got)
	}
	broken := errors.New("broken disk")
	other := journal.NewView("the copy", failingAt{broken}, 100)
	if _, err := l.Absorb(t.Context(), other, false); !errors.Is(err, broken) {
		t.Errorf("a copy that cannot be read: %v", err)
	}
}

type failingAt struct{ err error }

func (f failingAt) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func BenchmarkAbsorb(b *testing.B) {
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
		if _, err := l.Absorb(b.Context(), viewOf(text.String()), true); err != nil {
			b.Fatal(err)
		}
	}
}
