//go:build windows

// Command probe does on Windows what a story needs and a Linux program cannot:
// it starts a program with the home, the parent and the streams of a Windows
// process, ends one in the middle, and holds a file open as other programs do.
//
//	probe run -home 'C:\users\Ada' -- PROGRAM ARGUMENTS…
//	probe hold -share rwd -for 1s FILE
//	probe desktop
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/windows"
)

// failed is the exit code of the probe's own failures, which no program of
// this project has.
const failed = 99

// killed is the exit code of run where it ended the program.
const killed = 98

func main() {
	code, err := probe(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe: error:", err)
		code = failed
	}
	os.Exit(code)
}

func probe(args []string) (code int, err error) {
	if len(args) == 0 {
		return 0, errors.New("run, hold or desktop?")
	}
	switch args[0] {
	case "run":
		return run(args[1:])
	case "hold":
		return 0, hold(args[1:])
	case "desktop":
		return 0, desktop()
	}
	return 0, fmt.Errorf("run, hold or desktop, not %q", args[0])
}

// run starts a program and passes its exit code on.
func run(args []string) (int, error) {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	home := flags.String("home", "", "the program's %USERPROFILE%")
	stdout := flags.String("stdout", "", "closed: no handle at all; broken: a pipe that nobody reads")
	kill := flags.Duration("kill", 0, "end the program after so long, where it has not ended by then")
	if err := flags.Parse(args); err != nil {
		return 0, err
	}
	if flags.NArg() == 0 {
		return 0, errors.New("which program?")
	}
	if *home != "" {
		// Wine takes this one from its registry, whatever is handed in from outside.
		if err := os.Setenv("USERPROFILE", *home); err != nil {
			return 0, err
		}
	}
	out := os.Stdout
	switch *stdout {
	case "closed":
		out = nil
	case "broken":
		r, w, err := os.Pipe()
		if err != nil {
			return 0, err
		}
		out = w
		if err := r.Close(); err != nil {
			return 0, err
		}
	}
	// Ctrl-C at a console is the program's business, whose end is waited for.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	// Not package os/exec, which puts the null device in the place of a missing stream.
	process, err := os.StartProcess(flags.Arg(0), flags.Args(), &os.ProcAttr{Files: []*os.File{os.Stdin, out, os.Stderr}})
	if err != nil {
		return 0, err
	}
	var ended atomic.Bool
	if *kill > 0 {
		time.AfterFunc(*kill, func() {
			ended.Store(true)
			_ = process.Kill() // it may have ended just now
		})
	}
	state, err := process.Wait()
	switch {
	case err != nil:
		return 0, err
	case ended.Load() && !state.Success():
		return killed, nil
	}
	return state.ExitCode(), nil
}

// desktop uses the desktop until standard input ends. Wine makes one for its
// first user and removes it behind the last, which takes many seconds.
func desktop() error {
	window := windows.NewLazySystemDLL("user32.dll").NewProc("GetDesktopWindow")
	if err := window.Find(); err != nil {
		return err
	}
	if handle, _, _ := window.Call(); handle == 0 {
		return errors.New("there is no desktop")
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// hold opens a file, says so, and closes it after a time, or when standard
// input ends.
func hold(args []string) error {
	flags := flag.NewFlagSet("hold", flag.ContinueOnError)
	share := flags.String("share", "", "what others may do meanwhile: r read, w write, d remove and replace")
	long := flags.Duration("for", 0, "how long; without it until standard input ends")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var mode uint32
	for letter, bit := range map[string]uint32{"r": windows.FILE_SHARE_READ, "w": windows.FILE_SHARE_WRITE, "d": windows.FILE_SHARE_DELETE} {
		if strings.Contains(*share, letter) {
			mode |= bit
		}
	}
	name, err := windows.UTF16PtrFromString(flags.Arg(0))
	if err != nil {
		return err
	}
	handle, err := windows.CreateFile(name, windows.GENERIC_READ, mode, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return err
	}
	fmt.Println("held")
	if *long > 0 {
		time.Sleep(*long)
	} else if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return windows.CloseHandle(handle)
}
