//go:build linux

package main

import (
	"bytes"
	"context"
	"strings"
	"time"
)

// packages have code of their own for Windows, or lean on what has.
var packages = []string{
	"internal/fsys", "internal/store", "internal/journal", "internal/ledger", "internal/signer",
	"internal/creator", "internal/ui", "internal/cli", ".",
}

// packageLimit is how long the tests of one package may take.
const packageLimit = 3 * time.Minute

// packageTests runs the tests of a package in its folder, as go test does.
func packageTests(s *scene) {
	ctx, cancel := context.WithTimeout(s.ctx, packageLimit)
	defer cancel()
	cmd := s.bottle.command(ctx, s.testProgram(s.pkg), "-test.short")
	cmd.Dir = s.pkg
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		failf("%v\n%s", err, lastLines(out.String(), 40))
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
