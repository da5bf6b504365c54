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

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

// actsOf writes the revocations of several logs.
func actsOf(t *testing.T, texts ...string) (all []*Revocations) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "own")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		path := filepath.Join(dir, string(rune('a'+i)))
		r := on(faultfs.New(fsys.OS, faultfs.Fault{}), path).Revocations()
		if text != "" {
			if err := os.WriteFile(r.Path(), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, r)
	}
	return all
}

// mergeActs merges all others into the first.
func mergeActs(t *testing.T, all []*Revocations, dry bool) (added int, err error) {
	t.Helper()
	return mergeActsUntil(t.Context(), t, all, dry)
}

func mergeActsUntil(ctx context.Context, t *testing.T, all []*Revocations, dry bool) (added int, err error) {
	t.Helper()
	what := MergingActs{DryRun: dry}
	for _, other := range all[1:] {
		s, err := other.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		what.Others = append(what.Others, s.View)
	}
	done, err := all[0].Merge(ctx, what)
	return done.Added, err
}

func actLineOf(key string, action Action, second int) string {
	a := act(key, action, second)
	return string(a.Append(nil)) + "\n"
}

func TestMergeActs(t *testing.T) {
	k1, k2, undo := actLineOf("K-1", Revoke, 1), actLineOf("K-2", Revoke, 2), actLineOf("K-1", Unrevoke, 3)
	spaced := strings.ReplaceAll(k2, `":"`, `" : "`)
	for _, c := range []struct {
		name         string
		ours, theirs string
		want         string
		added        int
	}{
		{"none", "", "", "", 0},
		{"into none", "", k1 + k2, k1 + k2, 2},
		{"none into some", k1, "", k1, 0},
		{"the same", k1 + k2, k2 + k1, k1 + k2, 0},
		{"by their times", k1 + undo, k2, k1 + k2 + undo, 1},
		{"the last one counts, whoever made it", undo, k1, k1 + undo, 1},
		{"twice there", k1, k2 + k2, k1 + k2, 1},
		{"byte for byte", k1, spaced, k1 + spaced, 1},
		{"what is out of order here stays so", k2 + k1, undo, k2 + k1 + undo, 1},
		{"behind the last that is no later", undo + k1, k2, undo + k1 + k2, 1},
		{"what is damaged here stays behind its neighbor", "x\n" + k1 + "y\n" + undo, k2, "x\n" + k1 + "y\n" + k2 + undo, 1},
		{"torn there", k1, k2 + k2[:20], k1 + k2, 1},
	} {
		r := actsOf(t, c.ours, c.theirs)
		added, err := mergeActs(t, r, true)
		if got := mergedText(t, r[0].Path()); err != nil || added != c.added || got != c.ours {
			t.Errorf("%s: a dry run adds %d, %v, and leaves %q", c.name, added, err, got)
		}
		added, err = mergeActs(t, r, false)
		if got := mergedText(t, r[0].Path()); err != nil || added != c.added || got != c.want {
			t.Errorf("%s: %d added, %v, the file is\n%swant\n%s", c.name, added, err, got, c.want)
		}
	}
}

// longActs are many acts, each about as long as a line may be.
func longActs(n int) (text string) {
	reason := strings.Repeat("x", 1<<20-1000)
	for i := range n {
		text += strings.Replace(actLineOf(fmt.Sprint("K-", i), Revoke, 1), `"reason":"`, `"reason":"`+reason, 1)
	}
	return text
}

func TestMergeActsRefuses(t *testing.T) {
	t.Parallel()
	k1 := actLineOf("K-1", Revoke, 1)
	long := strings.Repeat("x", journal.MaxLine+1) + "\n"
	for name, c := range map[string]struct{ ours, theirs, want string }{
		"no act":           {k1, k1 + "x\n", "line 2 of"},
		"a license":        {k1, licensed("A a 01") + "\n", "line 1 of"},
		"many":             {k1, strings.Repeat("x\n", 12), "and 7 more lines like these"},
		"too long there":   {k1, long, "too long"},
		"too long here":    {k1 + long, actLineOf("K-2", Revoke, 2), "too long"},
		"more than memory": {k1, longActs(65), "more than can be merged"},
	} {
		r := actsOf(t, c.ours, c.theirs)
		_, err := mergeActs(t, r, false)
		if got := mergedText(t, r[0].Path()); err == nil || !strings.Contains(err.Error(), c.want) || got != c.ours {
			t.Errorf("%s: %v, %d bytes are left", name, err, len(got))
		}
	}
}

func TestMergeActsFaults(t *testing.T) {
	t.Parallel()
	ours, theirs := actLineOf("K-1", Revoke, 1), actLineOf("K-2", Revoke, 2)
	for kind, fault := range map[string]faultfs.Fault{"full disk": {Err: syscall.ENOSPC, Short: true}, "kill, short": {Crash: true, Short: true}} {
		for fault.At = 1; ; fault.At++ {
			r := actsOf(t, ours, theirs)
			disk := faultfs.New(fsys.OS, fault)
			dir := filepath.Dir(r[0].Path())
			_, err := mergeActs(t, []*Revocations{on(disk, filepath.Join(dir, "a")).Revocations(), r[1]}, false)
			got := mergedText(t, r[0].Path())
			if err == nil && got != ours+theirs || got != ours && got != ours+theirs {
				t.Fatalf("%s at call %d of %q: %v, the file is %q", kind, fault.At, disk.Calls(), err, got)
			}
			if _, err := mergeActs(t, r, false); err != nil || mergedText(t, r[0].Path()) != ours+theirs {
				t.Fatalf("%s at call %d of %q: the next merge: %v", kind, fault.At, disk.Calls(), err)
			}
			if disk.Injected() == 0 {
				break
			}
		}
	}
}

// TestMergeActsIsInterrupted: what waits for a lock can be interrupted.
func TestMergeActsIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := actsOf(t, "", actLineOf("K-1", Revoke, 1))
	held, release := make(chan bool), make(chan bool)
	go func() {
		_ = r[0].journal.Update(t.Context(), func(journal.View) ([][]byte, error) {
			held <- true
			<-release
			return nil, nil
		})
		held <- false
	}()
	<-held
	if _, err := mergeActsUntil(ctx, t, r, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	release <- true
	<-held
}
