// Command bench measures what the project promises about speed and prints a
// Markdown table:
//
//	go run ./scripts/bench
//	go run ./scripts/bench -micro
//	go run ./scripts/bench -logs -rounds 5
//
// The second measures within one process only. The third makes up issuance logs,
// and takes some minutes and 700 MB of disk.
// Each figure is the median of many rounds, and each ratio compares two things
// that took turns in the same run, so that a busy or throttled machine slows
// both down alike. A figure that misses its mark is marked, and told once more below
// the table. The exit code says nothing about times, for machines differ; it is 1
// where a question took more memory than it may.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// row is a line of the table.
type row struct {
	what   string
	median time.Duration
	beside string
	other  time.Duration
	ratio  float64
	reach  string
	misses bool
	memory bool // it measures memory, which no machine makes more of
	notes  string
}

func main() {
	rounds := flag.Int("rounds", 300, "rounds of each measurement, at least 200 for figures to be shown around; of a log, few do")
	inProcess := flag.Bool("micro", false, "measure verifying, minting and asking within one process, and start no programs")
	ofLogs := flag.Bool("logs", false, "measure the issuance log instead, beside jq and grep")
	var records sizes
	flag.Var(&records, "records", "how many records the made-up `LOGS` have (default 200000,1000000)")
	flag.Parse()
	if err := run(*rounds, *inProcess, *ofLogs, records); err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

// scratch makes a folder for programs and logs. remove removes it, and so does a
// signal that ends this program: a log may have 650 MB.
func scratch() (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "dtlic-bench"); err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) } // what is left there is in nobody's way
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-stopped
		remove()
		fmt.Fprintln(os.Stderr, "bench: error: interrupted")
		os.Exit(1)
	}()
	return dir, remove, nil
}

// sizes is a flag: numbers with commas between them.
type sizes []int

func (s *sizes) String() string { return "" }

func (s *sizes) Set(text string) error {
	for number := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is not a number of records", number)
		}
		*s = append(*s, n)
	}
	return nil
}

func run(rounds int, inProcess, ofLogs bool, records sizes) error {
	if rounds < 1 {
		return fmt.Errorf("-rounds must be 1 or more")
	}
	rows, err := measure(rounds, inProcess, ofLogs, records)
	if err != nil {
		return err
	}
	show(rounds, rows)
	return missed(rows)
}

// missed tells what missed its mark, and is an error where memory did.
func missed(rows []row) (err error) {
	for _, r := range rows {
		switch {
		case !r.misses:
		case r.memory:
			err = errors.Join(err, fmt.Errorf("%s:%s is more than %s", r.what, r.notes, r.reach))
		default:
			fmt.Fprintf(os.Stderr, "bench: warning: %s beside %s: missed %s\n", r.what, r.beside, r.reach)
		}
	}
	return err
}

func measure(rounds int, inProcess, ofLogs bool, records sizes) ([]row, error) {
	if ofLogs {
		if records == nil {
			records = sizes{200_000, largest}
		}
		return logs(records, rounds)
	}
	rows, err := library(rounds)
	if err != nil || inProcess {
		return rows, err
	}
	more, err := programs(rounds)
	return append(rows, more...), err
}

func show(rounds int, rows []row) {
	fmt.Printf("%s, %s/%s, %d CPUs; medians of %d interleaved rounds\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	fmt.Println("| what | median | beside | median | ratio | reach | |")
	fmt.Println("|---|---:|---|---:|---:|---|---|")
	for _, r := range rows {
		mark := "ok"
		switch {
		case r.misses:
			mark = "**missed**"
		case r.reach == none:
			mark = ""
		}
		other, ratio := none, none
		if r.beside != none {
			other, ratio = short(r.other), fmt.Sprintf("%.3f", r.ratio)
		}
		fmt.Printf("| %s | %s | %s | %s | %s | %s%s | %s |\n", r.what, short(r.median), r.beside, other, ratio, r.reach, r.notes, mark)
	}
}

// none stands where a figure has no mark to reach, or nothing beside it.
const none = "–"

// short shows three digits, whatever the size.
func short(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond))
	default:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	}
}

// takeTurns runs two things in turn, swapping who goes first, and puts into the
// row the median time of one call of each, and the median of the ratios within
// each round: a machine that is busy for a while slows both down.
func (r *row) takeTurns(rounds, calls int, one, other func() error) error {
	times := [2][]time.Duration{}
	things := [2]func() error{one, other}
	for round := range rounds + 1 {
		for i := range things {
			which := (round + i) % 2
			start := time.Now()
			for range calls {
				if err := things[which](); err != nil {
					return err
				}
			}
			if round > 0 { // the first warms up
				times[which] = append(times[which], time.Since(start)/time.Duration(calls))
			}
		}
	}
	ratios := make([]float64, rounds)
	for i := range ratios {
		ratios[i] = float64(times[0][i]) / float64(times[1][i])
	}
	r.median, r.other, r.ratio = middle(times[0]), middle(times[1]), middle(ratios)
	return nil
}

func middle[T cmp.Ordered](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}
