//go:build linux

// Command wine runs the programs' Windows builds, and the Windows tests of the
// packages that have code of their own there, under Wine: as stories, each with
// what it must show.
//
//	go run ./scripts/wine
//	go run ./scripts/wine -run 'mint|held'
//
// It needs Wine and a C compiler for Windows (Debian: wine, wine64,
// gcc-mingw-w64-x86-64). Everything that it makes stands in one temporary
// folder, a Wine prefix of its own among it, and is gone in the end, with all
// processes. The exit code is 1 where a story failed. docs/windows.md says what
// Wine cannot show.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"syscall"
	"time"
)

func main() {
	// The Wine server dies with the thread that started it: with this one, which
	// ends when the program does.
	runtime.LockOSThread()
	only := flag.String("run", "", "only the stories whose name matches this regular expression")
	count := flag.Int("count", 1, "tell each story so many times")
	list := flag.Bool("list", false, "print the names of the stories, and run none")
	workers := flag.Int("workers", runtime.NumCPU(), "how many stories to run at once")
	flag.Parse()
	if err := run(*only, *count, *list, max(1, *workers)); err != nil {
		fmt.Fprintln(os.Stderr, "wine: error:", err)
		os.Exit(1)
	}
}

func run(only string, count int, list bool, workers int) (err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	var chosen []story
	for _, s := range stories() {
		if pattern.MatchString(s.name) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no story's name matches %q", only)
	}
	if list {
		for _, s := range chosen {
			fmt.Println(s.name)
		}
		return nil
	}
	if why := cannotRun(); why != "" {
		return errors.New(why)
	}
	// A reader of the list that goes away must not leave a Wine behind either.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	chosen = slices.Repeat(chosen, max(1, count))
	begun := time.Now()
	b, err := newBottle(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	fmt.Println("Building for Windows, and making a Wine of its own …")
	if err := errors.Join(b.build(chosen), ctx.Err()); err != nil {
		return err
	}
	if err := b.boot(); err != nil {
		return err
	}
	failed := b.tellAll(chosen, workers)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	fmt.Printf("%d stories, %d failed, %.0f s\n", len(chosen), failed, time.Since(begun).Seconds())
	if err := printLimits(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d stories failed", failed, len(chosen))
	}
	return nil
}
