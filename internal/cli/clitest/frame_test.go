package clitest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/cli/creatorcli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/ui"
)

// frame runs a program in this process; change says what is not as off a
// terminal, in an empty home.
func frame(t *testing.T, p cli.Program, change func(*cli.Env), args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Width: 80,
		Getenv: func(string) string { return "" }, Home: t.TempDir(),
		Now: func() time.Time { return time.Unix(1795262400, 0) }, Location: zone,
		Random: rand.Reader, Disk: fsys.OS, Context: context.Background,
	}
	change(&env)
	code = p.Run(env)
	return code, out.String(), errs.String()
}

// TestPressEnter: a window that opened for the program stays until its owner
// has read it, whatever came of it.
func TestPressEnter(t *testing.T) {
	const press = "Press Enter to close this window.\n"
	for _, c := range []struct {
		double bool
		args   []string
		code   int
	}{
		{true, []string{"version"}, 0},
		{true, []string{"status"}, 5},
		{true, []string{"--bogus"}, 2},
		{false, []string{"version"}, 0},
	} {
		stdin := strings.NewReader("\n\n")
		code, _, stderr := frame(t, cli.Buyer, func(env *cli.Env) {
			env.DoubleClicked, env.Stdin = c.double, stdin
		}, c.args...)
		want := 2
		if c.double {
			want = 1
		}
		if code != c.code || strings.HasSuffix(stderr, press) != c.double || stdin.Len() != want {
			t.Errorf("%+v: exit code %d, %d left to read, stderr %q", c, code, stdin.Len(), stderr)
		}
	}
}

// console is a person at a terminal, who types or pastes one portion after the
// other, when the one before was read.
type console struct {
	io.Writer
	now  *strings.Reader
	next []string
}

func (c *console) Read(p []byte) (int, error) {
	if c.now.Len() == 0 && len(c.next) > 0 {
		c.now.Reset(c.next[0])
		c.next = c.next[1:]
	}
	return c.now.Read(p)
}

func (c *console) Raw() (func(), error)     { return func() {}, nil }
func (c *console) Ready(time.Duration) bool { return c.now.Len() > 0 }
func (c *console) Close() error             { return nil }

// TestStartedFromAWindow: a license's file that is dragged onto the program, and
// then a double-click: no command line, a question at the console, and a window
// that stays until it was read.
func TestStartedFromAWindow(t *testing.T) {
	home := t.TempDir()
	license := filepath.Join(home, "für Ada.dtlic")
	code, _, stderr := frame(t, creatorcli.New, func(env *cli.Env) { env.Home = home },
		"mint", "--name", "Ada Buyer", "--email", "ada@example.com", "-o", license)
	if code != 0 {
		t.Fatal(stderr)
	}
	pasted, err := os.ReadFile(license)
	if err != nil {
		t.Fatal(err)
	}
	start := func(home string, typed []string, args ...string) (code int, shown string) {
		var screen bytes.Buffer
		code, stdout, stderr := frame(t, cli.Buyer, func(env *cli.Env) {
			env.Home, env.DoubleClicked, env.Stdin = home, true, strings.NewReader("\n")
			env.StdinTTY, env.StdoutTTY, env.StderrTTY = true, true, true
			here := &console{&screen, strings.NewReader(""), typed}
			env.Terminal = func() (ui.Terminal, error) { return here, nil }
		}, args...)
		if !strings.HasSuffix(stderr, "Press Enter to close this window.\n") {
			t.Errorf("the window closed behind %q", stderr)
		}
		return code, escapes.ReplaceAllString(screen.String()+stdout+stderr, "")
	}
	for _, c := range []struct {
		name, typed string
		args        []string
		code        int
		want        []string
	}{
		{"dragged, and it is not mine", "n\r", []string{license}, 3, []string{"Is that you?", "the license is not yours"}},
		{"double-clicked before", "\x03", nil, 130, []string{"Paste the license"}},
		{"dragged", "y\r", []string{license}, 0, []string{"Ada B… <a…@example.com>", "✓ active", "Ada Buyer"}},
		{"double-clicked after", "", nil, 0, []string{"✓ active", "Ada Buyer"}},
		{"dragged again", "y\r", []string{license}, 0, []string{"this license is active already"}},
	} {
		code, shown := start(home, []string{c.typed}, c.args...)
		if code != c.code {
			t.Errorf("%s: exit code %d, %s", c.name, code, shown)
		}
		for _, text := range c.want {
			if !strings.Contains(shown, text) {
				t.Errorf("%s: no %q in\n%s", c.name, text, shown)
			}
		}
	}
	if code, shown := start(t.TempDir(), []string{string(pasted), "y\r"}); code != 0 || !strings.Contains(shown, "✓ active") {
		t.Errorf("pasted after a double-click: exit code %d\n%s", code, shown)
	}
}

