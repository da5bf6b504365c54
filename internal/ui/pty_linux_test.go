package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dtlic/dtlic/internal/ptytest"
)

// pty is a real terminal: what is written to it is typed at it.
type pty struct {
	master, slave *os.File
	mu            sync.Mutex
	screen        bytes.Buffer // all that was shown
}

func openPTY(t *testing.T) *pty {
	t.Helper()
	master, slave, err := ptytest.Open()
	if err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	t.Cleanup(func() { _, _ = master.Close(), slave.Close() })
	p := &pty{master: master, slave: slave}
	go p.watch()
	return p
}

func (p *pty) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := p.master.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.screen.Write(buf[:n])
		p.mu.Unlock()
	}
}

func (p *pty) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

func (p *pty) expect(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(p.shown(), text); {
		if time.Now().After(deadline) {
			t.Fatalf("%q was never shown, only %q", text, p.shown())
		}
		time.Sleep(time.Millisecond)
	}
}

func (p *pty) send(t *testing.T, text string, size int) {
	t.Helper()
	for _, portion := range portionsOf(text, size) {
		if _, err := p.master.WriteString(portion); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *pty) modes(t *testing.T) unix.Termios {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(p.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *modes
}

func TestPTYPaste(t *testing.T) {
	long := strings.Repeat("abcdefgh", 1499) + "山田é."
	wrapped := strings.Join(portionsOf(long, 64), "\r\n")
	unwrapped := func(s string) string { return strings.ReplaceAll(s, "\n", "") }
	for name, input := range map[string]string{
		"one line": long, "wrapped": wrapped, "marked": marked(long), "marked, wrapped": marked(wrapped),
	} {
		for _, size := range []int{61, 5000} {
			t.Run(fmt.Sprintf("%s by %d", name, size), func(t *testing.T) {
				p := openPTY(t)
				before := p.modes(t)
				d := &device{in: p.slave, out: p.slave}
				type answer struct {
					text string
					err  error
				}
				answers := make(chan answer, 1)
				go func() {
					text, err := NewPrompter(d, NewTheme(true), false).ReadPaste(t.Context(), "Paste it:", testDone)
					answers <- answer{text, err}
				}()
				p.expect(t, "Paste it:")
				p.send(t, input, size)
				got := <-answers
				if got.err != nil || unwrapped(got.text) != long {
					t.Errorf("ReadPaste = %.40q (%d), %v", got.text, len(got.text), got.err)
				}
				if p.modes(t) != before {
					t.Error("the terminal's modes are not as before")
				}
				p.expect(t, pasteMarksOff)
				if strings.Contains(p.shown(), "abcd") {
					t.Error("the license was shown")
				}
			})
		}
	}
}

// The end of an unmarked mail waits in the terminal when the next question is asked.
func TestPTYConfirmAfterPaste(t *testing.T) {
	p := openPTY(t)
	prompter := NewPrompter(&device{in: p.slave, out: p.slave}, Theme{}, false)
	answers := make(chan bool, 1)
	go func() {
		_, _ = prompter.ReadPaste(t.Context(), "Paste it:", testDone)
		yes, err := prompter.Confirm(t.Context(), "Is that you?", true)
		answers <- yes && err == nil
	}()
	p.expect(t, "Paste it:")
	p.send(t, "license.\r\rKind regards\r\ryes\r\r", 3)
	p.expect(t, "Is that you?")
	p.send(t, "n\r", 10)
	if <-answers {
		t.Error("the mail's last lines answered the question")
	}
	if n := strings.Count(p.shown(), "Is that you?"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

const childVariable = "DTLIC_UI_TEST_CHILD"

// TestOpenTerminal asks in a child whose streams are no terminal.
func TestOpenTerminal(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		askInChild()
	}
	for name, test := range map[string]struct{ keys, want string }{
		"answered": {"Jana\r", "answer Jana"},
		"Ctrl-D":   {"\x04", "error interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openPTY(t)
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOpenTerminal$")
			cmd.Env = append(os.Environ(), childVariable+"=1")
			var out bytes.Buffer
			cmd.Stdout = &out
			cmd.ExtraFiles = []*os.File{p.slave}
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			p.expect(t, "Name: ")
			p.send(t, test.keys, 100)
			if err := cmd.Wait(); err != nil || out.String() != test.want {
				t.Errorf("%q, %v; want %q", out.String(), err, test.want)
			}
		})
	}
}

func askInChild() {
	terminal, err := OpenTerminal()
	if err == nil {
		var name string
		name, err = NewPrompter(terminal, Theme{}, false).Ask(context.Background(), "Name", "", nil)
		err = errors.Join(err, terminal.Close())
		if err == nil {
			fmt.Print("answer " + name)
		}
	}
	if err != nil {
		fmt.Print("error ", err)
	}
	os.Exit(0)
}

func TestOpenTerminalWithoutOne(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		askInChild()
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOpenTerminalWithoutOne$")
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(out), "error no terminal to ask at: ") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestWidth(t *testing.T) {
	p := openPTY(t)
	for columns, want := range map[uint16]int{0: 80, 10: 40, 40: 40, 100: 100, 500: 200} {
		size := unix.Winsize{Row: 24, Col: columns}
		if err := unix.IoctlSetWinsize(int(p.slave.Fd()), unix.TIOCSWINSZ, &size); err != nil {
			t.Fatal(err)
		}
		if got := Width(p.slave.Fd()); got != want {
			t.Errorf("Width of %d columns is %d, want %d", columns, got, want)
		}
	}
	if !IsTerminal(p.slave.Fd()) {
		t.Error("a terminal is none")
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if IsTerminal(file.Fd()) || Width(file.Fd()) != 80 {
		t.Error("the null device is a terminal")
	}
}
