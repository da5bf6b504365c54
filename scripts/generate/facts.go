package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/manpage"
)

// facts are what the manual pages take from the tables of the documentation.
type facts struct {
	exits     []manpage.Item
	variables uses
	files     uses
}

// uses are a table of variables or files, and the paragraph before it.
type uses struct {
	intro string
	list  []use
}

// use is a variable or file, and which commands use it.
type use struct {
	item manpage.Item
	// by is "every command", "every command of `PROGRAM`", or commands in
	// backquotes.
	by string
}

const everyCommand = "every command"

func readFacts(root string) (f facts, err error) {
	_, rows, err := table(filepath.Join(root, "docs/exit-codes.md"), "exit", "meaning")
	if err != nil {
		return f, err
	}
	for _, row := range rows {
		f.exits = append(f.exits, manpage.Item{Tag: quoted(row[0]), Text: row[1]})
	}
	page := filepath.Join(root, "docs/environment.md")
	if f.variables, err = readUses(page, "variable", "read by", "meaning"); err != nil {
		return f, err
	}
	f.files, err = readUses(page, "file", "used by", "what it is")
	return f, err
}

func readUses(page string, header ...string) (u uses, err error) {
	intro, rows, err := table(page, header...)
	for _, row := range rows {
		u.list = append(u.list, use{manpage.Item{Tag: row[0], Text: row[2]}, row[1]})
	}
	u.intro = intro
	return u, err
}

func quoted(text string) string { return "`" + text + "`" }

var markdownLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// table reads the cells of the one table with these columns in a page of
// Markdown, and the paragraph before it; links lose their targets.
func table(page string, header ...string) (intro string, rows [][]string, err error) {
	data, err := os.ReadFile(page)
	if err != nil {
		return "", nil, err
	}
	head, body, found := strings.Cut(markdownLink.ReplaceAllString(string(data), "$1"), "| "+strings.Join(header, " | ")+" |\n|"+strings.Repeat("---|", len(header))+"\n")
	for line := range strings.Lines(body) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != len(header) {
			return "", nil, fmt.Errorf("%s: %d cells, not %d: %s", page, len(cells), len(header), line)
		}
		rows = append(rows, cells)
	}
	if !found || len(rows) == 0 {
		return "", nil, fmt.Errorf("%s has no table with the columns %q", page, header)
	}
	paragraphs := strings.Split(strings.TrimSpace(head), "\n\n")
	return paragraphs[len(paragraphs)-1], rows, nil
}

// more is what a command's manual page has besides its help. The commands that
// work on the same file are worth knowing together.
func (f *facts) more(cmd *cobra.Command) (m manpage.More) {
	m.Sections = []manpage.Section{
		{Title: "EXIT STATUS", Items: f.exits},
		{Title: "ENVIRONMENT", Intro: f.variables.intro, Items: usedBy(f.variables.list, cmd)},
		{Title: "FILES", Intro: f.files.intro, Items: usedBy(f.files.list, cmd)},
	}
	root := cmd.Root()
	for _, u := range f.files.list {
		if cmd == root || !u.named(top(cmd)) {
			continue
		}
		for _, c := range root.Commands() {
			if u.named(c) {
				m.See = append(m.See, c)
			}
		}
	}
	return m
}

// usedBy picks what a command uses; a program uses what its commands do.
func usedBy(list []use, cmd *cobra.Command) (items []manpage.Item) {
	root := cmd.Root()
	commands := root.Commands()
	if cmd != root {
		commands = []*cobra.Command{top(cmd)}
	}
	for _, u := range list {
		if u.by == everyCommand || u.by == everyCommand+" of "+quoted(root.Name()) || slices.ContainsFunc(commands, u.named) {
			items = append(items, u.item)
		}
	}
	return items
}

// named tells whether the table names a command of a program.
func (u *use) named(cmd *cobra.Command) bool {
	return slices.Contains(strings.Split(u.by, ", "), quoted(cmd.Name()))
}

// top is the program's command that a command belongs to: log for log list.
func top(cmd *cobra.Command) *cobra.Command {
	for cmd.Parent() != cmd.Root() {
		cmd = cmd.Parent()
	}
	return cmd
}
