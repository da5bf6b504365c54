package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dtlic/dtlic/internal/stamp"
)

// toolkit measures what a seller without Go meets: the toolkit's start, stamping,
// and the stamped program beside one that was built with its key.
func toolkit(dir, empty string, rounds int) (rows []row, err error) {
	kit, home := filepath.Join(dir, "toolkit"), filepath.Join(dir, "seller")
	platform := runtime.GOOS + "/" + runtime.GOARCH
	lay := exec.Command("go", "run", "./scripts/toolkit", "-version", "bench", "-platforms", platform, "-o", kit)
	if out, err := lay.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("scripts/toolkit: %w\n%s", err, out)
	}
	dtlic, out := filepath.Join(kit, "copy.exe"), filepath.Join(dir, "out")
	if err := copyProgram(dtlic, filepath.Join(kit, stamp.ProgramFile("dtlic", platform))); err != nil {
		return nil, err
	}
	public, err := seller(home, dtlic, out)
	if err != nil {
		return nil, err
	}
	core, err := build(dir, "core", "./cmd/dtlic-buyer", "-buildvcs=false", "-tags", "dtlic_product", "-ldflags", "-s -w -X github.com/dtlic/dtlic/keys.baked="+public)
	if err != nil {
		return nil, err
	}
	stamped, err := filepath.Glob(filepath.Join(out, "*", "dtlic-buyer*"))
	if err != nil {
		return nil, err
	}
	if len(stamped) != 1 {
		return nil, fmt.Errorf("buyer build made %q, not one program", stamped)
	}
	for _, c := range []contest{
		{what: "the toolkit's `dtlic version`, as downloaded", one: process(kit, dtlic, "version"), beside: "empty", other: process(kit, empty), reach: 1.5},
		{what: "the same with a product", one: process(home, dtlic, "version"), beside: "empty", other: process(home, empty)},
		{what: "a stamped program's `status`, whole process", one: process(home, stamped[0], "status"), beside: "core", other: process(home, core, "status"), reach: 1.05},
	} {
		r, err := c.hold(rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	r, err := stamping(home, dtlic, empty, out, rounds)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(stamped[0])
	if err == nil {
		r.notes = fmt.Sprintf("; the program has %.2f MB (%s)", float64(info.Size())/1e6, platform)
	}
	return append(rows, r), err
}

// seller sets a product up in home whose buyer's program is that of the built-in
// product but for its key, stamps it for this platform into out, and activates a
// license. It returns the public key.
func seller(home, dtlic, out string) (public string, err error) {
	key, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	env := append(environment(home), "DATATOOLS_LICENSE_PRIVKEY="+hex.EncodeToString(private.Seed()))
	license := filepath.Join(home, "ada.dtlic")
	if err := os.Mkdir(home, 0o700); err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"init", "--product", "datatools", "--title", "DataTools", "--support", "support@example.com", "--program", "dtlic-buyer", "--tiers", "core=" + strings.Join(features, "+"), "--yes"},
		{"mint", "--name", "Ada Buyer", "--email", "ada@example.com", "-o", license},
		{"activate", license, "--name", "Ada Buyer", "--email", "ada@example.com"},
		{"buyer", "build", "-o", out},
	} {
		cmd := exec.Command(dtlic, args...)
		cmd.Env, cmd.Dir = env, home
		if text, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("dtlic %s: %w\n%s", args[0], err, text)
		}
	}
	return hex.EncodeToString(key), nil
}

// features are as many as the built-in product's tier core has.
var features = []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}

// stamping measures one whole buyer build, which is promised in milliseconds.
func stamping(home, dtlic, empty, out string, rounds int) (row, error) {
	const most = 50 * time.Millisecond
	c := contest{
		what: "`dtlic buyer build`, one platform, whole process", one: process(home, dtlic, "buyer", "build", "-o", out),
		beside: "empty", other: process(home, empty),
	}
	r, err := c.hold(rounds)
	r.reach, r.misses = "≤ 50 ms", r.median > most
	return r, err
}
