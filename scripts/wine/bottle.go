//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	compiler  = "x86_64-w64-mingw32-gcc"
	bootLimit = 2 * time.Minute
	stopLimit = 10 * time.Second
)

// cannotRun tells why nothing can be run for Windows here, "" where it can.
func cannotRun() string {
	for _, tool := range []string{"wine", "wineserver", compiler} {
		if _, err := exec.LookPath(tool); err != nil {
			return "there is no " + tool + " here: apt-get install wine wine64 gcc-mingw-w64-x86-64"
		}
	}
	return ""
}

// bottle is a Wine of its own: a temporary folder with a prefix, a home and
// all that is built, and a server that ends with it.
type bottle struct {
	ctx     context.Context
	dir     string
	server  *exec.Cmd // nil until boot
	desktop *exec.Cmd // the program that keeps the desktop
}

// newBottle makes the folder. Whatever is started from here on becomes this
// process's child when its own parent ends, so that nothing gets lost.
func newBottle(ctx context.Context) (*bottle, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("cannot look after Wine's processes: %w", err)
	}
	dir, err := os.MkdirTemp("", "dtlic-wine-")
	if err != nil {
		return nil, err
	}
	b := &bottle{ctx: ctx, dir: dir}
	for _, sub := range []string{b.driveC(), b.path("home"), b.path("tmp")} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	return b, nil
}

func (b *bottle) path(parts ...string) string {
	return filepath.Join(append([]string{b.dir}, parts...)...)
}

// driveC is the folder that Windows programs see as C:\.
func (b *bottle) driveC() string { return b.path("prefix", "drive_c") }

// environment is all that a Windows program gets from outside: no display, no
// variable of ours, and no program of Wine's that asks to be installed.
func (b *bottle) environment(more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TERM=xterm",
		"HOME=" + b.path("home"), "TMPDIR=" + b.path("tmp"),
		"WINEPREFIX=" + b.path("prefix"), "WINEARCH=win64", "WINEDEBUG=-all",
		"WINEDLLOVERRIDES=winemenubuilder.exe=d;mscoree=d;mshtml=d",
	}, more...)
}

// boot starts the server and fills the prefix.
func (b *bottle) boot() error {
	b.server = exec.Command("wineserver", "--foreground", "--persistent")
	b.server.Env = b.environment()
	// Ctrl-C is ours to handle; and should this program be killed, the server
	// gets the signal at which it kills all that it serves.
	b.server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if err := b.server.Start(); err != nil {
		b.server = nil
		return fmt.Errorf("cannot start wineserver: %w", err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, bootLimit)
	defer cancel()
	cmd := b.command(ctx, "wineboot", "--init")
	// A file, and not a pipe: Wine's services keep it open as long as they live.
	out, err := os.Create(b.path("wineboot.txt"))
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = out, out
	if err := errors.Join(cmd.Run(), out.Close()); err != nil {
		said, _ := os.ReadFile(out.Name()) // what is known without it stands before
		return fmt.Errorf("cannot make a Wine prefix: %w: %s", errors.Join(err, ctx.Err()), bytes.TrimSpace(said))
	}
	return errors.Join(b.addRandom(), b.keepDesktop())
}

// keepDesktop keeps Wine's desktop from being made anew for each console.
func (b *bottle) keepDesktop() error {
	b.desktop = b.command(b.ctx, helpers+`\probe.exe`, "desktop")
	if _, err := b.desktop.StdinPipe(); err != nil { // open as long as this program runs
		return err
	}
	return b.desktop.Start()
}

// addRandom puts the library that Go needs into Wine's system folder, where
// Wine has none of its own.
func (b *bottle) addRandom() error {
	dll := filepath.Join(b.driveC(), "windows", "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(dll); err == nil {
		return nil
	}
	text, err := os.ReadFile(b.path("bcryptprimitives.dll"))
	if err != nil {
		return err
	}
	return os.WriteFile(dll, text, 0o755)
}

// command is a Windows program, given by its path there or its name.
func (b *bottle) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "wine", append([]string{program}, args...)...)
	cmd.Env = b.environment()
	cmd.Dir = b.driveC()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// close ends the server with all programs that still run, and removes the
// folder. It works after an interruption too.
func (b *bottle) close() error {
	var errs []error
	if b.server != nil {
		errs = append(errs, b.stop())
	}
	return errors.Join(append(errs, reap(), os.RemoveAll(b.dir))...)
}

func (b *bottle) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	kill := exec.CommandContext(ctx, "wineserver", "--kill")
	kill.Env = b.environment()
	_ = kill.Run() // it fails where the server is gone already
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = b.server.Wait() // ended by a signal
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done(): // a process that Wine could not start right may hold it up
		return b.server.Process.Kill()
	}
}

// reap waits for the processes whose parents ended before them, such as Wine's
// own services. They end with the server; one that does not is killed.
func reap() error {
	for begun := time.Now(); ; {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		case pid > 0:
			continue
		}
		if waited := time.Since(begun); waited > 2*stopLimit {
			return errors.New("processes of Wine are still there")
		} else if waited > stopLimit {
			killChildren()
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// killChildren kills all children of this process, whichever thread of it
// started them.
func killChildren() {
	lists, _ := filepath.Glob("/proc/self/task/*/children") // the pattern is well formed
	for _, list := range lists {
		pids, _ := os.ReadFile(list) // of a thread that has just ended there are none
		for field := range strings.FieldsSeq(string(pids)) {
			if pid, err := strconv.Atoi(field); err == nil {
				_ = unix.Kill(pid, unix.SIGKILL) // it may have ended just now
			}
		}
	}
}

// windows is a folder or file below C:\ as Windows programs name it.
func windows(parts ...string) string { return `C:\` + strings.Join(parts, `\`) }

// unixPath is where a file that Windows names by its whole path really is.
func (b *bottle) unixPath(name string) string {
	return filepath.Join(b.driveC(), strings.ReplaceAll(strings.TrimPrefix(name, `C:\`), `\`, "/"))
}
