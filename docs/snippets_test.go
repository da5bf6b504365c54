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
	for _, args := range [][]string{{"test", "-vet=all", "./..."}, {"list", "-deps", "./notes"}} {
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
