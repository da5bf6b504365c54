package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fault is what happens to one run.
type fault struct {
	scenario *scenario
	call     string
	how      string // error=EIO or signal=KILL
	when     int
}

func (f fault) String() string {
	return fmt.Sprintf("%s: %s:%s:when=%d", f.scenario.name, f.call, f.how, f.when)
}

// calls are the calls that fail, and how often a program makes them, at most.
var calls = []struct {
	name string
	most int
}{
	{"openat", 24},
	{"read", 8},
	{"write", 8},
	{"fsync", 6},
	{"flock", 4},
	{"close", 20},
	{"fchmod", 2},
	{"mkdirat", 3},
	{"linkat", 2},
	{"renameat", 2},
	{"unlinkat", 3},
	{"ftruncate", 1},
	{"newfstatat", 16},
	{"getdents64", 3},
}

var hows = []string{"error=EIO", "error=ENOSPC", "error=EINTR", "error=EXDEV", "error=ENOLCK", "error=EACCES", "signal=KILL"}

func allFaults() (list []fault) {
	for _, s := range scenarios() {
		for _, c := range calls {
			for _, how := range hows {
				for n := range c.most {
					list = append(list, fault{s, c.name, how, n + 1})
				}
			}
		}
	}
	return list
}

// choose takes so many faults, at random.
func choose(random *rand.Rand, list []fault, count int) []fault {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(count, len(list))]
}

// result sums up injected faults.
type result struct {
	runs, hits, kills, failed int
	broken                    []string
}

func (r *result) String() string {
	return fmt.Sprintf("%d runs: %d faults happened, %d of them kills; %d runs failed, as they should; %d broke something",
		r.runs, r.hits, r.kills, r.failed, len(r.broken))
}

func (b *bench) inject(faults []fault) *result {
	sum := new(result)
	for _, f := range faults {
		r, hit, broken := b.injectOne(f)
		sum.runs++
		if hit {
			sum.hits++
		}
		if r != nil && r.killed {
			sum.kills++
		} else if r != nil && r.code != 0 {
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
	trace := filepath.Join(dir, "trace")
	words := append([]string{
		"strace", "-f", "-qq", "-o", trace, "-e", "trace=" + f.call,
		"-e", fmt.Sprintf("inject=%s:%s:when=%d", f.call, f.how, f.when), "--",
	}, f.scenario.words...)
	o, err := b.run(dir, words...)
	if err != nil {
		return nil, false, []string{err.Error()}
	}
	r = &run{dir: dir, stem: b.stems[f.scenario.name], outcome: o, killed: f.how == "signal=KILL" && o.code == killed}
	hit = r.killed || strings.Contains(r.read(trace), "(INJECTED)")
	// A message whose own write failed is nowhere.
	r.mute = f.call == "write"
	broken = append(r.checkAlways(), f.scenario.check(r)...)
	if len(broken) == 0 {
		broken = b.nextRun(r, f.scenario)
	}
	return r, hit, broken
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
	next := &run{dir: r.dir, stem: r.stem, after: true, outcome: outcome{code: 1, stdout: o.stdout, stderr: o.stderr + ": error: log resend"}}
	for _, what := range append(next.checkAlways(), s.check(next)...) {
		broken = append(broken, "after the next run: "+what)
	}
	if o.code != 0 {
		return broken // it wrote nothing, and so cleaned nothing
	}
	return append(broken, r.leftovers()...)
}
