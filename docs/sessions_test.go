package docs_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/stage"
)

// A block ```console session (off a terminal) or ```console terminal is run
// with the real commands in a home of its own, which all such blocks of a page
// share (see package stage), and must print exactly what the page shows. With
// -update the pages are rewritten.
func TestSessionsPrintWhatThePagesShow(t *testing.T) {
	if len(os.TempDir()) > 10 {
		t.Skip("the temporary directory's name is so long that cards wrap it")
	}
	ran := 0
	for _, p := range pages(t) {
		s := newSession(t)
		text := p.text
		for _, b := range p.blocks {
			terminal := slices.Contains(b.words, "terminal")
			if b.lang != "console" || !terminal && !slices.Contains(b.words, "session") {
				continue
			}
			ran++
			got := s.run(t, b, terminal)
			if got == b.text {
				continue
			}
			if *update {
				text = strings.Replace(text, b.text, got, 1)
			} else {
				t.Errorf("%s:%d: the programs print\n%s\nand the page shows\n%s", p.path, b.line, got, b.text)
			}
		}
		if text != p.text {
			if err := os.WriteFile(filepath.Join(root, p.path), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if ran < 8 {
		t.Errorf("only %d sessions were found", ran)
	}
}

type session struct {
	*stage.Stage
	exit int
}

func newSession(t *testing.T) *session {
	home, err := os.MkdirTemp("", "d")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	t.Chdir(home)
	return &session{Stage: stage.New(home)}
}

// run runs a block's command lines and returns the block as it should be.
func (s *session) run(t *testing.T, b block, terminal bool) string {
	var out strings.Builder
	lines := strings.SplitAfter(b.text, "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "$ ") {
			continue
		}
		typed := lines[i]
		for strings.HasSuffix(lines[i], "\\\n") {
			i++
			typed += lines[i]
		}
		out.WriteString(typed)
		line := strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(typed, "$ "), "\\\n", " "))
		out.WriteString(s.Shown(s.command(t, line, terminal)))
		if s.exit != 0 && (i+1 == len(lines) || !strings.Contains(strings.Join(lines[i+1:], ""), "$ echo $?")) {
			t.Errorf("line %d: %q fails with %d, and the page does not ask for it", b.line, line, s.exit)
		}
	}
	return out.String()
}

var catFile = regexp.MustCompile(`\$\(cat ([^)]+)\)`)

// command runs one line of the little shell that the pages need.
func (s *session) command(t *testing.T, line string, terminal bool) string {
	line = catFile.ReplaceAllStringFunc(line, func(m string) string {
		return strings.TrimSpace(s.read(t, catFile.FindStringSubmatch(m)[1]))
	})
	words := shellWords(line)
	env := map[string]string{"NO_COLOR": "1"}
	for len(words) > 0 {
		name, value, found := strings.Cut(words[0], "=")
		if !found {
			break
		}
		env[name] = value
		words = words[1:]
	}
	var output string
	if n := len(words); n > 2 && words[n-2] == ">" {
		output, words = words[n-1], words[:n-2]
	}
	var out bytes.Buffer
	switch _, ours := stage.Programs[words[0]]; {
	case ours:
		stdout := &out
		if output != "" {
			stdout = &bytes.Buffer{}
		}
		s.exit = s.Run(stage.Call{
			Program: words[0], Args: words[1:], Variables: env, Stdout: stdout, Stderr: &out, Terminal: terminal, Width: 76,
		})
		if output != "" {
			if err := os.WriteFile(output, stdout.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	case words[0] == "printf" && output != "":
		if err := os.WriteFile(output, []byte(strings.ReplaceAll(words[1], `\n`, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	case words[0] == "cat":
		out.WriteString(s.read(t, words[1]))
	case line == "echo $?":
		fmt.Fprintln(&out, s.exit)
		s.exit = 0
	default:
		t.Fatalf("the pages' shell has no command %q", words[0])
	}
	return out.String()
}

func (s *session) read(t *testing.T, path string) string {
	data, err := os.ReadFile(strings.Replace(path, "~", s.Dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
