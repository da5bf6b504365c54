package quiet_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/ptytest"
)

// Programs that link lipgloss: by package ui, which has quiet, and bare.
var programs = map[string]string{
	"quiet": `package main

import (
	"fmt"
	"os"

	"github.com/dtlic/dtlic/internal/ui"
)

func main() {
	_ = ui.NewTheme(true)
	value, ok := os.LookupEnv("NO_COLOR")
	fmt.Fprintf(os.Stderr, "NO_COLOR=%q %v", value, ok)
}
`,
	"bare": `package main

import "charm.land/lipgloss/v2"

func main() { _ = lipgloss.NewStyle() }
`,
}

// build compiles the programs inside this module, which owns package ui,
// without writing there.
func build(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte(programs[name]), 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	place := filepath.Join(here, "program_"+name, "main.go")
	if err := os.WriteFile(overlay, fmt.Appendf(nil, `{"Replace":{%q:%q}}`, place, source), 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, name)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", program, "./program_"+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// openTerminal returns the program's end of a new pseudo terminal.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	master, slave, err := ptytest.Open()
	if err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	t.Cleanup(func() { _, _ = master.Close(), slave.Close() })
	return slave
}

// runs starts a program at a terminal inside a tmux that leaves a trace, and
// tells whether that was run, and what the program wrote on its standard error.
func runs(t *testing.T, program string, env ...string) (tmux bool, stderr string) {
	t.Helper()
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	script := "#!/bin/sh\necho \"$@\" >" + trace + "\n"
	if err := os.WriteFile(filepath.Join(dir, "tmux"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append([]string{"PATH=" + dir, "TERM=xterm-256color", "TMUX=/tmp/tmux-0/default,1,0"}, env...)
	cmd.Stdout = openTerminal(t)
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	_, err := os.Stat(trace)
	return err == nil, out.String()
}

func TestNoProcessIsStarted(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	t.Run("bare", func(t *testing.T) {
		if tmux, _ := runs(t, build(t, "bare")); !tmux {
			t.Error("lipgloss does not run tmux any more: package quiet can go")
		}
	})
	t.Run("quiet", func(t *testing.T) {
		program := build(t, "quiet")
		for want, env := range map[string][]string{
			`NO_COLOR="" false`:   nil,
			`NO_COLOR="" true`:    {"NO_COLOR="},
			`NO_COLOR="0" true`:   {"NO_COLOR=0"},
			`NO_COLOR="x=y" true`: {"NO_COLOR=x=y"},
		} {
			tmux, stderr := runs(t, program, env...)
			if tmux {
				t.Error("tmux was run")
			}
			if stderr != want {
				t.Errorf("main sees %s, want %s", stderr, want)
			}
		}
		if tmux, _ := runs(t, program, "TTY_FORCE=1"); tmux {
			t.Error("tmux was run with TTY_FORCE")
		}
	})
}

// The order of initialization rests on it: see the package comment.
func TestImportsOnlyOS(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Imports}}", ".").Output()
	if err != nil || strings.TrimSpace(string(out)) != "[os]" {
		t.Errorf("imports are %s, %v; want [os]", out, err)
	}
}
