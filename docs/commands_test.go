package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/stage"
)

// commandLines returns the command lines that a block shows: in a console block
// what follows the prompt, in a sh block every line that is no comment.
func commandLines(b block) (lines []string) {
	text := strings.ReplaceAll(b.text, "\\\n", " ")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		typed, prompted := strings.CutPrefix(line, "$ ")
		switch {
		case b.lang == "console" && prompted, b.lang == "sh" && line != "" && !strings.HasPrefix(line, "#"):
			lines = append(lines, typed)
		}
	}
	return lines
}

var (
	substitution = regexp.MustCompile(`\$\(([^()]*)\)`)
	codeSpan     = regexp.MustCompile("`((?:dtlic|dtlic-buyer) [^`]*)`")
)

// calls returns the calls of this project's programs in a line of shell, each
// as its words.
func calls(line string) (found [][]string) {
	for _, m := range substitution.FindAllStringSubmatch(line, -1) {
		found = append(found, calls(m[1])...)
	}
	line = substitution.ReplaceAllString(line, "SUBSTITUTED")
	var call []string
	for _, word := range append(shellWords(line), ";") {
		switch _, ours := stage.Programs[word]; {
		case strings.ContainsAny(word[:1], "|;&<>"):
			if len(call) > 0 {
				found = append(found, call)
			}
			call = nil
		case ours || len(call) > 0:
			call = append(call, word)
		}
	}
	return found
}

// shellWords splits a line as a shell does; the operators are words too.
func shellWords(line string) (words []string) {
	var word strings.Builder
	begun := false
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	var quote rune
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ' || r == '\t':
			end()
		case strings.ContainsRune("|;&<>", r):
			end()
			words = append(words, string(r))
		case r == '#' && !begun:
			return words
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	end()
	return words
}

// check tells whether a call names a command and flags that are there.
func check(call []string, arguments bool) error {
	tree := stage.Tree(stage.Programs[call[0]])
	cmd, rest, err := tree.Find(call[1:])
	if err != nil {
		return err
	}
	if cmd == tree && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return fmt.Errorf("there is no command %q", rest[0])
	}
	cmd.InitDefaultHelpFlag()
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if arguments && cmd.Args != nil {
		return cmd.Args(cmd, cmd.Flags().Args())
	}
	return nil
}

func TestCommandLinesExist(t *testing.T) {
	checked := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			for _, line := range commandLines(b) {
				for _, call := range calls(line) {
					checked++
					if err := check(call, true); err != nil {
						t.Errorf("%s:%d: %q: %s", p.path, b.line, line, err)
					}
				}
			}
		}
		for _, m := range codeSpan.FindAllStringSubmatch(p.prose(), -1) {
			for _, call := range calls(strings.ReplaceAll(m[1], "…", "")) {
				checked++
				if err := check(call, false); err != nil {
					t.Errorf("%s: `%s`: %s", p.path, m[1], err)
				}
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d command lines were found", checked)
	}
}

func TestCommandLinesThatDoNotExist(t *testing.T) {
	for _, line := range []string{
		"dtlic mind", "dtlic mint --nam x", "X=1 dtlic log lost", "jq . $(dtlic log pth)", "true && dtlic-buyer mint", "dtlic log resend",
	} {
		failed := false
		for _, call := range calls(line) {
			failed = failed || check(call, true) != nil
		}
		if !failed {
			t.Errorf("%q passed", line)
		}
	}
}

var (
	makeTarget = regexp.MustCompile("(?m)(?:`make ([a-z]+)|^make ([a-z]+)(?: PUBKEY|$))")
	script     = regexp.MustCompile(`go run \./(scripts/[a-z]+)`)
)

func TestMakeTargetsAndScriptsExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, p := range pages(t) {
		for _, m := range makeTarget.FindAllStringSubmatch(p.text, -1) {
			checked++
			if target := m[1] + m[2]; !strings.Contains(string(makefile), "\n"+target+":") {
				t.Errorf("%s: the Makefile has no target %q", p.path, target)
			}
		}
		for _, m := range script.FindAllStringSubmatch(p.text, -1) {
			checked++
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s: %s", p.path, err)
			}
		}
	}
	if checked < 8 {
		t.Errorf("only %d targets and scripts were found", checked)
	}
}
