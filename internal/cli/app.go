package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/ui"
	"github.com/dtlic/dtlic/internal/wording"
)

// App is one run of a program: what came from outside, and the flags that
// every command has.
type App struct {
	Env
	// Program is how the program calls itself.
	Program string
	// Resolve finds the product that this run is about. Development tells that
	// it may trust the development key.
	Resolve func() (p dtlic.Product, development bool, err error)

	// Judging is called before a buyer's command looks at a license, for a program
	// that has something to say about whose judgment it is; nil for a buyer.
	Judging func(p *dtlic.Product)

	// RenewalHint answers "renew EMAIL", which a creator may mean; nil for a
	// buyer.
	RenewalHint func(email string) error

	// Hinted makes commands in a hint be about the product that this run is about;
	// nil where there is but one.
	Hinted func(hint string) string

	// Unsafe is why this build must not run, nil where it may.
	Unsafe error

	asJSON, plain bool
	color         string
	out           *output
}

// NewRoot makes a program's root command with the flags that every command has.
func (a *App) NewRoot(short, long string) *cobra.Command {
	root := &cobra.Command{
		Use: a.Program, Short: short, Long: long,
		SilenceErrors: true, SilenceUsage: true,
		Args:              cobra.ArbitraryArgs,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	a.out = &output{w: a.Stdout}
	a.Stdout = a.out
	root.SetArgs(a.Args)
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// What package strconv thinks of it helps nobody.
		what, _, _ := strings.Cut(err.Error(), ": strconv.")
		return UsageHint(cmd.CommandPath()+" --help", "%s", what)
	})
	flags := root.PersistentFlags()
	flags.BoolVar(&a.asJSON, "json", false, "print one JSON document")
	flags.BoolVar(&a.plain, "plain", false, "print plain lines, as off a terminal")
	flags.StringVar(&a.color, "color", "auto", "color the output `WHEN`: auto, always or never")
	_ = root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions(colorModes, cobra.ShellCompDirectiveNoFileComp))
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if !slices.Contains(colorModes, a.color) {
			return Usage("--color must be auto, always or never, not %q", a.color)
		}
		if name := cmd.Name(); a.Unsafe != nil && name != "version" && name != "help" {
			return a.Unsafe // however the command line was read to get here
		}
		return checkFlags(cmd)
	}
	root.AddCommand(a.versionCommand())
	root.SetHelpCommand(a.helpCommand(root))
	return root
}

// The library keeps this in a variable of its package, so it is set once, not
// by each command line of a process.
func init() {
	cobra.MousetrapHelpText = "" // a double-click is welcome, see cli.md
}

var colorModes = []string{"auto", "always", "never"}

// helpCommand is help COMMAND; the library's own says nothing of a command that
// is not there.
func (a *App) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Help about a command", Example: "  " + a.Program + " help activate",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return UsageHint(a.Program+" --help", "there is no command %q", strings.Join(args, " "))
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// completionCommand adds the library's completion command, with our answers to
// wrong arguments.
func (a *App) completionCommand(root *cobra.Command) {
	root.InitDefaultCompletionCmd(a.Args...)
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		a.Group(cmd)
		for _, shell := range cmd.Commands() {
			shell.Args = Args(cobra.NoArgs)
		}
	}
}

// Args makes a check of how many arguments there are a usage error, in words that
// name the argument which is too many.
func Args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		hint := cmd.CommandPath() + " --help"
		for n := len(args) - 1; n >= 0; n-- {
			if check(cmd, args[:n]) == nil {
				return UsageHint(hint, "unexpected argument %q", args[n])
			}
		}
		return UsageHint(hint, "an argument is missing")
	}
}

// OneArg wants one argument, which what describes, such as "the license key".
func OneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return UsageHint(cmd.CommandPath()+" --help", "%s is missing", what)
		}
		return Args(cobra.ExactArgs(1))(cmd, args)
	}
}

// OneLicense checks the arguments of a command that takes a license: one that
// was pasted without quotes comes in pieces.
func (a *App) OneLicense(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return UsageHint(wording.QuoteIt(a.Program, cmd.Name()), wording.SeveralArguments)
	}
	return nil
}

// checkFlags refuses what no text flag takes: nothing, as an unset variable in
// a script gives, which would quietly mean the default; and a private key, also
// a mistyped one, which is in the shell's history by now.
func checkFlags(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		text := f.Value.String()
		list, isList := f.Value.(pflag.SliceValue)
		switch {
		case err != nil || !isList && f.Value.Type() != "string":
		case text == "" || isList && slices.Contains(list.GetSlice(), ""):
			err = UsageHint(cmd.CommandPath()+" --help", "--%s is empty", f.Name)
		case f.Name != "output" && HoldsSecret(text):
			err = UsageHint("if it is a signing key, treat it as seen by others: it is in the shell's history",
				"--%s looks like a secret, and secrets are never taken on the command line", f.Name)
		}
	})
	return err
}

// Run runs a program and returns its exit code. It is the only place that
// prints an error.
func (a *App) Run(root *cobra.Command) int {
	cmd, err := a.execute(root)
	if err == nil && a.out.err != nil {
		err = IO("cannot write to standard output", a.out.err)
	}
	if err != nil {
		a.printError(cmd, err)
	}
	if a.DoubleClicked {
		// The window would close before anybody could read it.
		a.Say("%s", wording.PressEnter)
		_, _ = io.ReadFull(a.Stdin, make([]byte, 1))
	}
	if err != nil {
		return exitCode(asFailure(err).Code)
	}
	return 0
}

