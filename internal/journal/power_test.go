package journal

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/fsys/powerfs"
)

// TestPowerLoss kills a run at each of its calls, lets a next one append, and
// cuts the power right behind its answer: what any of them acknowledged is there,
// on a disk that keeps no more than what was asked of it.
func TestPowerLoss(t *testing.T) {
	add := func(line string) step { return func(f *fixture) error { return f.add(line) } }
	rewrite := func(lines string) step { return func(f *fixture) error { return f.rewrite(lines) } }
	stories := []struct {
		name   string
		before string
		sub    string
		steps  []step
		// want are the records after each number of steps, and kills the least
		// number of kills.
		want  []string
		kills int
	}{
		{"a first record", absent, "new/newer", []step{add("<1>")}, []string{"", "<1>\n"}, 12},
		{"two records", absent, "own", []step{add("<1>"), add("<2>")}, []string{"", "<1>\n", "<1>\n<2>\n"}, 15},
		{"an unfinished line", "<1>\n<to", "own", []step{add("<2>")}, []string{"<1>\n", "<1>\n<2>\n"}, 15},
		{"an unfinished line and a replacement", "<1>\n<to", "own", []step{rewrite("<2>\n")}, []string{"<1>\n", "<2>\n"}, 20},
		{"a replacement", "<1>\n<2>\n", "own", []step{rewrite("<3>\n")}, []string{"<1>\n<2>\n", "<3>\n"}, 12},
		{
			"a replacement of nothing", absent, "new/newer",
			[]step{rewrite("<1>\n"), add("<2>")},
			[]string{"", "<1>\n", "<1>\n<2>\n"},
			20,
		},
		{
			"records and replacements", "<1>\n", "own",
			[]step{add("<2>"), rewrite("<2>\n<1>\n"), add("<3>"), rewrite("<3>\n")},
			[]string{"<1>\n", "<1>\n<2>\n", "<2>\n<1>\n", "<2>\n<1>\n<3>\n", "<3>\n"},
			45,
		},
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			for at := 1; ; at += stride() {
				top, path := placeFor(t, s.sub, s.before)
				disk, err := powerfs.New(top)
				if err != nil {
					t.Fatal(err)
				}
				faulty := faultfs.New(disk, faultfs.Fault{At: at, Crash: true})
				done := 0
				for _, step := range s.steps {
					if step(newFixture(faulty, path)) != nil {
						break
					}
					done++
				}
				_, tail := cutLast(s.before)
				p := powerCut{t, disk, top, path, tail, fmt.Sprintf("killed at call %d of %q", at, faulty.Calls())}
				p.isOneOf(s.want[done:min(done+2, len(s.want))])
				next := newFixture(disk, path)
				if err := next.add("<next>"); err != nil {
					t.Fatalf("%s: the next update: %v", p.when, err)
				}
				p.isOneOf([]string{read(t, path)})
				if t.Failed() {
					return
				}
				if faulty.Injected() == 0 {
					if at <= s.kills {
						t.Errorf("only %d kills", at-1)
					}
					return
				}
			}
		})
	}
}

// step is something that is done to a journal.
type step func(*fixture) error

// rewrite replaces a journal by these lines.
func (f *fixture) rewrite(lines string) error {
	return f.Rewrite(context.Background(), func(_ View, w io.Writer) error {
		_, err := io.WriteString(w, lines)
		return err
	})
}

// placeFor makes a directory with a journal in it.
func placeFor(t *testing.T, sub, before string) (top, path string) {
	t.Helper()
	top = t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(top, sub, "issued.jsonl")
	if before != absent {
		write(t, path, before)
	}
	return top, path
}

// powerCut looks at what the disk has of a journal.
type powerCut struct {
	t         *testing.T
	disk      *powerfs.FS
	top, path string
	tail      string // an unfinished line that stood there first
	when      string
}

// cutLast cuts a text behind its last line feed.
func cutLast(text string) (lines, tail string) {
	if text == absent {
		return "", ""
	}
	end := strings.LastIndexByte(text, '\n') + 1
	return text[:end], text[end:]
}

// isOneOf makes sure that a reader has one of these texts, whatever of that
// which was not made durable is left.
func (p powerCut) isOneOf(want []string) {
	p.t.Helper()
	random := rand.New(rand.NewPCG(1, 0))
	name := filepath.ToSlash(p.path[len(p.top)+1:])
	for _, r := range []*rand.Rand{nil, random, random, random, random} {
		left := p.disk.Cut(r)
		got, tail := cutLast(string(left[name]))
		if !slices.Contains(want, got) {
			p.t.Errorf("%s: a power loss leaves %q, want one of %q", p.when, got, want)
			return
		}
		kept := tail == p.tail
		for other, text := range left {
			kept = kept || strings.Contains(other, ".torn-") && string(text) == p.tail
		}
		if p.tail != "" && !kept {
			p.t.Errorf("%s: a power loss takes the unfinished line: %q", p.when, left)
			return
		}
	}
}
