// Command conformance runs the vectors of a file through package dtlic and
// prints what it answers, one JSON line a case, and last how many passed:
//
//	go run ./scripts/conformance testdata/vectors/dtlic2.json
//
// Other implementations print the same lines, so that two can be compared with
// diff. The exit code is 1 where a case failed.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/dtlic/dtlic/internal/vectors"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance: error:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: conformance VECTORS.json")
	}
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	suite, err := vectors.Parse(data)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	passed, failed := 0, 0
	for result := range suite.Run() {
		fmt.Fprintln(out, result)
		if result.Passed {
			passed++
		} else {
			failed++
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed)
	if err := out.Flush(); err != nil {
		return err
	}
	if failed > 0 || passed == 0 {
		return fmt.Errorf("%d of %d cases failed", failed, passed+failed)
	}
	return nil
}
