package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// keeping copies the lines that stand in the journal and adds one.
func (f *fixture) keeping(line string) error {
	return f.Rewrite(context.Background(), func(existing View, w io.Writer) error {
		if err := existing.CopyTo(w); err != nil {
			return err
		}
		_, err := io.WriteString(w, line+"\n")
		return err
	})
}

// A replacement that fails at any call, or is killed there, leaves the former
// journal or the new one, and a next run that works.
func TestRewriteSurvivesEveryFault(t *testing.T) {
	for _, s := range scenarios {
		for kind, fault := range kinds {
			t.Run(s.name+"/"+kind, func(t *testing.T) {
				for fault.At = 1; ; fault.At += stride() {
					disk := faultfs.New(fsys.OS, fault)
					s.replace(t, disk, fault.Crash)
					if t.Failed() {
						t.Fatalf("call %d of %q", fault.At, disk.Calls())
					}
					if disk.Injected() == 0 {
						break
					}
				}
				if fault.At <= s.faults {
					t.Errorf("only %d faults were injected", fault.At-1)
				}
			})
		}
	}
}

// replace tries a replacement with a fault in it, and then a second one and an
// update without.
func (s scenario) replace(t *testing.T, disk *faultfs.FS, crash bool) {
	top, path := placeFor(t, s.sub, s.before)
	if s.before != absent {
		if err := os.Chmod(path, s.mode); err != nil {
			t.Fatal(err)
		}
	}
	err := newFixture(disk, path).keeping("<new>")
	all := append(append([]string(nil), s.records...), "<new>")
	clean := newFixture(noFault(), path)
	got := fmt.Sprint(clean.lines(t))
	isOld, isNew := got == fmt.Sprint(s.records), got == fmt.Sprint(all)
	switch {
	case err == nil && !isNew:
		t.Errorf("success, but the records are %s", got)
	case err == nil && disk.Count(faultfs.OpSync) == 0:
		t.Error("success without an fsync")
	case !isOld && !isNew:
		t.Errorf("the records are %s", got)
	case isNew && err != nil && !crash && !strings.Contains(err.Error(), "was replaced"):
		t.Errorf("the journal is the new one, and the error does not say so: %v", err)
	case isOld && err != nil && !crash:
		s.checkUnchanged(t, top, path)
	}
	if err := clean.keeping("<next>"); err != nil {
		t.Fatalf("the next replacement: %v", err)
	}
	if err := clean.add("<last>"); err != nil {
		t.Fatalf("the next update: %v", err)
	}
	want := strings.Trim(strings.TrimSuffix(got, "]")+" <next> <last>]", "[] ")
	if after := strings.Trim(fmt.Sprint(clean.lines(t)), "[]"); after != want {
		t.Errorf("after a next replacement and an update the records are %s, want %s", after, want)
	}
	s.checkTail(t, path)
	for _, name := range strings.Fields(names(t, filepath.Dir(path))) {
		if name != "issued.jsonl" && name != "issued.jsonl.lock" && !strings.Contains(name, ".torn-") {
			t.Errorf("left behind: %s", name)
		}
	}
}

// What cannot be cleaned up again is said, and cleaned up by the next.
func TestARewriteSaysWhatItLeaves(t *testing.T) {
	path := logIn(t)
	write(t, path, "<1>\n")
	disk := faultfs.New(fsys.OS, faultfs.Fault{At: 1, Op: faultfs.OpSync, Crash: true})
	err := newFixture(disk, path).keeping("<2>")
	if err == nil || !strings.Contains(err.Error(), "could not be removed again") {
		t.Errorf("error %v", err)
	}
	if left := names(t, filepath.Dir(path)); !strings.Contains(left, ".issued.jsonl.dtlic-new") {
		t.Errorf("left: %s", left)
	}
	if err := newFixture(noFault(), path).keeping("<2>"); err != nil || read(t, path) != "<1>\n<2>\n" {
		t.Errorf("the next: %v", err)
	}
	if left := names(t, filepath.Dir(path)); left != "issued.jsonl issued.jsonl.lock" {
		t.Errorf("left: %s", left)
	}
}

