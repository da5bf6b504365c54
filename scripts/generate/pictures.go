package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"github.com/dtlic/dtlic/internal/stage"
	"github.com/dtlic/dtlic/internal/svgterm"
)

// columns is the width of the terminal in the pictures, which is the widest card's.
const columns = 78

// addPictures adds the pictures of a license's life: the creator mints it, and
// months later the buyer looks at it.
func (f files) addPictures() (err error) {
	home, err := os.MkdirTemp(shortTemp(), "d")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }() // a temporary directory

	s := scene{Stage: stage.New(home)}
	s.play("init", "--product", "notes", "--title", "Notes", "--support", "help@example.com",
		"--tiers", "basic=export,studio=export+batch", "--yes")
	minted := s.play("mint", "--name", "Ada Buyer", "--email", "ada@example.com", "--tier", "studio")
	license := s.license(minted)
	s.play("activate", license)
	s.Now = s.Now.Add(130 * 24 * time.Hour)
	status := s.play("status")
	if s.err != nil {
		return s.err
	}
	for _, p := range []struct {
		file string
		svgterm.Picture
	}{
		{"mint.svg", svgterm.Picture{
			Title: "Minting a license", Columns: columns, Text: minted,
			About: "A terminal: dtlic mint prints a license as one line of text that begins with DTLIC2, and says which it is and where it is recorded.",
		}},
		{"status.svg", svgterm.Picture{
			Title: "The status of a license", Columns: columns, Text: status,
			About: "A terminal: dtlic status shows a card: the license of Notes is active, licensed to Ada Buyer, tier studio, with a bar of the days that are left.",
		}},
	} {
		if f[path.Join(pictureFolder, p.file)], err = p.Render(); err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
	}
	return nil
}

// shortTemp is a directory for temporary files whose name is so short that a card
// does not wrap it, as macOS' own would be; "" stands for the usual one.
func shortTemp() string {
	if len(os.TempDir()) > 24 {
		return "/tmp"
	}
	return ""
}

// scene is a stage on which the creator and the buyer act in turn.
type scene struct {
	*stage.Stage
	err error // the first failure; nothing is played after it
}

// play runs dtlic at a terminal and returns what is to be seen there, the command
// line first.
func (s *scene) play(args ...string) string {
	if s.err != nil {
		return ""
	}
	var seen bytes.Buffer
	exit := s.Run(stage.Call{Program: "dtlic", Args: args, Stdout: &seen, Stderr: &seen, Terminal: true, Width: columns})
	if exit != 0 {
		s.err = fmt.Errorf("dtlic %s: exit code %d: %s", args[0], exit, seen.String())
	}
	return "\x1b[1;32m$\x1b[0m " + commandLine(args) + "\n" + s.Shown(seen.String())
}

// license finds the license in what mint printed.
func (s *scene) license(seen string) string {
	for line := range strings.Lines(seen) {
		if strings.HasPrefix(line, "DTLIC2:") {
			return strings.TrimSpace(line)
		}
	}
	if s.err == nil {
		s.err = fmt.Errorf("there is no license in %q", seen)
	}
	return ""
}

// commandLine is the call as a person types it.
func commandLine(args []string) string {
	line := "dtlic"
	for _, arg := range args {
		if strings.Contains(arg, " ") {
			arg = "'" + arg + "'"
		}
		line += " " + arg
	}
	return line
}
