package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
)

// TestSnippets puts the Go files of the pages together into the app that they
// speak of, in a module of its own, and vets and tests it. A block's second word
// is its path there; product.json is the example of product.md.
func TestSnippets(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module")
	}
	dir := t.TempDir()
	product := readPage(t, "docs/product.md")
	write := func(path, text string) {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write("go.sum", string(sums))
	write("go.mod", "module example.com/notes\n\ngo 1.26.0\n\nrequire github.com/dtlic/dtlic v0.0.0\n\n"+
		"replace github.com/dtlic/dtlic => "+root+"\n")
	files := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.lang != "go" {
				continue
			}
			if len(b.words) != 1 {
				t.Fatalf("%s:%d: a block of Go has no path", p.path, b.line)
			}
			files++
			write(b.words[0], b.text)
			if strings.Contains(b.text, "//go:embed product.json") {
				write(filepath.Join(filepath.Dir(b.words[0]), "product.json"), product.block(t, "product"))
			}
		}
	}
	if files < 8 {
		t.Errorf("only %d blocks of Go were found", files)
	}
	write("react/fit_test.go", adviceOnDialogue)
	program := filepath.Join(dir, "notes.exe")
	for _, args := range [][]string{{"test", "-vet=all", "./..."}, {"list", "-deps", "./notes"}, {"build", "-o", program, "./notes"}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		// The module cache has all that this project needs: nothing is fetched.
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		if args[0] == "list" {
			standardOnly(t, strings.Fields(string(out)))
		}
	}
	tellsEveryError(t, program)
}

// adviceOnDialogue is a test in the pages' app: what the dialogue answers, the
// advice can show.
const adviceOnDialogue = `package react_test

import (
	"strings"
	"testing"

	"example.com/notes/dialogue"
	"example.com/notes/license"
	"example.com/notes/react"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/dtlictest"
)

func TestAdviceOnDialogue(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(o *dtlic.Options, text *string)
		option  dtlictest.Option
		refuses bool   // the person says: that is not me
		says    string // begins what is shown
		hint    bool
		ask     bool
	}{
		{name: "good"},
		{name: "not me", refuses: true, says: "this license is for someone else", ask: true},
		{name: "no license", change: func(_ *dtlic.Options, text *string) { *text = "Hello" }, says: "there is no license in this text", hint: true, ask: true},
		{name: "expired", option: dtlictest.Expired(), says: "this license has expired: ", hint: true, ask: true},
		{name: "changed", option: dtlictest.Damaged(), says: "this license was changed", hint: true, ask: true},
		{name: "hidden by a variable", change: func(o *dtlic.Options, text *string) {
			blob := *text
			o.Getenv = func(name string) string {
				if name == "NOTES_LICENSE" {
					return blob
				}
				return ""
			}
		}, says: "$NOTES_LICENSE is set"},
		{name: "no home", change: func(o *dtlic.Options, _ *string) { o.Home = "" }, says: "a file could not be read or written: ", hint: true},
		{name: "no clock", change: func(o *dtlic.Options, _ *string) { o.Now = nil }, says: "dtlic: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			kit := dtlictest.New(t, license.Product())
			option := test.option
			if option == nil {
				option = dtlictest.Tier("studio")
			}
			o, text := kit.Options(), kit.License(option)
			if test.change != nil {
				test.change(&o, &text)
			}
			_, err := dialogue.Activate(kit.Product(), o, text, func(string) bool { return !test.refuses })
			show, ask := react.Advice(err)
			if !strings.HasPrefix(show, test.says) || (show == "") != (test.says == "") || ask != test.ask {
				t.Errorf("after %v it shows %q, %t", err, show, ask)
			}
			if first, hint, found := strings.Cut(show, ". "); found != test.hint || found && (first == "" || hint == "") {
				t.Errorf("it shows %q", show)
			}
		})
	}
}
`

// tellsEveryError runs README's first app where there is no license for
// different reasons: it says why, and prints no line without words.
func tellsEveryError(t *testing.T, program string) {
	dir := t.TempDir()
	for _, test := range []struct{ name, home, variable, says string }{
		{"fresh machine", dir, "NOTES_LICENSE=", "notes: no license is activated here\n"},
		{"I/O", dir, "NOTES_LICENSE_FILE=" + dir, "notes: a file could not be read or written: "},
		{"no home", "", "NOTES_LICENSE=", "notes: a file could not be read or written: "},
		{"no license", dir, "NOTES_LICENSE=hello", "notes: there is no license in this text"},
	} {
		cmd := exec.Command(program)
		cmd.Env = []string{"HOME=" + test.home, "USERPROFILE=" + test.home, test.variable, "SystemRoot=" + os.Getenv("SystemRoot")}
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if out, err := cmd.Output(); err != nil || strings.Contains(string(out), "exporting") {
			t.Errorf("%s: %v, and it prints %q", test.name, err, out)
		}
		if !strings.HasPrefix(stderr.String(), test.says) {
			t.Errorf("%s: it says %q", test.name, stderr.String())
		}
		for line := range strings.Lines(stderr.String()) {
			if words, ours := strings.CutPrefix(line, "notes: "); !ours || strings.TrimSpace(words) == "" {
				t.Errorf("%s: it prints the line %q", test.name, line)
			}
		}
	}
}

// standardOnly makes sure of what the pages promise: an app links package dtlic
// and the standard library.
func standardOnly(t *testing.T, packages []string) {
	if !slices.Contains(packages, "github.com/dtlic/dtlic") {
		t.Errorf("the app does not link package dtlic: %q", packages)
	}
	for _, path := range packages {
		first, _, _ := strings.Cut(path, "/")
		ours := strings.HasPrefix(path, "github.com/dtlic/dtlic") || strings.HasPrefix(path, "example.com/notes")
		if strings.Contains(first, ".") && !ours {
			t.Errorf("the app links %s", path)
		}
	}
}

func TestProductExample(t *testing.T) {
	p := readPage(t, "docs/product.md")
	text := p.block(t, "product")
	product, err := dtlic.ParseProduct([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := dtlic.AssertProductionSafe(product); err != nil {
		t.Error(err)
	}
	written, err := product.File()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSuffix(string(written), "\n"); got != text {
		t.Errorf("dtlic writes\n%s\nand the page shows\n%s", got, text)
	}
}