func TestARewriteMayKeepTheJournal(t *testing.T) {
	broken := errors.New("broken")
	for _, answer := range []error{ErrKeep, fmt.Errorf("nothing to do: %w", ErrKeep), broken} {
		for _, before := range []string{absent, "", "<1>\n", "<1>"} {
			top, path := placeFor(t, "new", absent)
			if before != absent {
				if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				write(t, path, before)
			}
			f := newFixture(noFault(), path)
			err := f.Rewrite(context.Background(), func(_ View, w io.Writer) error {
				if _, err := io.WriteString(w, "<2>\n"); err != nil {
					return err
				}
				return answer
			})
			if wantErr := answer == broken; (err != nil) != wantErr || wantErr && !errors.Is(err, broken) {
				t.Errorf("%v: error %v", answer, err)
			}
			if before == absent {
				if left := names(t, top); left != "own" && fsys.RemovesOpen {
					t.Errorf("%v: left %s", answer, left)
				}
				continue
			}
			if got := read(t, path); got != before {
				t.Errorf("%v: the journal holds %q, want %q", answer, got, before)
			}
		}
	}
}

// A full record without its line feed gets one in the copy.
func TestARewriteEndsTheLastLine(t *testing.T) {
	path := logIn(t)
	write(t, path, "<1>\n<2>")
	f := newFixture(noFault(), path)
	if err := f.keeping("<3>"); err != nil || read(t, path) != "<1>\n<2>\n<3>\n" || len(f.warnings) != 0 {
		t.Errorf("%q, %v, %q", read(t, path), err, f.warnings)
	}
}

func TestARewriteRefusesWhatIsNoFileOfOurs(t *testing.T) {
	path := logIn(t)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := newFixture(noFault(), path).keeping("<1>"); !errors.Is(err, ErrRefused) {
		t.Errorf("a directory: %v", err)
	}
}

// A full disk in the middle of a long replacement is an error, and no more.
func TestARewriteOntoAFullDisk(t *testing.T) {
	path := logIn(t)
	before := strings.Repeat(record(1)+"\n", 40000)
	write(t, path, before)
	disk := faultfs.New(fsys.OS, faultfs.Fault{At: 2, Op: faultfs.OpWrite, Err: syscall.ENOSPC, Short: true})
	err := newFixture(disk, path).keeping("<2>")
	if !errors.Is(err, syscall.ENOSPC) || read(t, path) != before {
		t.Errorf("error %v, %d bytes", err, len(read(t, path)))
	}
	if left := names(t, filepath.Dir(path)); left != "issued.jsonl" && fsys.RemovesOpen {
		t.Errorf("left: %s", left)
	}
}

