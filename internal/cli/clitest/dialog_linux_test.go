package clitest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dtlic/dtlic/internal/ptytest"
)

// patience is how long a dialog waits for what it expects, before it fails.
const patience = 10 * time.Second

// dialog runs a program at a terminal of its own and plays the person there:
//
//	dialog CODE SCRIPT PROGRAM ARGS…
//
// The script has one step a line: "expect TEXT" waits until the terminal shows
// it, behind what was expected before; "type TEXT" types it and presses Enter;
// "key TEXT" types it without; "paste FILE" pastes a file in one go, and
// "bracketed FILE" as terminals do that mark a paste. In texts of key, ^C and
// ^D are these keys. What the terminal showed is in the file screen then.
func dialog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: dialog CODE SCRIPT PROGRAM ARGS…")
	}
	master, slave, err := ptytest.Open()
	ts.Check(err)
	defer func() { _ = master.Close() }()
	path := strings.TrimSpace(lookPath(ts, args[2]))
	cmd := exec.Command(path, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environment(ts)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	err = cmd.Start()
	_ = slave.Close() // the program has its own
	ts.Check(err)
	s := &screen{master: master, portions: make(chan []byte)}
	go s.read()
	failure := s.play(ts, ts.ReadFile(args[1]))
	if failure != nil {
		_ = cmd.Process.Kill()
	}
	s.rest()
	err = cmd.Wait()
	ts.Logf("[screen]\n%s", s.shown.String())
	ts.Check(os.WriteFile(ts.MkAbs("screen"), s.shown.Bytes(), 0o600))
	if failure != nil {
		ts.Fatalf("%v", failure)
	}
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// environment is what a script has set, by names: testscript does not hand out
// its list.
func environment(ts *testscript.TestScript) []string {
	env := []string{"TERM=xterm-256color"}
	for _, name := range []string{ // the last of two wins
		"PATH", "HOME", "DTLIC_TEST_NOW", "DTLIC_PLAIN", "DTLIC_PRODUCT", "NO_COLOR", "DATATOOLS_LICENSE", "GOCOVERDIR", "GORACE", "TERM",
		"EDITOR",
	} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// lookPath finds one of the two programs.
func lookPath(ts *testscript.TestScript, program string) string {
	if strings.Contains(program, "/") {
		return ts.MkAbs(program)
	}
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), ":") {
		path := dir + "/" + program
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	ts.Fatalf("no program %s", program)
	return ""
}

// screen is the terminal's other end.
type screen struct {
	master   *os.File
	portions chan []byte
	shown    bytes.Buffer
	seen     int // what was expected before
}

func (s *screen) read() {
	defer close(s.portions)
	for {
		portion := make([]byte, 4096)
		n, err := s.master.Read(portion)
		if n > 0 {
			s.portions <- portion[:n]
		}
		if err != nil {
			return // EIO: nobody has the terminal open any more
		}
	}
}

func (s *screen) rest() {
	for portion := range s.portions {
		s.shown.Write(portion)
	}
}

func (s *screen) play(ts *testscript.TestScript, script string) error {
	for line := range strings.Lines(script) {
		step, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var err error
		switch step {
		case "":
		case "expect":
			err = s.expect(text)
		case "type":
			_, err = s.master.WriteString(text + "\r")
		case "key":
			_, err = s.master.WriteString(strings.NewReplacer("^C", "\x03", "^D", "\x04").Replace(text))
		case "paste":
			_, err = s.master.WriteString(ts.ReadFile(text))
		case "bracketed":
			_, err = s.master.WriteString("\x1b[200~" + ts.ReadFile(text) + "\x1b[201~")
		default:
			err = fmt.Errorf("unknown step %q", step)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
		}
	}
	return nil
}

func (s *screen) expect(text string) error {
	deadline := time.After(patience)
	for {
		if i := bytes.Index(s.shown.Bytes()[s.seen:], []byte(text)); i >= 0 {
			s.seen += i + len(text)
			return nil
		}
		select {
		case portion, ok := <-s.portions:
			if !ok {
				return errors.New("the program ended before")
			}
			s.shown.Write(portion)
		case <-deadline:
			return errors.New("it never came")
		}
	}
}