// execute runs the command. A build that is not safe to run answers nothing but
// help and version, whatever else is wrong with the command line.
func (a *App) execute(root *cobra.Command) (*cobra.Command, error) {
	if a.Unsafe == nil || a.asksWhatItIs() {
		if cmd, _, err := root.Find(a.Args); err == nil && cmd != root {
			root.CompletionOptions.DisableDefaultCmd = true // nothing of this run shows it
		} else {
			a.completionCommand(root)
		}
		return root.ExecuteC()
	}
	cmd, _, err := root.Find(a.Args)
	if err != nil {
		cmd = root
	}
	return cmd, a.Unsafe
}

// asksWhatItIs tells whether the command line asks for help or the version.
func (a *App) asksWhatItIs() bool {
	if slices.Contains(a.Args, "--help") || slices.Contains(a.Args, "-h") {
		return true
	}
	command := slices.IndexFunc(a.Args, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	return command >= 0 && (a.Args[command] == "help" || a.Args[command] == "version")
}

func (a *App) printError(cmd *cobra.Command, err error) {
	if told := (shown{}); errors.As(err, &told) {
		return
	}
	failure := asFailure(err)
	failure.Hint = a.hinted(failure.Hint)
	if a.asJSON || slices.Contains(a.Args, "--json") {
		if a.PrintJSON(errorDocument(cmd, failure)) == nil {
			return
		}
	}
	hint := failure.Hint
	if failure.Code == CodeUsage && hint == "" {
		hint = cmd.CommandPath() + " --help"
	}
	failure.Hint = hint
	a.PrintError(failure)
}

// PrintError tells of a failure on standard error.
func (a *App) PrintError(err error) {
	e := asShown(err)
	e.Hint = a.hinted(e.Hint)
	ui.Error(a.Stderr, a.stderrTheme(), a.Program, e.What, e.Why, e.Hint)
}

// errorDocument is what a command that failed prints as JSON. Commands that
// tell how a license stands have the same members always.
func errorDocument(cmd *cobra.Command, failure *dtlic.Error) Document {
	d := Document{}
	if name := cmd.Name(); name == "status" || name == "inspect" {
		d = Document{{"state", string(failure.Code)}, {"days_left", nil}, {"key_id", nil}}
	}
	return append(d, Field{"error", ErrorValue(failure)})
}

// Product is Resolve for the commands that need nothing else.
func (a *App) Product() (dtlic.Product, error) {
	p, _, err := a.Resolve()
	return p, err
}

// License returns what package dtlic needs to look at this machine's license.
func (a *App) License() (dtlic.Product, dtlic.Options, error) {
	p, development, err := a.Resolve()
	if err == nil && a.Judging != nil {
		a.Judging(&p)
	}
	p.Program = a.Program // the hints name the program that runs
	return p, dtlic.Options{Now: a.Now, Getenv: a.Getenv, Home: a.Home, Development: development}, err
}

// JSON tells whether the answer is to be one JSON document.
func (a *App) JSON() bool { return a.asJSON }

// Styled tells whether answers are drawn for a person's eyes.
func (a *App) Styled() bool {
	return !a.asJSON && !a.plain && a.Getenv("DTLIC_PLAIN") == "" && (a.StdoutTTY || a.color == "always")
}

// Theme returns the styles for standard output.
func (a *App) Theme() ui.Theme { return ui.NewTheme(a.colored(a.StdoutTTY)) }

func (a *App) stderrTheme() ui.Theme { return ui.NewTheme(a.colored(a.StderrTTY)) }

func (a *App) colored(terminal bool) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	return terminal && !a.plain && a.Getenv("DTLIC_PLAIN") == "" && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb"
}

// Interactive tells whether there is a person to ask.
func (a *App) Interactive() bool { return a.StdinTTY || a.StderrTTY }

// Print writes an answer to standard output, in one write.
func (a *App) Print(text string) error {
	if _, err := io.WriteString(a.Stdout, text); err != nil {
		return IO("cannot write to standard output", err)
	}
	return nil
}

// MustBeSeen fails where standard output was closed when the program began: what
// is printed then is gone, which matters to whoever mints.
func (a *App) MustBeSeen() error {
	if a.StdoutGone {
		return IO("cannot write to standard output", errClosed)
	}
	return nil
}

// PrintLine prints a line that is foreign text: as it is for a script, escaped
// for a terminal.
func (a *App) PrintLine(text string) error {
	if a.StdoutTTY {
		text = ui.Escape(text)
	}
	return a.Print(text + "\n")
}

// PrintJSON prints one document, indented.
func (a *App) PrintJSON(d Document) error {
	text, err := d.Indented("")
	if err != nil {
		return err
	}
	return a.Print(text + "\n")
}

// PrintDocument prints an answer as JSON or plain lines.
func (a *App) PrintDocument(d Document) error {
	if a.asJSON {
		return a.PrintJSON(d)
	}
	var b strings.Builder
	if err := ui.Plain(&b, d.append(nil)); err != nil {
		return err
	}
	return a.Print(b.String())
}

// Say tells the person what happened, on standard error.
func (a *App) Say(format string, args ...any) {
	ui.Note(a.Stderr, a.stderrTheme(), a.Program, readable(fmt.Sprintf(format, args...)))
}

// Hint tells the person the next step, on standard error.
func (a *App) Hint(text string) {
	ui.Hint(a.Stderr, a.stderrTheme(), a.Program, readable(a.hinted(text)))
}

func (a *App) hinted(hint string) string {
	if a.Hinted == nil {
		return hint
	}
	return a.Hinted(hint)
}

// Warn tells the person what is not as it should be, on standard error.
func (a *App) Warn(format string, args ...any) {
	ui.Warn(a.Stderr, a.stderrTheme(), a.Program, readable(fmt.Sprintf(format, args...)), "")
}
