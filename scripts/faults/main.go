// Command faults runs the real programs while everything goes wrong, and checks
// after each misfortune what must hold: no license was shown that is not in the
// log, each in it once, whole lines, an old or a new file and never a mix, no
// secret in a message, and a next run that works. Four parts, each with a count:
//
//   - every call that touches a file fails once, with each of several errors, or
//     the program is interrupted or killed at it (strace);
//   - a mint alone, and eight at once, are killed at any moment while a reader
//     reads the log all the time;
//   - commands of every kind are killed at any moment;
//   - the power is cut: a file system in an image file is shut down under a
//     command, or right behind its answer, and mounted again (root).
//
// For instance:
//
//	go run ./scripts/faults -count 2000 -seed 1
//	go run ./scripts/faults -all
//	go run ./scripts/faults -count 0 -kills 5000
//	go run ./scripts/faults -count 0 -kills 0 -cuts 500
//
// It needs Linux; strace and permission to trace for the first part, xfsprogs
// and root for the last. The exit code is 1 where something did not hold; the
// same seed repeats the same choices.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// options say how much is done.
type options struct {
	count, kills, cuts int
	all, lie           bool
	only               string
	seed               uint64
}

func main() {
	var o options
	flag.IntVar(&o.count, "count", 500, "how many faults to inject")
	flag.BoolVar(&o.all, "all", false, "inject every fault, instead of -count of them")
	flag.IntVar(&o.kills, "kills", 200, "how many runs to kill at random moments, in each of three ways")
	flag.IntVar(&o.cuts, "cuts", 0, "how often to cut the power on each file system (root)")
	flag.BoolVar(&o.lie, "lie", false, "cut the power over programs whose fsync does nothing, and fail unless something is lost")
	flag.StringVar(&o.only, "only", "", "only the commands whose name holds this text, such as init")
	flag.Uint64Var(&o.seed, "seed", 1, "chooses the faults")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := campaign(ctx, o)
	if ctx.Err() != nil { // the programs were interrupted too, and have failed
		err = errors.New("interrupted")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults: error:", err)
		os.Exit(1)
	}
}

func campaign(ctx context.Context, o options) (err error) {
	b, err := newBench()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	random := rand.New(rand.NewPCG(o.seed, 0))
	for _, part := range []func(context.Context, *bench, options, *rand.Rand) error{injectAll, killAll, cutAll} {
		if err := part(ctx, b, o, random); err != nil {
			return err
		}
	}
	return nil
}

// chosen are the scenarios that -only names.
func (o options) chosen() []*scenario {
	return slices.DeleteFunc(scenarios(), func(s *scenario) bool { return !strings.Contains(s.name, o.only) })
}

// injectAll is the part with failing calls.
func injectAll(ctx context.Context, b *bench, o options, random *rand.Rand) error {
	if o.count == 0 && !o.all {
		return nil
	}
	if why := cannotTrace(); why != "" {
		return fmt.Errorf("cannot inject faults: %s", why)
	}
	faults, err := b.allFaults(o.chosen(), hows)
	if err != nil {
		return err
	}
	if !o.all {
		faults = choose(random, faults, o.count)
	}
	result := b.inject(ctx, faults)
	fmt.Println(result)
	return report(result.broken, result.runs)
}

// killAll is the part with kills at random moments.
func killAll(ctx context.Context, b *bench, o options, random *rand.Rand) error {
	if o.kills == 0 {
		return nil
	}
	for _, atOnce := range []int{1, writers} {
		sum, err := b.killMinters(ctx, random, atOnce, o.kills)
		fmt.Println(sum)
		if err != nil {
			return fmt.Errorf("%s: %w", sum.name, err)
		}
	}
	sum, broken := b.killScenarios(ctx, random, o.chosen(), o.kills)
	fmt.Println(sum)
	return errors.Join(ctx.Err(), report(broken, sum.runs))
}

// cutAll is the part with power cuts.
func cutAll(ctx context.Context, b *bench, o options, random *rand.Rand) error {
	if o.cuts == 0 {
		return nil
	}
	if why := cannotCut(); why != "" {
		fmt.Println("power cuts skipped:", why)
		return nil
	}
	lost := 0
	for _, kind := range []string{"ext4", "xfs"} {
		sum, err := b.cutPower(ctx, random, kind, o)
		fmt.Println(sum)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		lost += len(sum.broken)
		if o.lie {
			continue
		}
		if err := report(sum.broken, sum.cuts); err != nil {
			return err
		}
	}
	if o.lie && lost == 0 {
		return errors.New("nothing was lost without fsync: these cuts show nothing")
	}
	return nil
}

// report prints what did not hold.
func report(broken []string, runs int) error {
	for _, what := range broken {
		fmt.Println("broken:", what)
	}
	if len(broken) > 0 {
		return fmt.Errorf("in %d runs %d things did not hold", runs, len(broken))
	}
	return nil
}
