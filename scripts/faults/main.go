// Command faults runs the real programs while the operating system fails them:
// every call that touches a file fails once with each of several errors, or
// the program is killed at it; and eight programs that mint into one log are
// killed at any moment. After each fault it checks what must hold: no license
// was shown that is not in the log, whole lines, an old or a new file and never
// a mix, no secret in a message, and a next run that works.
//
//	go run ./scripts/faults -count 2000 -seed 1
//	go run ./scripts/faults -all
//	go run ./scripts/faults -count 0 -kills 1000
//
// It needs Linux and strace, and permission to trace. The exit code is 1 where
// something did not hold; the same seed repeats the same choice of faults.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
)

func main() {
	count := flag.Int("count", 500, "how many faults to inject")
	all := flag.Bool("all", false, "inject every fault, instead of -count of them")
	kills := flag.Int("kills", 200, "how many of the eight writers' runs to kill")
	only := flag.String("only", "", "only the commands whose name holds this text, such as init")
	seed := flag.Uint64("seed", 1, "chooses the faults")
	flag.Parse()
	if err := campaign(*count, *kills, *all, *only, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "faults: error:", err)
		os.Exit(1)
	}
}

func campaign(count, kills int, all bool, only string, seed uint64) (err error) {
	if why := cannotTrace(); why != "" {
		return fmt.Errorf("cannot inject faults: %s", why)
	}
	b, err := newBench()
	if err != nil {
		return err
	}
	defer func() {
		if err2 := b.close(); err == nil {
			err = err2
		}
	}()
	random := rand.New(rand.NewPCG(seed, 0))
	faults := slices.DeleteFunc(allFaults(), func(f fault) bool { return !strings.Contains(f.scenario.name, only) })
	if !all {
		faults = choose(random, faults, count)
	}
	result := b.inject(faults)
	fmt.Println(result)
	for _, broken := range result.broken {
		fmt.Println("broken:", broken)
	}
	if len(result.broken) > 0 {
		return fmt.Errorf("%d of %d faults broke something", len(result.broken), result.runs)
	}
	if kills == 0 {
		return nil
	}
	w, err := b.killWriters(random, kills)
	if err != nil {
		return fmt.Errorf("eight writers: %w", err)
	}
	fmt.Println(w)
	return nil
}
