// Package manpage writes the manual pages of a program from its commands.
//
// It is here because what cobra brings, doc.GenManTree, takes every help text for
// Markdown: it runs shown lines together, shows flags as --days=0 and --mail[=false],
// leaves hyphens that a terminal shows as another character, and indents by tabs, of
// which mandoc complains. The pages here are plain man(7), without a date: the same
// commands give the same bytes.
package manpage

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// More is what a page has that does not come from the command.
type More struct {
	Sections []Section
	// See are commands whose pages are worth reading too.
	See []*cobra.Command
}

// Section is a part of a page: a list.
type Section struct {
	Title string // in capitals
	Intro string // running text before the list, "" for none
	Items []Item
}

// Item is a line of a [Section]. In all texts backquotes stand around what is to
// be typed as it is.
type Item struct{ Tag, Text string }

// Pages returns the source of the pages of a program's commands, by file name
// (dtlic-log-list.1). More returns what a command's page has besides. No page is
// written for help, and none for what cobra has below completion.
func Pages(root *cobra.Command, more func(cmd *cobra.Command) More) map[string][]byte {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	p := program{root: root, pages: make(map[string]*cobra.Command)}
	p.collect(root)
	files := make(map[string][]byte)
	for name, cmd := range p.pages {
		files[name+".1"] = []byte(p.page(cmd, more(cmd)))
	}
	return files
}

// program is a tree of commands and those of them that have a page, by name.
type program struct {
	root  *cobra.Command
	pages map[string]*cobra.Command
}

func (p *program) collect(cmd *cobra.Command) {
	p.pages[pageName(cmd)] = cmd
	if cmd.Parent() == p.root && cmd.Name() == "completion" {
		return
	}
	for _, c := range available(cmd) {
		if c.Name() != "help" {
			p.collect(c)
		}
	}
}

func available(cmd *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(cmd.Commands()), func(c *cobra.Command) bool {
		return !c.IsAvailableCommand() && c.Name() != "help"
	})
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func (p *program) page(cmd *cobra.Command, more More) string {
	r := new(roff)
	name := pageName(cmd)
	// The third argument is the date.
	r.macro("TH", strings.ToUpper(name), "1", "", p.root.Name(), p.root.Name()+" manual")
	r.request("nh")
	r.request("ad l")

	r.macro("SH", "NAME")
	r.line(escape(name) + ` \- ` + escape(lowered(cmd.Short)))
	r.macro("SH", "SYNOPSIS")
	r.line(synopsis(cmd))
	r.macro("SH", "DESCRIPTION")
	r.text(description(cmd))
	if list := available(cmd); len(list) > 0 {
		r.macro("SH", "COMMANDS")
		for _, c := range list {
			r.tagged(bold(c.Name()), sentence(c.Short))
		}
	}
	own, shared := flags(cmd)
	r.options("OPTIONS", own)
	r.options("OPTIONS OF EVERY COMMAND", shared)
	for _, s := range more.Sections {
		if len(s.Items) == 0 {
			continue
		}
		r.macro("SH", s.Title)
		r.prose(s.Intro)
		for _, item := range s.Items {
			r.tagged(marked(item.Tag), sentence(item.Text))
		}
	}
	if cmd.Example != "" {
		r.macro("SH", "EXAMPLES")
		r.literal(dedent(cmd.Example))
	}
	if list := p.related(cmd, more.See); len(list) > 0 {
		r.macro("SH", "SEE ALSO")
		for i, name := range list {
			comma := ","
			if i == len(list)-1 {
				comma = ""
			}
			r.macro("BR", name, "(1)"+comma)
		}
	}
	return r.String()
}

func description(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return cmd.Long
	}
	return sentence(cmd.Short)
}

// placeholder is a word that stands for what is to be given.
var placeholder = regexp.MustCompile(`[A-Z]+`)

// synopsis is the call: the command, its options, its arguments.
func synopsis(cmd *cobra.Command) string {
	line := bold(cmd.CommandPath())
	_, args, _ := strings.Cut(cmd.Use, " ")
	if len(available(cmd)) > 0 && args == "" {
		args = "[COMMAND]"
	}
	line += " [" + italic("OPTION") + "]..."
	if args != "" {
		line += " " + placeholder.ReplaceAllStringFunc(escape(args), func(word string) string { return `\fI` + word + `\fP` })
	}
	return line
}

// flags returns a command's own flags and those that every command has, --help
// among them.
func flags(cmd *cobra.Command) (own, shared []*pflag.Flag) {
	cmd.InitDefaultHelpFlag()
	inherited := cmd.Root().PersistentFlags()
	cmd.Flags().AddFlagSet(inherited)
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Hidden || f.Deprecated != "":
		case f.Name == "help":
			help := *f
			help.Usage = "print a summary of the command"
			shared = append(shared, &help)
		case inherited.Lookup(f.Name) == f:
			shared = append(shared, f)
		default:
			own = append(own, f)
		}
	})
	return own, shared
}

func (r *roff) options(title string, list []*pflag.Flag) {
	if len(list) > 0 {
		r.macro("SH", title)
	}
	for _, f := range list {
		tag := bold("--" + f.Name)
		if f.Shorthand != "" {
			tag = bold("-"+f.Shorthand) + ", " + tag
		}
		value, usage := pflag.UnquoteUsage(f)
		if f.Value.Type() != "bool" {
			tag += " " + italic(valueName(value))
		}
		usage = sentence(usage)
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "[]" && f.DefValue != "false" {
			usage += " The default is `" + f.DefValue + "`."
		}
		r.tagged(tag, usage)
	}
}

// valueName is what stands for a flag's value; a flag that names none has the
// name of its type.
func valueName(name string) string {
	switch name {
	case "string", "strings", "stringArray":
		return "TEXT"
	case "int":
		return "N"
	}
	return name
}

// related names the other pages that are worth reading: what the command is part
// of, its parts, those beside it, every command that its help speaks of, and more.
func (p *program) related(cmd *cobra.Command, more []*cobra.Command) []string {
	var list []string
	add := func(c *cobra.Command) {
		if name := pageName(c); p.pages[name] == c && c != cmd && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if parent := cmd.Parent(); parent != nil {
		add(parent)
		if parent != p.root {
			for _, c := range available(parent) {
				add(c)
			}
		}
	}
	for _, c := range available(cmd) {
		add(c)
	}
	call := regexp.MustCompile(regexp.QuoteMeta(p.root.Name()) + `((?: [a-z]+)+)`)
	for _, m := range call.FindAllStringSubmatch(cmd.Long+"\n"+cmd.Example, -1) {
		if c, _, err := p.root.Find(strings.Fields(m[1])); err == nil {
			add(c)
		}
	}
	for _, c := range more {
		add(c)
	}
	slices.Sort(list)
	return list
}

// sentence makes a sentence of a help text's fragment.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	return strings.TrimSuffix(text, ".") + "."
}

// lowered begins a text with a small letter, as the line under NAME does.
func lowered(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[size:]
}
