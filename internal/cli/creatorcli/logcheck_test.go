package creatorcli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/ledger"
)

// run runs the program on a home and returns its exit code and what it printed.
func run(env cli.Env, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env.Args, env.Stdout, env.Stderr = args, &out, &errs
	env.Getenv = func(string) string { return "" }
	env.Disk, env.Location = fsys.OS, time.UTC
	if env.Context == nil {
		env.Context = context.Background
	}
	code = cli.Program(New).Run(env)
	return code, out.String(), errs.String()
}

// damagedHome is a home with a log of so many damaged lines for the built-in product.
func damagedHome(t *testing.T, lines int) (home, log string) {
	t.Helper()
	home = t.TempDir()
	dir := filepath.Join(home, ".datatools-creator")
	log = filepath.Join(dir, "issued.jsonl")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, bytes.Repeat([]byte("{\"event\":\"a line of another tool\"}\n"), lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return home, log
}

func fixedNow() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func TestCheckShowsATableThatFits(t *testing.T) {
	home, _ := damagedHome(t, 3)
	for _, width := range []int{40, 60, 80, 140} {
		code, stdout, _ := run(cli.Env{Home: home, Now: fixedNow, Width: width, StdoutTTY: true}, "log", "check", "--color", "never")
		lines := strings.Split(stdout, "\n")
		words := strings.Join(strings.Fields(stdout), " ")
		if code != 1 || !strings.HasPrefix(lines[0], "line  finding  what") || strings.Contains(stdout, "…") ||
			strings.Count(words, `foreign it is of another tool: it has no member "license_key"`) != 3 {
			t.Fatalf("exit code %d at %d columns:\n%s", code, width, stdout)
		}
		for _, line := range lines {
			if n := len([]rune(line)); n > width {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
	}
}

// Each file has its own table: both begin with a line 1.
func TestCheckShowsATableForEachFile(t *testing.T) {
	home, log := damagedHome(t, 1)
	if err := os.WriteFile(ledger.RevocationsPath(log), []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := `line  finding  what
1     foreign  it is of another tool: it has no member "license_key"

line  finding          what in revoked.jsonl
1     revoked corrupt  it is not valid JSON
`
	if _, stdout, _ := run(cli.Env{Home: home, Now: fixedNow, Width: 80, StdoutTTY: true}, "log", "check", "--color", "never"); stdout != want {
		t.Errorf("it shows\n%s", stdout)
	}
}

// A check that takes long says how far it has come, on a line that goes away again.
func TestCheckShowsItsProgress(t *testing.T) {
	home, _ := damagedHome(t, 40_000) // several batches
	now := fixedNow()
	clock := func() time.Time { // which runs quickly
		now = now.Add(400 * time.Millisecond)
		return now
	}
	_, stdout, stderr := run(cli.Env{Home: home, Now: clock, Width: 80, StderrTTY: true}, "log", "check", "--color", "never")
	progress, rest, _ := strings.Cut(stderr, "dtlic: note:")
	if !strings.Contains(progress, "\rdtlic: checking the issuance log, ") || !strings.HasSuffix(progress, " \r") || strings.Contains(rest, "\r") {
		t.Errorf("it says %q", stderr)
	}
	if strings.Count(stdout, "\n") != 1000 || !strings.Contains(rest, "39000 findings not listed") {
		t.Errorf("%d findings are listed, and %q", strings.Count(stdout, "\n"), rest)
	}
	for _, quiet := range []cli.Env{
		{Home: home, Now: clock, Width: 80},                     // no terminal
		{Home: home, Now: fixedNow, Width: 80, StderrTTY: true}, // at once
	} {
		if _, _, stderr := run(quiet, "log", "check"); strings.Contains(stderr, "\r") {
			t.Errorf("it says %q", stderr)
		}
	}
	if _, _, stderr := run(cli.Env{Home: home, Now: clock, Width: 80, StderrTTY: true}, "log", "check", "--plain"); strings.Contains(stderr, "\r") {
		t.Errorf("with --plain it says %q", stderr)
	}
}

// Ctrl-C in the middle of both: nothing is shown as a result, nothing is changed.
func TestCareIsInterrupted(t *testing.T) {
	for _, command := range []string{"check", "repair --yes", "repair --yes --json"} {
		home, log := damagedHome(t, 40_000)
		before, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ticks := 0
		clock := func() time.Time {
			if ticks++; ticks > 3 { // the progress line asks for the time
				cancel()
			}
			return fixedNow()
		}
		env := cli.Env{Home: home, Now: clock, Width: 80, StderrTTY: true, Context: func() context.Context { return ctx }}
		code, stdout, _ := run(env, append([]string{"log"}, strings.Fields(command)...)...)
		cancel()
		after, err := os.ReadFile(log)
		entries, err2 := os.ReadDir(filepath.Dir(log))
		if code != 130 || err != nil || err2 != nil || !bytes.Equal(before, after) || stdout != "" && !strings.Contains(stdout, `"interrupted"`) {
			t.Errorf("%s: exit code %d, stdout %q", command, code, stdout)
		}
		for _, entry := range entries {
			if name := entry.Name(); name != "issued.jsonl" && name != "issued.jsonl.lock" {
				t.Errorf("%s left %s", command, name)
			}
		}
	}
}

func TestNumbersOfManyLines(t *testing.T) {
	r := ledger.Repaired{SetAside: 25}
	for n := range 25 {
		r.Moved = append(r.Moved, ledger.Finding{Line: n + 1})
	}
	if got := numbers(&r); !strings.HasSuffix(got, "19, 20 and 5 more") || !strings.HasPrefix(got, "lines 1, 2") {
		t.Error(fmt.Sprint(got))
	}
}
