// Command peerbench compares verifying and minting with what other Go
// libraries offer for the same purpose, and prints Markdown tables:
//
//	go -C scripts/peerbench run .
//
// It is a module of its own, so that these libraries never become
// dependencies of the project. All of them sign and read the same license,
// take turns in one run, and stand beside the bare signature operation of that
// run. Before anything is timed, each one must take a good license, and is
// handed bad ones: who refuses them is printed too.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 300, "rounds of measurement, at least 200 for figures to be shown around")
	seed := flag.Uint64("seed", 1, "seed of the order in which the contenders take turns")
	flag.Parse()
	if err := run(os.Stdout, time.Now(), *rounds, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "peerbench: error:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, now time.Time, rounds int, seed uint64) error {
	if rounds < 1 {
		return fmt.Errorf("-rounds must be 1 or more")
	}
	all, verdicts, err := selfChecks(now)
	if err != nil {
		return err
	}
	verify, mint, err := fields(all, now)
	if err != nil {
		return err
	}
	if err := measure(slices.Concat(verify.tasks, mint.tasks), rounds, seed); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n\n", machine(now, rounds))
	printField(w, verify)
	fmt.Fprintln(w)
	printField(w, mint)
	fmt.Fprintln(w)
	printVerdicts(w, all, verdicts)
	fmt.Fprintln(w)
	printNotes(w, all)
	return nil
}
