package clitest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/cli/creatorcli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
)

// The two logs of these tests, and what is revoked in the second.
const (
	hereLog      = `{"license_key":"K-1","name":"Ada Buyer","email":"ada@example.com","tier":"core","issued_at":"2026-11-01T12:00:00Z","expires_at":"2027-11-21T12:00:00Z","blob":"DTLIC2:1","product":"datatools"}` + "\n"
	thereLog     = `{"license_key":"K-2","name":"Bob Buyer","email":"bob@example.com","tier":"core","issued_at":"2026-11-02T12:00:00Z","expires_at":"2027-11-21T12:00:00Z","blob":"DTLIC2:2","product":"datatools"}` + "\n"
	thereRevoked = `{"license_key":"K-2","action":"revoke","at":"2026-11-20T09:00:00Z","reason":"paid back","blobs":[]}` + "\n"
)

// twoLogs is a folder with both.
func twoLogs(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"here.jsonl": hereLog, "there.jsonl": thereLog, "there.jsonl.revoked": thereRevoked} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runIn runs the creator's program with the log here.jsonl of a folder.
func runIn(ctx context.Context, dir string, disk fsys.FS, stdout io.Writer, args ...string) (code int, stderr string) {
	var errs bytes.Buffer
	_, terminal := stdout.(*tty)
	code = cli.Program(creatorcli.New).Run(cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: stdout, Stderr: &errs, StdoutTTY: terminal, Width: 80,
		Getenv: func(name string) string {
			return map[string]string{"DATATOOLS_ISSUANCE_LOG": filepath.Join(dir, "here.jsonl")}[name]
		},
		Home: dir, Now: func() time.Time { return time.Unix(1795262400, 0) }, Location: time.UTC,
		Disk: disk, Context: func() context.Context { return ctx },
	})
	return code, errs.String()
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// endsAfter is a context that is canceled when it was asked so many times: Ctrl-C
// at every moment at which a program looks.
type endsAfter struct {
	context.Context
	left atomic.Int64
}

func (c *endsAfter) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// interruptions runs try with a context that ends at the first look, at the
// second, and so on, until it is no longer looked at.
func interruptions(t *testing.T, try func(ctx context.Context) (code int)) {
	t.Helper()
	for n := int64(0); ; n++ {
		ctx := &endsAfter{Context: t.Context()}
		ctx.left.Store(n)
		code := try(ctx)
		if ctx.left.Load() >= 0 {
			if n == 0 || code != 0 {
				t.Errorf("never interrupted, or exit code %d", code)
			}
			return
		}
		if code != 130 {
			t.Fatalf("interrupted at look %d: exit code %d", n+1, code)
		}
	}
}

func TestInterruptedExport(t *testing.T) {
	for _, format := range []string{"csv", "json", "sql"} {
		interruptions(t, func(ctx context.Context) int {
			dir := twoLogs(t)
			file := filepath.Join(dir, "out")
			code, _ := runIn(ctx, dir, fsys.OS, io.Discard, "log", "export", "--format", format, "-o", file)
			if got := contentOf(t, file); (got == "") != (code != 0) {
				t.Errorf("%s: exit code %d, the file has %d bytes", format, code, len(got))
			}
			if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
				t.Errorf("%s: left %v, %v", format, left, err)
			}
			return code
		})
		interruptions(t, func(ctx context.Context) int {
			var out bytes.Buffer
			code, _ := runIn(ctx, twoLogs(t), fsys.OS, &out, "log", "export", "--format", format)
			if text := out.String(); code != 0 && (strings.Contains(text, "COMMIT") || strings.Contains(text, "]")) {
				t.Errorf("%s: what was interrupted has an end:\n%s", format, text)
			}
			return code
		})
	}
}

func TestInterruptedMerge(t *testing.T) {
	interruptions(t, func(ctx context.Context) int {
		dir := twoLogs(t)
		code, _ := runIn(ctx, dir, faultfs.New(fsys.OS, faultfs.Fault{}), io.Discard, "log", "merge", filepath.Join(dir, "there.jsonl"))
		want := hereLog
		if code == 0 {
			want += thereLog
		}
		if got := contentOf(t, filepath.Join(dir, "here.jsonl")); got != want {
			t.Errorf("exit code %d, the log is\n%s", code, got)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*.new")); err != nil || len(left) > 0 {
			t.Errorf("left %v, %v", left, err)
		}
		return code
	})
}

