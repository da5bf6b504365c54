package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// fault is what happens to one run.
type fault struct {
	scenario *scenario
	call     string
	how      string // error=EIO, or a signal
	when     int
	also     string // another call that fails, "" for none
}

func (f fault) String() string {
	return strings.TrimSuffix(fmt.Sprintf("%s: %s:%s:when=%d, %s", f.scenario.name, f.call, f.how, f.when, f.also), ", ")
}

// calls are the calls that fail: all that have to do with files.
var calls = []string{
	"openat", "read", "pread64", "write", "fsync", "flock", "fcntl", "close", "fchmod", "fchmodat", "mkdirat", "linkat",
	"renameat", "unlinkat", "ftruncate", "newfstatat", "fstat", "readlinkat", "getdents64",
}

var hows = append([]string{"error=EIO", "error=ENOSPC", "error=EINTR", "error=EXDEV", "error=ENOLCK", "error=EACCES", "signal=KILL"}, interrupts...)

// interrupts are Ctrl-C, and what a system that shuts down sends.
var interrupts = []string{"signal=INT", "signal=TERM"}

// undoing are calls that take back what a failed one did; they are made to fail
// together with it.
var undoing = []string{"ftruncate:error=EIO", "unlinkat:error=EIO"}

// ownFcntl is how often Go's runtime calls fcntl before the program begins. It
// gives up where that fails.
const ownFcntl = 3

// failsToWrite is how a call fails whose undoing is to fail as well.
const failsToWrite = "error=ENOSPC"

// allFaults are each call of each scenario, failing in each of these ways.
func (b *bench) allFaults(scenarios []*scenario, hows []string) (list []fault, err error) {
	for _, s := range scenarios {
		counts, err := b.count(s)
		if err != nil {
			return nil, err
		}
		for _, call := range calls {
			for n := range counts[call] {
				if call == "fcntl" && n < ownFcntl {
					continue
				}
				for _, how := range hows {
					list = append(list, fault{scenario: s, call: call, how: how, when: n + 1})
				}
				if call != "write" && call != "fsync" || !slices.Contains(hows, failsToWrite) {
					continue
				}
				for _, also := range undoing {
					list = append(list, fault{scenario: s, call: call, how: failsToWrite, when: n + 1, also: also})
				}
			}
		}
	}
	return list, nil
}

var traced = regexp.MustCompile(`(?m)^(\d+) +(\w+)\(`)

// count tells how often a scenario's command makes each call, in the thread that
// makes it most often: strace counts by thread.
func (b *bench) count(s *scenario) (map[string]int, error) {
	dir, err := b.fresh(s)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the whole bench is removed at the end
	if _, err := b.mustRun(dir, append(append(tracing(strings.Join(calls, ",")), "--"), s.words...)...); err != nil {
		return nil, err
	}
	most, byThread := make(map[string]int), make(map[string]int)
	for _, m := range traced.FindAllStringSubmatch(read(filepath.Join(dir, "trace")), -1) {
		byThread[m[0]]++
		most[m[2]] = max(most[m[2]], byThread[m[0]])
	}
	if len(most) == 0 {
		return nil, fmt.Errorf("%s: nothing was traced", s.name)
	}
	return most, nil
}

// tracing begins a command line whose calls are written to the file trace. The
// program has one thread that does the work: strace counts by thread.
func tracing(calls string) []string {
	return []string{"env", "GOMAXPROCS=1", "strace", "-f", "-qq", "-o", "trace", "-e", "signal=int,term", "-e", "trace=" + calls}
}

// choose takes so many faults, at random.
func choose(random *rand.Rand, list []fault, count int) []fault {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(count, len(list))]
}

// result sums up injected faults.
type result struct {
	runs, hits, kills, interrupted, failed int
	broken                                 []string
}

func (r *result) String() string {
	return fmt.Sprintf("%d runs: %d faults happened, %d of them kills; %d runs were interrupted, %d failed, as they should; %d broke something",
		r.runs, r.hits, r.kills, r.interrupted, r.failed, len(r.broken))
}

// inject injects faults one after another, until it is interrupted.
func (b *bench) inject(ctx context.Context, faults []fault) *result {
	sum := new(result)
	for _, f := range faults {
		if ctx.Err() != nil {
			break
		}
		r, hit, broken := b.injectOne(f)
		sum.runs++
		if hit {
			sum.hits++
		}
		switch {
		case r == nil:
		case r.interrupted:
			sum.interrupted++
		case r.killed:
			sum.kills++
		case r.code != 0:
			sum.failed++
		}
		for _, what := range broken {
			sum.broken = append(sum.broken, f.String()+": "+what)
		}
	}
	return sum
}

// injectOne runs a scenario with a fault, and then without one.
func (b *bench) injectOne(f fault) (r *run, hit bool, broken []string) {
	dir, err := b.fresh(f.scenario)
	if err != nil {
		return nil, false, []string{err.Error()}
	}
	defer func() { _ = os.RemoveAll(dir) }() // the whole bench is removed at the end
	also, _, _ := strings.Cut(f.also, ":")
	words := append(tracing(strings.TrimSuffix(f.call+","+also, ",")), "-e", fmt.Sprintf("inject=%s:%s:when=%d", f.call, f.how, f.when))
	if f.also != "" {
		words = append(words, "-e", "inject="+f.also)
	}
	words = append(append(words, "--"), f.scenario.words...)
	o, err := b.run(dir, words...)
	if err != nil {
		return nil, false, []string{err.Error()}
	}
	r = &run{dir: dir, stem: b.stems[f.scenario.name], outcome: o, killed: strings.HasPrefix(f.how, "signal=") && o.code == killed}
	trace := read(r.path("trace"))
	hit = r.killed || strings.Contains(trace, "(INJECTED)") || strings.Contains(trace, "--- SIG")
	if hit && slices.Contains(interrupts, f.how) {
		broken = r.interrupt(strings.Count(trace, "--- SIG"))
	}
	// A message whose own write failed is nowhere.
	r.mute = f.call == "write"
	return r, hit, append(broken, b.judge(r, f.scenario)...)
}

// judge says what does not hold after a run, and after the next one.
func (b *bench) judge(r *run, s *scenario) []string {
	r.replaces = s.replaces
	broken := append(r.checkAlways(), s.check(r)...)
	for _, file := range s.makes {
		if _, err := os.Stat(r.path(file)); err != nil && r.code == 0 {
			broken = append(broken, "it succeeded without "+file)
		}
	}
	if len(broken) > 0 {
		return broken
	}
	return b.nextRun(r, s)
}

// nextRun is the one after the fault: it works, and cleans up.
func (b *bench) nextRun(r *run, s *scenario) (broken []string) {
	o, err := b.run(r.dir, s.next...)
	if err != nil {
		return []string{err.Error()}
	}
	if o.code != 0 && !slices.Contains(s.nextMay, o.code) {
		return []string{fmt.Sprintf("the next run: exit code %d: %s", o.code, o.stderr)}
	}
	next := &run{dir: r.dir, stem: r.stem, after: true, replaces: s.replaces, outcome: outcome{code: 1, stdout: o.stdout, stderr: o.stderr + ": error: log resend"}}
	for _, what := range append(next.checkAlways(), s.check(next)...) {
		broken = append(broken, "after the next run: "+what)
	}
	if o.code != 0 {
		return broken // it wrote nothing, and so cleaned nothing
	}
	return append(broken, r.leftovers()...)
}
