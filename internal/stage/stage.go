// Package stage runs the programs in this process on a machine that is made up,
// so that the pages and pictures that show them are the same each time: the clock
// stands, the randomness and with it every key is always the same, and the home
// is a temporary directory that is shown under another name. No program that is
// shipped can be run like this.
package stage

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/cli/creatorcli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/ui"
)

// Programs are the programs, by the names under which they are installed.
var Programs = map[string]cli.Program{"dtlic": creatorcli.New, "dtlic-buyer": cli.Buyer}

// Home is what is shown for the stage's home directory.
const Home = "/home/ada"

// Stage is the machine.
type Stage struct {
	// Now is the time, until it is set to another.
	Now time.Time
	// Dir is the home directory as it really is.
	Dir    string
	random io.Reader
}

// New returns a machine whose home is an empty directory.
func New(dir string) *Stage {
	return &Stage{Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Dir: dir, random: &stream{}}
}

// stream is randomness that is the same each time.
type stream struct{ n byte }

func (s *stream) Read(p []byte) (int, error) {
	s.n++
	sum := sha256.Sum256([]byte{s.n})
	return copy(p, sum[:]), nil
}

// Call is one run of a program.
type Call struct {
	Program        string // one of [Programs]
	Args           []string
	Variables      map[string]string // the environment
	Stdout, Stderr io.Writer
	// Terminal tells whether all streams are a terminal; every question is
	// answered with y there.
	Terminal bool
	// Width is the terminal's, in columns.
	Width int
}

// Env returns what a call takes from outside.
func (s *Stage) Env(c Call) cli.Env {
	return cli.Env{
		Args: c.Args, Stdin: strings.NewReader(""), Stdout: c.Stdout, Stderr: c.Stderr,
		StdinTTY: c.Terminal, StdoutTTY: c.Terminal, StderrTTY: c.Terminal, Width: c.Width,
		Terminal: func() (ui.Terminal, error) { return &yes{screen: c.Stderr}, nil },
		Getenv:   func(name string) string { return c.Variables[name] },
		Home:     s.Dir, Now: func() time.Time { return s.Now }, Location: time.UTC, Random: s.random,
		Disk: fsys.OS, Context: context.Background,
	}
}

// Run runs a program and returns its exit code. What it prints has the home's
// real name, see [Stage.Shown].
func (s *Stage) Run(c Call) int { return Programs[c.Program].Run(s.Env(c)) }

// Tree returns the commands of a program that nobody runs.
func Tree(p cli.Program) *cobra.Command {
	_, tree := p(New("").Env(Call{Stdout: io.Discard, Stderr: io.Discard}))
	tree.InitDefaultCompletionCmd()
	tree.InitDefaultHelpCmd()
	return tree
}

// yes is a terminal at which every question is answered with y.
type yes struct{ screen io.Writer }

func (y *yes) Read(p []byte) (int, error) {
	fmt.Fprintln(y.screen, "y")
	return copy(p, "y\n"), nil
}
func (y *yes) Write(p []byte) (int, error) { return y.screen.Write(p) }
func (y *yes) Raw() (func(), error)        { return func() {}, nil }
func (y *yes) Ready(time.Duration) bool    { return false }
func (y *yes) Close() error                { return nil }

// Shown returns an output with the home's shown name; a card's frame stays
// where it was.
func (s *Stage) Shown(out string) string {
	inCard := regexp.MustCompile(regexp.QuoteMeta(s.Dir) + `(\S* +)((?:\x1b\[[0-9;]*m)*│)`)
	more := strings.Repeat(" ", max(0, len(s.Dir)-len(Home)))
	out = inCard.ReplaceAllString(out, Home+"${1}"+more+"${2}")
	return strings.ReplaceAll(out, s.Dir, Home)
}
