//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// limitsPage has a list of what no story shows, under limitsTitle.
const (
	limitsPage  = "docs/windows.md"
	limitsTitle = "## What Wine cannot show\n"
)

// printLimits prints that list, so that nobody takes a pass for more than it is.
func printLimits() error {
	page, err := os.ReadFile(limitsPage)
	if err != nil {
		return err
	}
	_, section, found := strings.Cut(string(page), limitsTitle)
	if !found {
		return errors.New(limitsPage + " does not say what Wine cannot show")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	fmt.Println("What this cannot show, see " + limitsPage + ":")
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "  ") {
			fmt.Print("  ", line)
		}
	}
	return nil
}
