package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
)

const dtlicModule = "github.com/dtlic/dtlic"

// machine says what the figures were taken on, without naming the host.
func machine(now time.Time, rounds int) string {
	model := cpuid.CPU.BrandName
	if model == "" {
		model = "unknown processor"
	}
	return fmt.Sprintf("%s, %d CPUs; %s, %s/%s; %s; medians of %d interleaved rounds of %d calls",
		strings.TrimSpace(model), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, now.UTC().Format(time.DateOnly), rounds, calls)
}

// printField writes the table of one field.
func printField(w io.Writer, f *field) {
	bare := f.tasks[0]
	fmt.Fprintf(w, "| %s | text | median | ratio | allocations | bytes |\n|---|---:|---:|---:|---:|---:|\n", f.what)
	for _, t := range f.tasks {
		text := "–"
		if t.text > 0 {
			text = fmt.Sprint(t.text)
		}
		fmt.Fprintf(w, "| %s | %s | %.1f µs | %.2f | %d | %d |\n",
			t.name, text, float64(t.median())/float64(time.Microsecond), t.ratio(bare), t.allocations, t.bytes)
	}
}

// printVerdicts writes who refuses what.
func printVerdicts(w io.Writer, all []*contender, verdicts [][]verdict) {
	fmt.Fprint(w, "| who refuses |")
	for _, wrong := range wrongs {
		fmt.Fprintf(w, " %s |", wrong.name)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---|", len(wrongs)))
	for i, c := range all {
		fmt.Fprintf(w, "| %s |", c.name)
		for _, v := range verdicts[i] {
			fmt.Fprintf(w, " %s |", v)
		}
		fmt.Fprintln(w)
	}
}

// printNotes writes what each contender checks, with its version.
func printNotes(w io.Writer, all []*contender) {
	versions := make(map[string]string)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			versions[m.Path] = " " + m.Version
		}
	}
	versions[dtlicModule] = "" // it is this tree
	for _, c := range all {
		fmt.Fprintf(w, "- **%s**%s: %s\n", c.name, versions[c.module], c.note)
	}
}