// everyFault runs try with each call of the disk failing in turn, and with a kill
// at each.
func everyFault(t *testing.T, atLeast int, try func(disk *faultfs.FS) (code int, stderr string)) {
	t.Helper()
	for name, fault := range map[string]faultfs.Fault{
		"error": {Err: syscall.EIO}, "full disk": {Err: syscall.ENOSPC, Short: true}, "kill": {Crash: true, Short: true},
	} {
		met := 0
		for fault.At = 1; ; fault.At++ {
			disk := faultfs.New(fsys.OS, fault)
			code, stderr := try(disk)
			if disk.Injected() == 0 {
				if code != 0 {
					t.Errorf("%s: without a fault: %d, %s", name, code, stderr)
				}
				break
			}
			if t.Failed() {
				t.Fatalf("%s at call %d of %q: exit code %d, %s", name, fault.At, disk.Calls(), code, stderr)
			}
			met++
		}
		if met < atLeast {
			t.Errorf("%s: only %d faults", name, met)
		}
	}
}

func TestExportFaults(t *testing.T) {
	var whole bytes.Buffer
	if code, stderr := runIn(t.Context(), twoLogs(t), fsys.OS, &whole, "log", "export", "--format", "sql"); code != 0 {
		t.Fatal(stderr)
	}
	everyFault(t, 12, func(disk *faultfs.FS) (int, string) {
		dir := twoLogs(t)
		file := filepath.Join(dir, "out")
		code, stderr := runIn(t.Context(), dir, disk, io.Discard, "log", "export", "--format", "sql", "-o", file)
		if got := contentOf(t, file); got != "" && got != whole.String() || code == 0 && got == "" {
			t.Errorf("the file is\n%s", got)
		}
		if got := contentOf(t, filepath.Join(dir, "here.jsonl")); got != hereLog {
			t.Errorf("the log is\n%s", got)
		}
		return code, stderr
	})
}

// TestMergeFaults: the log is what it was or has both, and no license that is
// revoked is there without that.
func TestMergeFaults(t *testing.T) {
	everyFault(t, 40, func(disk *faultfs.FS) (int, string) {
		dir := twoLogs(t)
		code, stderr := runIn(t.Context(), dir, disk, io.Discard, "log", "merge", filepath.Join(dir, "there.jsonl"))
		log, revoked := contentOf(t, filepath.Join(dir, "here.jsonl")), contentOf(t, filepath.Join(dir, "here.jsonl.revoked"))
		switch {
		case log != hereLog && log != hereLog+thereLog, revoked != "" && revoked != thereRevoked:
			t.Errorf("the log is\n%s, and what is revoked\n%s", log, revoked)
		case log != hereLog && revoked == "":
			t.Error("a license is there without its revocation")
		case code == 0 && (log == hereLog || revoked == ""):
			t.Error("success, and nothing was merged")
		}
		again, errs := runIn(t.Context(), dir, fsys.OS, io.Discard, "log", "merge", filepath.Join(dir, "there.jsonl"))
		if again != 0 || contentOf(t, filepath.Join(dir, "here.jsonl")) != hereLog+thereLog || contentOf(t, filepath.Join(dir, "here.jsonl.revoked")) != thereRevoked {
			t.Errorf("the next merge: %d, %s", again, errs)
		}
		return code, stderr
	})
}

// closedPipe fails after so many bytes, as a pipe whose reader went away does.
type closedPipe struct{ left int }

func (p *closedPipe) Write(b []byte) (int, error) {
	if p.left -= len(b); p.left < 0 {
		return 0, syscall.EPIPE
	}
	return len(b), nil
}

func TestExportToAReaderThatWentAway(t *testing.T) {
	for _, format := range []string{"csv", "json", "sql"} {
		code, stderr := runIn(t.Context(), twoLogs(t), fsys.OS, &closedPipe{10}, "log", "export", "--format", format)
		if code != 1 || stderr != "dtlic: error: cannot write to standard output: broken pipe\n" {
			t.Errorf("%s: exit code %d, %s", format, code, stderr)
		}
	}
}

// tty is a terminal.
type tty struct{ bytes.Buffer }

// TestExportToATerminal: what stands in the log cannot steer it.
func TestExportToATerminal(t *testing.T) {
	dir := t.TempDir()
	hostile := strings.Replace(hereLog, "Ada Buyer", `\u001b[31m\u202eAda\r\n\u009b2J\u0007`, 1)
	if err := os.WriteFile(filepath.Join(dir, "here.jsonl"), []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"csv", "json", "sql"} {
		var out tty
		if code, stderr := runIn(t.Context(), dir, fsys.OS, &out, "log", "export", "--format", format); code != 0 {
			t.Fatalf("%s: %s", format, stderr)
		}
		if text := out.String(); strings.ContainsAny(text, "\x1b\r\a\u009b\u202e") || !strings.Contains(text, "Ada") {
			t.Errorf("%s shows %q", format, text)
		}
	}
}
