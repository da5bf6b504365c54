// Command generate writes what is made from the programs themselves: the manual
// pages, the shells' completions, and the pictures of the README.
//
//	go run ./scripts/generate
//
// It runs in the project's folder. Its tests fail while a file differs from what
// would be written.
package main

import (
	"fmt"
	"os"
)

func main() {
	changed, err := run(".")
	for _, line := range changed {
		fmt.Println(line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate: error:", err)
		os.Exit(1)
	}
}

func run(root string) (changed []string, err error) {
	if _, err := os.Stat(root + "/go.mod"); err != nil {
		return nil, fmt.Errorf("this is not the project's folder: %w", err)
	}
	all, err := generate(root)
	if err != nil {
		return nil, err
	}
	return all.write(root)
}
