package clitest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/cli/creatorcli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/ui"
)

var update = flag.Bool("update", false, "write the golden files")

var logNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// holders have what makes columns hard to align: wide, combining, long and hostile
// names.
var holders = []string{
	"Ada Buyer", "Jana Nováková", "山田太郎", "Bob Buyer", "Nova\u0301kova\u0301 Jana", "Eve Buyer",
	"A Company With a Name That Is Longer Than Most of Them", "\x1b]0;x\x07\u202eeve", "می\u200cخواهم",
}

// writeLog writes a log of n licenses of every state, in the order of their issue.
func writeLog(t *testing.T, path string, n int) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	tiers := []string{"basic", "basic", "studio"}
	for i := range n {
		issued := logNow.AddDate(0, 0, -14*(n-i)%700).Add(-time.Duration(n-i) * time.Minute)
		key := i
		if i%7 == 6 {
			key = i - 6 // a renewal
		}
		tier := tiers[i%len(tiers)]
		r := map[string]any{
			"license_key": fmt.Sprintf("NOTES-%s-%08x-%08x", strings.ToUpper(tiers[key%len(tiers)]), uint32(key)*2654435761, key),
			"name":        holders[key%len(holders)], "email": fmt.Sprintf("holder%d@example.com", key), "tier": tier,
			"issued_at": issued.Format(time.RFC3339), "expires_at": issued.AddDate(1, 0, 0).Format(time.RFC3339),
			"blob": fmt.Sprintf("DTLIC2:%d", i), "key_id": "XvO18lxUlG0", "product": "datatools",
		}
		switch i % 10 {
		case 3:
			r["expires_at"] = "9999-12-31T23:59:59Z"
		case 5:
			r["trial"], r["expires_at"] = true, issued.AddDate(0, 0, 14).Format(time.RFC3339)
		case 8:
			r["expires_at"] = logNow.AddDate(0, 0, i%29+1).Format(time.RFC3339)
		case 9:
			r["starts_at"], r["expires_at"] = "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"
		}
		if err := e.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// askLog runs a command on a log at a terminal, or off one where width is 0.
func askLog(ctx context.Context, path string, width int, color bool, stdout, stderr io.Writer, args ...string) int {
	return cli.Program(creatorcli.New).Run(cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: stdout, Stderr: stderr, StdoutTTY: width > 0, Width: width,
		Getenv: func(name string) string {
			switch {
			case strings.HasSuffix(name, "_ISSUANCE_LOG"):
				return path
			case name == "NO_COLOR" && !color:
				return "1"
			}
			return ""
		},
		Home: filepath.Dir(path), Now: func() time.Time { return logNow }, Location: time.UTC, Disk: fsys.OS,
		Context: func() context.Context { return ctx },
	})
}

