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

// TestListWidths: whatever the terminal's width, the table keeps within it, and
// the license key, which resend is given, is whole.
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
		40:  "license key name",
		60:  "license key name ends",
		80:  "license key name tier ends",
		140: "license key name email tier issued ends",
	} {
		code, stdout, stderr := frame(t, creatorcli.New, func(env *cli.Env) {
			env.Home, env.StdoutTTY, env.Width = home, true, width
		}, "log", "list")
		text := escapes.ReplaceAllString(stdout, "")
		if code != 0 || stderr != "" || !strings.Contains(text, key) || !strings.Contains(text, "Long") {
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
