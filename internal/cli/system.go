package cli

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/inconshreveable/mousetrap"
	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/ui"
)

// Main runs a program on the real machine and returns its exit code. It is the
// one place that looks at the environment, the clock and the streams.
func Main(program func(Env) (*App, *cobra.Command)) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A reader that went away is an error of the write, not the program's death:
	// whoever mints must hear that the license was not seen.
	signal.Ignore(syscall.SIGPIPE)

	home, _ := os.UserHomeDir() // not knowing it is no error until it is needed
	stdoutTTY := ui.IsTerminal(os.Stdout.Fd())
	env := Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdinTTY: ui.IsTerminal(os.Stdin.Fd()), StdoutTTY: stdoutTTY, StderrTTY: ui.IsTerminal(os.Stderr.Fd()),
		StdoutGone: closedAtStart(os.Stdout),
		Width:      ui.Width(os.Stdout.Fd()),
		Terminal:   ui.OpenTerminal,
		Getenv:     os.Getenv, Home: home, Now: time.Now, Location: time.Local, Random: rand.Reader,
		Disk: fsys.OS, DoubleClicked: mousetrap.StartedByExplorer(), Context: ctx,
	}
	if stdoutTTY {
		ui.EnableEscapes(os.Stdout)
	}
	app, root := program(env)
	return app.Run(root)
}
