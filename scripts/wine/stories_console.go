//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dtlic/dtlic/internal/ptytest"
)

// terminal is a console with a program in it, and a person before it.
type terminal struct {
	what   string
	person *os.File
	cmd    *exec.Cmd
	cancel context.CancelFunc

	mu     sync.Mutex
	seen   []byte
	closed bool
}

// console starts a program at a console. There are no colors: Wine's console
// counts the characters of an escape sequence among those that it shows.
func (s *scene) console(c call) *terminal {
	person, device, err := ptytest.Open()
	must(err)
	ctx, cancel := context.WithTimeout(s.ctx, runLimit)
	c.env = append(c.env, "NO_COLOR=1")
	t := &terminal{what: c.String(), person: person, cmd: s.command(ctx, c), cancel: cancel}
	t.cmd.Stdin, t.cmd.Stdout, t.cmd.Stderr = device, device, device
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = t.cmd.Start()
	must(errors.Join(err, device.Close()))
	go t.watch()
	return t
}

func (t *terminal) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := t.person.Read(buf)
		t.mu.Lock()
		t.seen = append(t.seen, buf[:n]...)
		t.closed = err != nil // the last program let go of it
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// text is what stands at the console, without escape sequences and without
// blanks and line ends, since long lines are broken anywhere.
func (t *terminal) text() (text string, closed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return dense(escapes.ReplaceAllString(string(t.seen), "")), t.closed
}

func dense(text string) string { return strings.Join(strings.Fields(text), "") }

// sees waits until a text stands at the console.
func (t *terminal) sees(text string) *terminal {
	t.wait(fmt.Sprintf("%q is not at the console", text), func() bool {
		got, _ := t.text()
		return strings.Contains(got, dense(text))
	})
	return t
}

// wait waits until something holds, or says what is missing.
func (t *terminal) wait(missing string, holds func() bool) {
	for deadline := time.Now().Add(runLimit); ; time.Sleep(10 * time.Millisecond) {
		_, closed := t.text() // before, so that what came last is looked at
		if holds() {
			return
		}
		if closed || time.Now().After(deadline) {
			t.cancel()
			got, _ := t.text()
			failf("%s: %s: %s", t.what, missing, got)
		}
	}
}

// types types a text, as if it were pasted. Wine makes the terminal a console at
// the first read, and takes what came before for something else.
func (t *terminal) types(text string) *terminal {
	t.wait("no console yet", func() bool {
		mode, err := unix.IoctlGetTermios(int(t.person.Fd()), unix.TCGETS)
		must(err)
		return mode.Lflag&unix.ICANON == 0
	})
	_, err := t.person.WriteString(text)
	must(err)
	return t
}

// exit waits for the program's end and requires an exit code.
func (t *terminal) exit(code int) {
	defer t.cancel()
	_ = t.cmd.Wait() // the exit code says it
	if got := t.cmd.ProcessState.ExitCode(); got != code {
		text, _ := t.text()
		failf("%s: exit code %d at the console, want %d: %s", t.what, got, code, text)
	}
	must(t.person.Close())
}

func console(s *scene) {
	buyer := development + `\dtlic-buyer`
	blob := s.mint("--days", "9")
	t := s.console(call{program: buyer, args: []string{"activate"}})
	// Of two lines, as it is copied from a mail.
	t.sees("Paste the license").types(blob[:40] + "\r" + blob[40:] + "\r")
	t.sees("Is that you?").types("y\r")
	t.sees("active").sees("Ada Buyer").exit(0)
	s.buyer("status").exit(0).shows("state: active")

	s.console(call{program: buyer, args: []string{"deactivate"}}).sees("[y/N]").types("n\r").exit(0)
	s.buyer("status").exit(0)
	s.console(call{program: buyer, args: []string{"deactivate"}}).sees("[y/N]").types("\x03").exit(130)
	s.buyer("status").exit(0)
	s.console(call{program: buyer, args: []string{"deactivate"}}).sees("[y/N]").types("y\r").exit(0)
	s.buyer("status").exit(5)
	s.console(call{program: buyer, args: []string{"activate"}}).sees("Paste the license").types("\x03").exit(130)
}

func dragged(s *scene) {
	file := s.write(s.folder+`\Ihre Lizenz.dtlic`, []byte(s.mint()+"\r\n"))
	// Nobody can be asked who the holder is; the hint says what to type.
	s.buyer(file).exit(2).says("hint", "activate")
	s.run(call{program: development + `\dtlic-buyer`, args: []string{file}, starter: "explorer", stdin: "\n"}).exit(2).says("Press Enter")
}

func doubleClick(s *scene) {
	buyer := development + `\dtlic-buyer`
	file := s.write(s.folder+`\Ihre Lizenz.dtlic`, []byte(s.mint("--days", "9")+"\r\n"))
	s.console(call{program: buyer, starter: "explorer", args: []string{file}}).
		sees("Is that you?").types("y\r").sees("active").sees("Press Enter").types("\r").exit(0)
	// With a license its state is what a person wants to see.
	s.console(call{program: buyer, starter: "explorer"}).sees("Ada Buyer").sees("Press Enter").types("\r").exit(0)
	s.buyer("deactivate", "--yes").exit(0)
	s.console(call{program: buyer, starter: "explorer"}).
		sees("Paste the license").types(s.mint("--days", "10") + "\r").sees("Is that you?").types("n\r").
		sees("Press Enter").types("\r").exit(3)
	s.buyer("status").exit(5)
}
