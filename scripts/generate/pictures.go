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

// picture is a picture and its file's name.
type picture struct {
	file string
	svgterm.Picture
}

// addPictures adds the pictures of a license's life and of a log.
func (f files) addPictures() (err error) {
	for _, play := range []func(*scene) []picture{license, months} {
		home, err := os.MkdirTemp(shortTemp(), "d")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(home) }() // a temporary directory
		s := scene{Stage: stage.New(home)}
		pictures := play(&s)
		if s.err != nil {
			return s.err
		}
		for _, p := range pictures {
			p.Columns = columns
			if f[path.Join(pictureFolder, p.file)], err = p.Render(); err != nil {
				return fmt.Errorf("%s: %w", p.file, err)
			}
		}
	}
	return nil
}

// license is a license's life: the creator mints it, and months later the buyer
// looks at it.
func license(s *scene) []picture {
	s.init()
	minted := s.play("mint", "--name", "Ada Buyer", "--email", "ada@example.com", "--tier", "studio")
	s.play("activate", s.license(minted))
	s.Now = s.Now.Add(130 * 24 * time.Hour)
	return []picture{
		{"mint.svg", svgterm.Picture{
			Title: "Minting a license", Text: minted,
			About: "A terminal: dtlic mint prints a license as one line of text that begins with DTLIC2, and says which it is and where it is recorded.",
		}},
		{"status.svg", svgterm.Picture{
			Title: "The status of a license", Text: s.play("status"),
			About: "A terminal: dtlic status shows a card: the license of Notes is active, licensed to Ada Buyer, tier studio, with a bar of the days that are left.",
		}},
	}
}

// months is a year of selling, and what the questions about the log show then.
func months(s *scene) []picture {
	s.init()
	for _, sale := range []struct {
		days int // since the sale before
		name string
		more []string
	}{
		{0, "Ada Buyer", []string{"--tier", "studio"}},
		{15, "Bob Buyer", []string{"--tier", "basic"}},
		{30, "Cyd Buyer", []string{"--tier", "basic", "--days", "90"}},
		{12, "Jana Nováková", []string{"--tier", "studio", "--trial", "--days", "14"}},
		{14, "Jana Nováková", []string{"--tier", "studio"}},
		{25, "Example Ltd", []string{"--tier", "studio", "--perpetual", "--updates-until", "2029-01-01"}},
		{40, "Dan Buyer", []string{"--tier", "basic"}},
		{35, "Eve Buyer", []string{"--tier", "studio", "--years", "2"}},
		{50, "Example Inc", []string{"--tier", "studio"}},
		{8, "Fay Buyer", []string{"--tier", "basic"}},
		{70, "Gus Buyer", []string{"--tier", "basic"}},
		{31, "Example GmbH", []string{"--tier", "studio", "--starts", "2028-01-01"}},
	} {
		s.Now = s.Now.Add(time.Duration(sale.days) * 24 * time.Hour)
		first, _, _ := strings.Cut(strings.ToLower(sale.name), " ")
		s.play(append([]string{"mint", "--name", sale.name, "--email", first + "@example.com"}, sale.more...)...)
	}
	s.Now = time.Date(2027, 10, 25, 9, 0, 0, 0, time.UTC)
	return []picture{
		{"log-list.svg", svgterm.Picture{
			Title: "The issuance log", Text: s.play("log", "list", "--sort", "expires"),
			About: "A terminal: dtlic log list shows a table of licenses: for each its state, such as active or expired, its holder, when it ends, and its license key.",
		}},
		{"log-stats.svg", svgterm.Picture{
			Title: "The issuance log in numbers", Text: s.play("log", "stats"),
			About: "A terminal: dtlic log stats shows counts of licenses with bars: by state, by tier, and by the month in which they were issued.",
		}},
	}
}

// shortTemp is a directory for temporary files whose name is so short that a card
// does not wrap it, as macOS' own would be; "" stands for the usual one.
func shortTemp() string {
	if len(os.TempDir()) > 10 {
		return "/tmp"
	}
	return ""
}

// scene is a stage on which the creator and the buyer act in turn.
type scene struct {
	*stage.Stage
	err error // the first failure; nothing is played after it
}

// init names the product.
func (s *scene) init() {
	s.play("init", "--product", "notes", "--title", "Notes", "--support", "help@example.com",
		"--tiers", "basic=export,studio=export+batch", "--yes")
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
