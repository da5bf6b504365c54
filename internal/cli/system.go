package cli

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/inconshreveable/mousetrap"
	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/ui"
)

// Program makes a program of what it takes from outside.
type Program func(Env) (*App, *cobra.Command)

// Run runs the program and returns its exit code.
func (p Program) Run(env Env) int {
	app, root := p(env)
	return app.Run(root)
}

// Main runs a program on the real machine and returns its exit code.
func Main(p Program) int { return p.Run(SystemEnv()) }

// SystemEnv returns what the real machine hands in. It is the one place that
// looks at the environment, the clock and the streams.
func SystemEnv() Env {
	// A reader that went away is an error of the write, not the program's death:
	// whoever mints must hear that the license was not seen.
	signal.Ignore(syscall.SIGPIPE)

	home, _ := os.UserHomeDir() // not knowing it is no error until it is needed
	stdoutTTY := ui.IsTerminal(os.Stdout.Fd())
	if stdoutTTY {
		ui.EnableEscapes(os.Stdout)
	}
	return Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdinTTY: ui.IsTerminal(os.Stdin.Fd()), StdoutTTY: stdoutTTY, StderrTTY: ui.IsTerminal(os.Stderr.Fd()),
		StdoutGone: closedAtStart(os.Stdout),
		Width:      ui.Width(os.Stdout.Fd()),
		Terminal:   ui.OpenTerminal,
		Getenv:     os.Getenv, Home: home, Now: time.Now, Location: time.Local, Random: rand.Reader,
		Disk: fsys.OS, Executable: executable, DoubleClicked: mousetrap.StartedByExplorer(),
		Edit: edit, DefaultEditor: defaultEditor(),
		Context: sync.OnceValue(untilInterrupted),
	}
}

// edit runs an editor. Ctrl-C is the editor's business while it runs: caught
// here, it does not end this program, and the editor does not inherit that.
func edit(argv []string) error {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	signal.Reset(syscall.SIGPIPE) // an ignored signal would be inherited
	defer signal.Ignore(syscall.SIGPIPE)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if !ui.IsTerminal(os.Stdout.Fd()) {
		cmd.Stdout = os.Stderr
	}
	return cmd.Run()
}

// defaultEditor is the one that every such system has.
func defaultEditor() string {
	if runtime.GOOS == "windows" {
		return "notepad"
	}
	return ""
}

// untilInterrupted watches for Ctrl-C. The watch is an operating system's thread
// of its own, which a command that waits for nothing does without.
func untilInterrupted() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Whoever presses Ctrl-C a second time means it, whatever is going on.
	context.AfterFunc(ctx, stop)
	return ctx
}

// executable is the file of this program, not a package manager's link to it.
func executable() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	return withoutLinks(path), nil
}

// withoutLinks is where a path leads, or the path where nobody can tell.
func withoutLinks(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
