//go:build linux

package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// sellerSeed is the signing key of the product build, 64 hex digits.
var sellerSeed = strings.Repeat("5e", ed25519.SeedSize)

// Where the programs stand: builds of the three kinds, and what helps stories.
var (
	development = windows("programs")
	product     = windows("product")
	unkeyed     = windows("unkeyed")
	helpers     = windows("helpers")
)

// build builds all that the stories run, into drive C: and, where they are run
// in their own folder, beside it.
func (b *bottle) build(chosen []story) error {
	seed, err := hex.DecodeString(sellerSeed)
	if err != nil {
		return err
	}
	key := hex.EncodeToString(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
	const baked = "-s -w -X github.com/dtlic/dtlic/keys.baked="
	for _, args := range [][]string{
		{"build", "-o", b.unixPath(development) + "/", "./cmd/..."},
		{"build", "-tags", "dtlic_product", "-ldflags", baked + key, "-o", b.unixPath(product) + "/", "./cmd/..."},
		{"build", "-tags", "dtlic_product", "-ldflags", baked, "-o", b.unixPath(unkeyed) + "/", "./cmd/dtlic-buyer"},
		{"build", "-o", b.unixPath(helpers) + "/probe.exe", "./scripts/wine/probe"},
		// Explorer is known by its name.
		{"build", "-o", b.unixPath(helpers) + "/explorer.exe", "./scripts/wine/probe"},
	} {
		if err := b.goTool(args...); err != nil {
			return err
		}
	}
	if err := b.buildToolkit(); err != nil {
		return err
	}
	for _, s := range chosen {
		if s.pkg == "" {
			continue
		}
		if err := b.buildTests(s.pkg); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(b.ctx, compiler, "-shared", "-Os", "-s",
		"-o", b.path("bcryptprimitives.dll"), "scripts/wine/shim/bcryptprimitives.c", "-ladvapi32")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", compiler, err, out)
	}
	return nil
}

// goTool runs the go command for Windows, hostTool for this machine.
func (b *bottle) goTool(args ...string) error {
	return b.runGo([]string{"GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0"}, args)
}

func (b *bottle) hostTool(args ...string) error { return b.runGo(nil, args) }

func (b *bottle) runGo(env, args []string) error {
	cmd := exec.CommandContext(b.ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w (this runs from the project's folder)\n%s", args[0], err, out)
	}
	return nil
}

// testProgram is the built test of a package.
func (b *bottle) testProgram(pkg string) string { return b.testFile(pkg, "test.exe") }

// testFile is a file of a package's test.
func (b *bottle) testFile(pkg, ending string) string {
	return b.path(strings.ReplaceAll(path.Join("dtlic", pkg), "/", "_") + "." + ending)
}

// removalFile makes a test of package os's own choose the older way of two to
// remove a file: Wine 8 does not know the newer one, says so in a way that
// package os does not expect, and so every t.TempDir would fail.
const removalFile = `package %s_test

import _ "unsafe"

//go:linkname deleteatFallback internal/syscall/windows.TestDeleteatFallback
var deleteatFallback bool

func init() { deleteatFallback = true }
`

// buildTests builds a package's test with one file more, which stands in an
// overlay and not in the tree.
func (b *bottle) buildTests(pkg string) error {
	folder, err := filepath.Abs(pkg)
	if err != nil {
		return err
	}
	name := path.Base(path.Join("dtlic", pkg))
	source, overlayFile := b.testFile(pkg, "go"), b.testFile(pkg, "json")
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(folder, "wine_removal_test.go"): source},
	})
	if err != nil {
		return err
	}
	for file, text := range map[string]string{source: fmt.Sprintf(removalFile, name), overlayFile: string(overlay)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return b.goTool("test", "-c", "-overlay", overlayFile, "-ldflags=-checklinkname=0", "-o", b.testProgram(pkg), "./"+pkg)
}