// Writers, replacements and readers at once: nobody's record is lost, and a
// reader never sees fewer than before.
func TestRewritesAmongWritersAndReaders(t *testing.T) {
	rounds := 40 / stride()
	path := filepath.Join(t.TempDir(), "new", "issued.jsonl")
	var work, look sync.WaitGroup
	for w := range 6 {
		work.Go(func() {
			for i := range rounds {
				f := newFixture(noFault(), path)
				change := f.add
				if w < 2 {
					change = func(lines ...string) error { return f.keeping(lines[0]) }
				}
				if err := change(fmt.Sprintf("<%d.%d>", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	stop := make(chan struct{})
	look.Go(func() {
		for last := 0; ; {
			got := newFixture(noFault(), path).lines(t)
			if len(got) < last {
				t.Errorf("a reader has %d lines after %d", len(got), last)
			}
			last = len(got)
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	work.Wait()
	close(stop)
	look.Wait()
	seen := make(map[string]int)
	for _, line := range newFixture(noFault(), path).lines(t) {
		seen[line]++
	}
	for w := range 6 {
		for i := range rounds {
			if line := fmt.Sprintf("<%d.%d>", w, i); seen[line] != 1 {
				t.Errorf("%s is there %d times", line, seen[line])
			}
		}
	}
}

// Nothing of ours holds the former file open while it is replaced: not every
// Windows takes that.
func TestARewriteClosesTheFormerFirst(t *testing.T) {
	if fsys.RemovesOpen {
		t.Skip("here it stays open, and locked, until it is replaced")
	}
	path := logIn(t)
	write(t, path, "<1>\n")
	disk := faultfs.New(fsys.OS, faultfs.Fault{})
	if err := newFixture(disk, path).keeping("<2>"); err != nil {
		t.Fatal(err)
	}
	calls := disk.Calls()
	closed := slices.Index(calls, faultfs.OpClose+" "+path)
	if renamed := slices.Index(calls, faultfs.OpRename+" "+path); closed < 0 || closed > renamed {
		t.Errorf("it is open when it is replaced: %q", calls)
	}
}

// A snapshot keeps what it had while the journal is replaced under it.
func TestASnapshotOutlivesARewrite(t *testing.T) {
	if !fsys.RemovesOpen {
		t.Skip("not every Windows replaces a file that is open")
	}
	path := logIn(t)
	write(t, path, "<1>\n")
	f := newFixture(noFault(), path)
	s, err := f.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := f.rewrite("<2>\n<3>\n"); err != nil {
		t.Fatal(err)
	}
	for line, err := range s.Lines() {
		if err != nil || string(line.Raw) != "<1>" {
			t.Errorf("%q, %v", line.Raw, err)
		}
	}
}

// Files that a person gave names like those of our own are left where they are.
func TestARewriteRemovesNobodysFile(t *testing.T) {
	path := logIn(t)
	write(t, path, "<1>\n")
	for _, name := range []string{path + ".new", path + ".replaced"} {
		write(t, name, "mine")
	}
	f := newFixture(noFault(), path)
	if err := f.rewrite("<2>\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.add("<3>"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path + ".new", path + ".replaced"} {
		if got := read(t, name); got != "mine" {
			t.Errorf("%q holds %q", name, got)
		}
	}
	if got := read(t, path); got != "<2>\n<3>\n" {
		t.Errorf("the log holds %q", got)
	}
}

// What a program without our lock writes while a Rewrite is under way is not lost:
// the Rewrite is off, whether the size shows it or not.
func TestARewriteNoticesAnotherWriter(t *testing.T) {
	for name, theirs := range map[string]struct {
		text  string
		write func(t *testing.T, path, text string)
	}{
		"a line more":       {"<1>\n<theirs>\n", write},
		"a line changed":    {"<9>\n", write},
		"the file replaced": {"<9>\n", replaceKeepingTime},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "the file replaced" && !fsys.RemovesOpen {
				t.Skip("not every Windows replaces a file that is open")
			}
			path := logIn(t)
			write(t, path, "<1>\n")
			// Long ago: a change within one tick of the clock does not show.
			if err := os.Chtimes(path, time.Time{}, time.Unix(1_700_000_000, 0)); err != nil {
				t.Fatal(err)
			}
			err := newFixture(noFault(), path).Rewrite(context.Background(), func(_ View, w io.Writer) error {
				theirs.write(t, path, theirs.text)
				_, err := io.WriteString(w, "<2>\n")
				return err
			})
			if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), strconv.Quote(path)) {
				t.Errorf("error %v", err)
			}
			if got, left := read(t, path), names(t, filepath.Dir(path)); got != theirs.text || left != "issued.jsonl" && (fsys.RemovesOpen || left != "issued.jsonl issued.jsonl.lock") {
				t.Errorf("the log holds %q, and there are %s", got, left)
			}
		})
	}
}

// replaceKeepingTime puts another file of the same age into a file's place.
func replaceKeepingTime(t *testing.T, path, text string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path+".new", text)
	if err := os.Chtimes(path+".new", time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// An unfinished line that the Rewrite itself cuts off is no other writer's.
func TestARewriteKnowsItsOwnCut(t *testing.T) {
	path := logIn(t)
	write(t, path, "<1>\n<2")
	if err := os.Chtimes(path, time.Time{}, time.Unix(1_700_000_000, 0)); err != nil {
		t.Fatal(err)
	}
	if err := newFixture(noFault(), path).keeping("<3>"); err != nil || read(t, path) != "<1>\n<3>\n" {
		t.Errorf("%v, the log holds %q", err, read(t, path))
	}
}