// TestForeignLine: a log's path is as it is for a script, and cannot write to a
// terminal.
func TestForeignLine(t *testing.T) {
	const path = "/tmp/\x1b[31m\u202e.jsonl"
	for _, tty := range []bool{false, true} {
		want := path + "\n"
		if tty {
			want = `/tmp/\u{001B}[31m\u{202E}.jsonl` + "\n"
		}
		code, stdout, stderr := frame(t, creatorcli.New, func(env *cli.Env) {
			env.StdoutTTY = tty
			env.Getenv = func(name string) string {
				return map[string]string{"DATATOOLS_ISSUANCE_LOG": path}[name]
			}
		}, "log", "path")
		if code != 0 || stdout != want || stderr != "" {
			t.Errorf("terminal %v: exit code %d, stdout %q, stderr %q", tty, code, stdout, stderr)
		}
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestListWidths: whatever the terminal's width, the table keeps within it; and
// unless that is very narrow the license key, which resend is given, is whole.
func TestListWidths(t *testing.T) {
	const key = "NOTES-STUDIO-5dd8e1db-d90c4656"
	home := t.TempDir()
	line := fmt.Sprintf(`{"license_key":%q,"name":%q,"email":"a.very.long.address@subdomain.example.com","tier":"studio",`+
		`"issued_at":"2026-01-01T00:00:00Z","expires_at":"2027-01-01T00:00:00Z","blob":"x"}`+"\n", key, strings.Repeat("Long Name ", 9)+"End")
	dir := filepath.Join(home, ".datatools-creator")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "issued.jsonl"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for width, columns := range map[int]string{
		40:  "state name ends",
		60:  "state name license key",
		80:  "state name tier ends license key",
		140: "state name email tier ends issued license key",
	} {
		code, stdout, stderr := frame(t, creatorcli.New, func(env *cli.Env) {
			env.Home, env.StdoutTTY, env.Width = home, true, width
		}, "log", "list")
		text := escapes.ReplaceAllString(stdout, "")
		if code != 0 || stderr != "" || strings.Contains(text, key) != (width > 40) || !strings.Contains(text, "Long") {
			t.Errorf("%d columns: exit code %d, stderr %q\n%s", width, code, stderr, text)
		}
		header, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		if got := strings.Join(strings.Fields(header), " "); got != columns {
			t.Errorf("%d columns: header %q, want %q", width, got, columns)
		}
		for l := range strings.Lines(text) {
			if n := len([]rune(strings.TrimSuffix(l, "\n"))); n > width {
				t.Errorf("%d columns: a line of %d: %q", width, n, l)
			}
		}
	}
}

// TestInterruptedJSON: Ctrl-C has an answer in JSON too.
func TestInterruptedJSON(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stdin, w := io.Pipe()
	defer func() { _ = w.Close() }() // nobody reads it by then
	code, stdout, stderr := frame(t, creatorcli.New, func(env *cli.Env) {
		env.Stdin, env.Context = stdin, func() context.Context { return ctx }
	}, "inspect", "-", "--json")
	want := `{
  "state": "interrupted",
  "days_left": null,
  "key_id": null,
  "error": {
    "code": "interrupted",
    "message": "interrupted",
    "hint": ""
  }
}
`
	if code != 130 || stdout != want || stderr != "" {
		t.Errorf("exit code %d, stderr %q, stdout %s", code, stderr, stdout)
	}
}
