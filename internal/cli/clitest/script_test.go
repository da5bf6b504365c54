// Package clitest tests both programs from outside: the scripts of
// testdata/script run them as commands, one story a file, and the vectors go
// through the command line.
package clitest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/cli/creatorcli"
)

// startOfTime is when the scripts happen, unless they say otherwise.
const startOfTime = "2026-11-21T12:00:00Z"

// zone is where they happen: not UTC, so that a mix-up shows.
var zone = time.FixedZone("CET", 60*60)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"dtlic":       func() { os.Exit(run(creatorcli.New)) },
		"dtlic-buyer": func() { os.Exit(run(cli.Buyer)) },
	})
}

// run runs a program in this test's process, with the real environment but for
// the clock and the zone. The variable is read here alone: no shipped program
// has a way to move its clock.
func run(p cli.Program) int {
	now, err := time.Parse(time.RFC3339, os.Getenv("DTLIC_TEST_NOW"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "clitest: DTLIC_TEST_NOW:", err)
		return 99
	}
	env := cli.SystemEnv()
	env.Now = func() time.Time { return now }
	env.Location = zone
	return p.Run(env)
}

const scripts = "../../../testdata/script"

func TestScripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scripts, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s (%v): a suite that tests nothing must not pass", scripts, err)
	}
	// testscript makes its folder there, and leaves it behind where -run chose some
	// of the scripts. With -testwork all is to be left.
	if flag.Lookup("testwork").Value.String() == "false" {
		t.Setenv("GOTMPDIR", t.TempDir())
	}
	builds := sync.OnceValues(productBuilds)
	testscript.Run(t, testscript.Params{
		Dir: scripts,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "snapshot": snapshot, "unchanged": unchanged, "json": jsonCommand,
			"set": set, "replace": replace, "cut": cut, "utf16": utf16Command, "join": join,
			"mode": mode, "dialog": dialog, "plain": plain, "agekey": agekey,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "bash-completion": // the library that every completion of bash needs
				_, err := os.Stat("/usr/share/bash-completion/bash_completion")
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Setup:               func(env *testscript.Env) error { return setup(env, builds) },
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
	})
}

// TestNothingLeft: the scripts leave no folder behind, also where only some run.
func TestNothingLeft(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestScripts$/^unknown_tier$")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "TMP="+dir, "TEMP="+dir)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Fatalf("%v\n%s", err, out)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// setup makes a script's home and variables; builds are the programs for build_*.
func setup(env *testscript.Env, builds func() (string, error)) error {
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("HOME", home)
	if env.Getenv("GORACE") == "" {
		env.Setenv("GORACE", "atexit_sleep_ms=10") // a second for each program otherwise
	}
	env.Setenv("DTLIC_TEST_NOW", startOfTime)
	env.Values[snapshotKey{}] = new(string)
	completions, err := filepath.Abs("../../../docs/completions")
	if err != nil {
		return err
	}
	env.Setenv("COMPLETIONS", completions)
	env.Setenv("BLOB", `DTLIC2:[A-Za-z0-9_.-]+`)
	if strings.HasPrefix(filepath.Base(env.WorkDir), "script-build_") {
		bin, err := builds()
		if err != nil {
			return err
		}
		env.Setenv("BIN", bin)
		env.Setenv("PLATFORM", runtime.GOOS+"/"+runtime.GOARCH)
		env.Setenv("PLATFORM_DIR", runtime.GOOS+"_"+runtime.GOARCH)
	}
	return os.Mkdir(home, 0o700)
}
