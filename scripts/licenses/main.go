// Command licenses writes docs/third-party-licenses.md: the licenses of every
// module that a program of a release links, on any platform. They ask to be
// shipped with the program, and every archive and package has the docs.
//
//	go run ./scripts/licenses
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// page is what is written, seen from the project's root.
const page = "docs/third-party-licenses.md"

func main() {
	text, err := generate(".")
	if err == nil {
		err = os.WriteFile(page, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licenses: error:", err)
		os.Exit(1)
	}
}

// module is a module that is linked, as go list tells.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// released are the programs of a release, and how they are built.
var released = []struct{ program, tag string }{{"./cmd/dtlic", "dtlic_toolkit"}, {"./cmd/dtlic-buyer", "dtlic_product"}}

// generate returns the page for the project at root.
func generate(root string) ([]byte, error) {
	modules, err := linked(root)
	if err != nil {
		return nil, err
	}
	goroot, err := goCommand(root, nil, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	modules = append([]module{{Path: "Go, its runtime and standard library", Dir: strings.TrimSpace(string(goroot))}}, modules...)
	return write(modules)
}

// linked returns the modules that the programs link on the platforms of a
// release, by path.
func linked(root string) ([]module, error) {
	found := map[string]module{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, machine := range []string{"amd64", "arm64"} {
			for _, r := range released {
				env := []string{"CGO_ENABLED=0", "GOOS=" + system, "GOARCH=" + machine}
				out, err := goCommand(root, env, "list", "-deps", "-tags", r.tag, "-json=Module", r.program)
				if err != nil {
					return nil, err
				}
				if err := collect(out, found); err != nil {
					return nil, err
				}
			}
		}
	}
	var all []module
	for _, m := range found {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	return all, nil
}

func goCommand(dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &said)
	}
	return out, nil
}

// collect adds the modules of what go list prints, a JSON value for each package.
func collect(packages []byte, found map[string]module) error {
	for d := json.NewDecoder(bytes.NewReader(packages)); ; {
		var p struct{ Module *module }
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case p.Module != nil && !p.Module.Main:
			found[p.Module.Path] = *p.Module
		}
	}
}

var terms = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// isTerms tells whether a file at the root of a module holds its terms.
func isTerms(name string) bool { return terms.MatchString(name) && filepath.Ext(name) != ".go" }

// write returns the page with the terms of modules, in their order.
func write(modules []module) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Licenses of what the programs are built with\n\n" +
		"`dtlic` and the buyers' programs that it makes are under Apache-2.0, and link the\n" +
		"modules named here. Their terms ask to go along with the programs: ship this page\n" +
		"with them. It is written by `go run ./scripts/licenses`.\n")
	for _, m := range modules {
		entries, err := os.ReadDir(m.Dir)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n## %s\n", strings.TrimSpace(m.Path+" "+m.Version))
		found := false
		for _, e := range entries {
			if e.IsDir() || !isTerms(e.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
			if err != nil {
				return nil, err
			}
			found = true
			fmt.Fprintf(&b, "\n%s:\n\n```text\n%s\n```\n", e.Name(), tidy(text))
		}
		if !found {
			return nil, fmt.Errorf("%s has no license in %s", m.Path, m.Dir)
		}
	}
	return b.Bytes(), nil
}

var trailing = regexp.MustCompile(`[ \t\r]+\n`)

// tidy drops what cannot be seen at the ends of lines and of the text.
func tidy(text []byte) string {
	return strings.Trim(trailing.ReplaceAllString(string(text)+"\n", "\n"), "\n")
}
