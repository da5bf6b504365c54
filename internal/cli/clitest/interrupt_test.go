package clitest

import (
	"bytes"
	"context"
	"io"
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

func interruptRead(t *testing.T, args []string) {
	stdin := &silent{read: make(chan struct{}), end: make(chan struct{})}
	t.Cleanup(func() { close(stdin.end) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-stdin.read
		cancel()
	}()
	var stdout, stderr bytes.Buffer
	code := cli.Program(creatorcli.New).Run(cli.Env{
		Args: args, Stdin: stdin,
		Stdout: &stdout, Stderr: &stderr,
		Getenv: func(string) string { return "" }, Home: t.TempDir(),
		Now: func() time.Time { return time.Unix(1795262400, 0) }, Location: time.UTC,
		Disk: fsys.OS, Context: func() context.Context { return ctx },
	})
	if want := "dtlic: error: interrupted\n"; code != 130 || stdout.Len() > 0 || stderr.String() != want {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
}
