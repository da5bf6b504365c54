package clitest

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/cli/creatorcli"
	"github.com/dtlic/dtlic/internal/fsys"
)

// silent is a pipe that nobody writes to.
type silent struct {
	begun sync.Once
	read  chan struct{} // closed when somebody reads
	end   chan struct{}
}

func (s *silent) Read([]byte) (int, error) {
	s.begun.Do(func() { close(s.read) })
	<-s.end
	return 0, io.EOF
}

// TestInterruptedRead: Ctrl-C ends a program that waits for a text which does
// not come. The signal must not merely be noted.
func TestInterruptedRead(t *testing.T) {
	for _, args := range [][]string{
		{"activate", "-", "--name", "A", "--email", "a@b"},
		{"product", "check", "-"},
		{"product", "mail", "--from", "-"},
	} {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) { interruptRead(t, args) })
	}
}

// TestInterruptedPassphrase: the same while a backup's passphrase is read.
func TestInterruptedPassphrase(t *testing.T) {
	home := t.TempDir()
	pass := filepath.Join(home, "pass")
	if err := os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(home, "made.age")
	for _, args := range [][]string{
		{"init", "--product", "notes", "--support", "help@example.com", "--yes"},
		{"backup", "-o", made, "--passphrase-file", pass},
	} {
		var stderr bytes.Buffer
		if code := runReading(t.Context(), home, strings.NewReader(""), io.Discard, &stderr, args); code != 0 {
			t.Fatalf("%q: exit code %d, stderr %q", args, code, stderr.String())
		}
	}
	other := filepath.Join(home, "other.age")
	for _, args := range [][]string{
		{"backup", "-o", other, "--passphrase-file", "-"},
		{"restore", made, "--passphrase-file", "-"},
	} {
		t.Run(args[0], func(t *testing.T) { interruptReadIn(t, home, args) })
	}
	if _, err := os.Lstat(other); err == nil {
		t.Error("there is a backup")
	}
}

func interruptRead(t *testing.T, args []string) { interruptReadIn(t, t.TempDir(), args) }

func interruptReadIn(t *testing.T, home string, args []string) {
	stdin := &silent{read: make(chan struct{}), end: make(chan struct{})}
	t.Cleanup(func() { close(stdin.end) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-stdin.read
		cancel()
	}()
	var stdout, stderr bytes.Buffer
	code := runReading(ctx, home, stdin, &stdout, &stderr, args)
	if want := "dtlic: error: interrupted\n"; code != 130 || stdout.Len() > 0 || !strings.HasSuffix(stderr.String(), want) || strings.Count(stderr.String(), "error: ") != 1 {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
}

// runReading runs the creator's program in a home of its own, and returns its exit code.
func runReading(ctx context.Context, home string, stdin io.Reader, stdout, stderr io.Writer, args []string) int {
	return cli.Program(creatorcli.New).Run(cli.Env{
		Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr,
		Getenv: func(string) string { return "" }, Home: home,
		Now: func() time.Time { return time.Unix(1795262400, 0) }, Location: time.UTC,
		Random: rand.Reader, Disk: fsys.OS, Context: func() context.Context { return ctx },
	})
}
