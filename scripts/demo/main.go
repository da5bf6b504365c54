// Command demo shows the whole path with the real programs, in a temporary
// home: a product and its key, a license, the buyer's machine, the record, a
// renewal. It needs nothing but Go:
//
//	go run ./scripts/demo
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "demo: error:", err)
		os.Exit(1)
	}
}

// demo is one run: where the programs and the temporary home are.
type demo struct {
	bin, home string
}

func run() (err error) {
	dir, err := os.MkdirTemp("", "dtlic-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := demo{bin: filepath.Join(dir, "bin"), home: filepath.Join(dir, "home")}
	if err := os.MkdirAll(d.home, 0o700); err != nil {
		return err
	}
	fmt.Println("Building dtlic and dtlic-buyer …")
	build := exec.Command("go", "build", "-o", d.bin+string(filepath.Separator), "./cmd/...")
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("cannot build the programs: %w (Go 1.26 or newer is needed, and this runs from the project's folder)", err)
	}
	return d.story()
}

// story runs the steps in order; what one prints is shown, and checked where
// the next one depends on it.
func (d *demo) story() error {
	holder := []string{"--name", "Ada Buyer", "--email", "ada@example.com"}
	fmt.Println("\nThe creator names a product and makes its keys.")
	if _, err := d.step("dtlic", "init", "--product", "notes", "--title", "Notes", "--support", "help@example.com",
		"--program", "notes-license", "--tiers", "basic=export,studio=export+batch", "--yes"); err != nil {
		return err
	}
	fmt.Println("\nThe creator mints a license: one line of text, on standard output.")
	first, err := d.step("dtlic", append([]string{"mint", "--days", "30"}, holder...)...)
	if err != nil {
		return err
	}
	fmt.Println("\nThe buyer activates it, and the app knows what it may do.")
	if _, err := d.step("dtlic", append([]string{"activate", strings.TrimSpace(first)}, holder...)...); err != nil {
		return err
	}
	status := []string{"status"}
	if toTerminal() {
		status = append(status, "--color=always") // the card, as at a terminal
	}
	if _, err := d.step("dtlic", status...); err != nil {
		return err
	}
	fmt.Println("\nEvery license is in the creator's log before anybody sees it.")
	if _, err := d.step("dtlic", "log", "list"); err != nil {
		return err
	}
	fmt.Println("\nA year later the buyer renews, with a new line of text.")
	renewal, err := d.step("dtlic", "mint", "--renew", "ada@example.com", "--years", "1", "--tier", "studio")
	if err != nil {
		return err
	}
	if _, err := d.step("dtlic", "renew", strings.TrimSpace(renewal)); err != nil {
		return err
	}
	fmt.Println("\nThe buyer takes the license off this machine.")
	if _, err := d.step("dtlic", "deactivate", "--yes"); err != nil {
		return err
	}
	fmt.Println("\nThat is the whole path. The temporary home is removed again.")
	return nil
}

func toTerminal() bool {
	info, err := os.Stdout.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// step shows a command as it would be typed, runs it, shows what it prints, and
// returns its standard output.
func (d *demo) step(program string, args ...string) (string, error) {
	fmt.Printf("\n$ %s\n", typed(program, args))
	name := filepath.Join(d.bin, program)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd := exec.Command(name, args...)
	cmd.Env = d.environment()
	cmd.Stderr = os.Stdout
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	fmt.Print(out.String())
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", program, args[0], err)
	}
	return out.String(), nil
}

// typed is a command line with long licenses cut, for reading.
func typed(program string, args []string) string {
	words := []string{program}
	for _, arg := range args {
		if strings.HasPrefix(arg, "DTLIC2:") {
			arg = arg[:24] + "…"
		}
		if strings.Contains(arg, " ") {
			arg = "'" + arg + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// environment is this one's with a home of its own, and nothing of a creator
// or a buyer who is at this machine.
func (d *demo) environment() []string {
	env := []string{"HOME=" + d.home, "USERPROFILE=" + d.home}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if name == "HOME" || name == "USERPROFILE" || strings.HasPrefix(name, "DTLIC_") || strings.HasPrefix(name, "NOTES_") {
			continue
		}
		env = append(env, pair)
	}
	return env
}