// TestLogTables compares what a creator sees with the golden files.
func TestLogTables(t *testing.T) {
	for _, n := range []int{0, 1, 30} {
		path := filepath.Join(t.TempDir(), "issued.jsonl")
		writeLog(t, path, n)
		for name, args := range map[string][]string{
			"list":     {"log", "list"},
			"all":      {"log", "list", "--all", "--sort", "issued", "--reverse"},
			"expiring": {"log", "expiring", "--within", "3m"},
			"stats":    {"log", "stats"},
			"show":     {"log", "show", "holder0@example.com"},
		} {
			if n == 0 && name == "show" {
				continue
			}
			for _, width := range []int{60, 80, 140} {
				var seen, colored bytes.Buffer
				if code := askLog(t.Context(), path, width, false, &seen, &seen, args...); code != 0 {
					t.Fatalf("%v: exit code %d: %s", args, code, seen.String())
				}
				file := filepath.Join("../../../testdata/golden", fmt.Sprintf("log_%s_%d_%d.txt", name, n, width))
				if *update {
					if err := os.WriteFile(file, seen.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if seen.String() != string(want) {
					t.Errorf("%s is\n%s, want\n%s", file, seen.String(), want)
				}
				if n > 0 {
					wantFitting(t, file, seen.String(), width)
				}
				askLog(t.Context(), path, width, true, &colored, io.Discard, args...)
				if isTable := !strings.HasPrefix(seen.String(), "dtlic: note: "); isTable && !strings.Contains(colored.String(), "\x1b[") {
					t.Errorf("%s has no color at a terminal", file)
				}
			}
		}
	}
}

// wantFitting wants no line that the terminal would break or obey.
func wantFitting(t *testing.T, name, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if got := lipgloss.Width(line); got > width {
			t.Fatalf("%s: at %d columns a line has %d: %q", name, width, got, line)
		}
		if line != ui.Escape(line) {
			t.Fatalf("%s: a line is not escaped: %q", name, line)
		}
	}
}

// TestLongTable: a table that is not held in memory is the one that would be.
func TestLongTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issued.jsonl")
	writeLog(t, path, 2500)
	for _, width := range []int{40, 60, 80, 140, 200} {
		var seen, stderr bytes.Buffer
		if code := askLog(t.Context(), path, width, false, &seen, &stderr, "log", "list", "--all"); code != 0 || stderr.Len() > 0 {
			t.Fatalf("exit code %d: %s", code, stderr.String())
		}
		if got := strings.Count(seen.String(), "\n"); got != 2501 {
			t.Errorf("%d lines", got)
		}
		wantFitting(t, "the table", seen.String(), width)
		if width < 200 {
			continue
		}
		// All columns are there, and aligned: a license key begins below its title.
		lines := strings.Split(seen.String(), "\n")
		before, _, _ := strings.Cut(lines[0], "license key")
		for i, line := range lines[1:2501] {
			if head, _, found := strings.Cut(line, "NOTES-"); !found || lipgloss.Width(head) != lipgloss.Width(before) {
				t.Fatalf("line %d: %q", i+2, line)
			}
		}
	}
}

// interrupting is a standard output at which Ctrl-C is pressed once something was
// shown.
type interrupting struct {
	bytes.Buffer
	stop func()
}

func (w *interrupting) Write(p []byte) (int, error) {
	w.stop()
	return w.Buffer.Write(p)
}

// TestInterruptedAnswer: what was cut short ends in 130, and is no whole document.
func TestInterruptedAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issued.jsonl")
	writeLog(t, path, 3000)
	for _, c := range []struct {
		width int
		args  []string
	}{
		{0, []string{"log", "list", "--all", "--json"}},
		{0, []string{"log", "list", "--all", "--jsonl"}},
		{0, []string{"log", "list", "--all"}},
		{80, []string{"log", "list", "--all"}},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		stdout := &interrupting{stop: cancel}
		var stderr bytes.Buffer
		code := askLog(ctx, path, c.width, false, stdout, &stderr, c.args...)
		cancel()
		if code != 130 || stderr.String() != "dtlic: error: interrupted\n" || stdout.Len() == 0 {
			t.Errorf("%v: exit code %d, %d bytes, stderr %q", c.args, code, stdout.Len(), stderr.String())
		}
		if json.Valid(stdout.Bytes()) || strings.HasSuffix(stdout.String(), "]\n") {
			t.Errorf("%v: the answer looks whole", c.args)
		}
	}
	// Before anything was shown, the error is the one document.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout bytes.Buffer
	for _, command := range []string{"list", "stats", "expiring"} {
		stdout.Reset()
		if code := askLog(ctx, path, 0, false, &stdout, io.Discard, "log", command, "--json"); code != 130 || !json.Valid(stdout.Bytes()) {
			t.Errorf("%s: exit code %d, %q", command, code, stdout.String())
		}
	}
}

type fullDisk struct{ left int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// TestAnswerThatCannotBeWritten: standard output fails at once, or later.
func TestAnswerThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issued.jsonl")
	writeLog(t, path, 3000)
	for _, left := range []int{0, 100_000} {
		for _, c := range []struct {
			width int
			args  []string
		}{
			{0, []string{"log", "list", "--json"}},
			{0, []string{"log", "list", "--jsonl"}},
			{0, []string{"log", "list"}},
			{80, []string{"log", "list"}},
			{0, []string{"log", "find", "a"}},
		} {
			var stderr bytes.Buffer
			code := askLog(t.Context(), path, c.width, false, &fullDisk{left}, &stderr, c.args...)
			if code != 1 || !strings.Contains(stderr.String(), "cannot write to standard output") {
				t.Errorf("%v after %d bytes: exit code %d, stderr %q", c.args, left, code, stderr.String())
			}
		}
	}
}
