// Package deptest keeps who may import whom. Its tests read the import graph of
// the whole project for every system and channel, and compare it with the rules
// in rules_test.go.
package deptest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Project is the path of this project's module.
const Project = "github.com/dtlic/dtlic"

// Graph is what each package imports, by import path.
type Graph map[string]Package

// Package is a node of the graph.
type Package struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

// Load reads the graph of all packages of the project, as they are built for a
// system with build tags.
func Load(dir, system, tags string) (Graph, error) {
	cmd := exec.Command("go", "list", "-deps", "-tags="+tags, "-json=ImportPath,Imports,Standard", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}
	graph := make(Graph)
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var p Package
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		graph[p.ImportPath] = p
	}
	return graph, nil
}

// Rule says what one package may, or may not, reach. Paths within the project
// are written without the module's path: "" is the root package. A path that
// ends with a slash stands for all below it.
type Rule struct {
	Of string
	// Packages of the project that it may reach; nil stands for any.
	Project []string
	// Modules that it, or what it reaches in the project, may import; nil stands
	// for any, an empty list for none.
	Modules []string
	// Packages that it must not reach, whatever stands above.
	Never []string
}

// Check returns what breaks a rule, each with the way that leads there.
func (g Graph) Check(r Rule) (broken []string) {
	from := full(r.Of)
	if _, ok := g[from]; !ok {
		return []string{fmt.Sprintf("%s: there is no such package", from)}
	}
	way := map[string]string{from: from}
	queue := []string{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, path := range g[at].Imports {
			if _, seen := way[path]; seen || g[path].Standard || path == "C" {
				continue
			}
			way[path] = way[at] + " → " + path
			short, own := cutProject(path)
			switch {
			case slices.ContainsFunc(r.Never, func(p string) bool { return own && match(p, short) || p == path }),
				own && r.Project != nil && !slices.ContainsFunc(r.Project, func(p string) bool { return match(p, short) }),
				!own && r.Modules != nil && !slices.ContainsFunc(r.Modules, func(p string) bool { return match(p, path) }):
				broken = append(broken, way[path])
			case own: // what other modules import is their business
				queue = append(queue, path)
			}
		}
	}
	return broken
}

// Importers returns the packages of the project that import a path directly.
func (g Graph) Importers(path string) (names []string) {
	for _, p := range g {
		if short, own := cutProject(p.ImportPath); own && slices.Contains(p.Imports, full(path)) {
			names = append(names, short)
		}
	}
	slices.Sort(names)
	return names
}

func full(short string) string { return strings.TrimSuffix(Project+"/"+short, "/") }

func cutProject(path string) (short string, own bool) {
	if path == Project {
		return "", true
	}
	return strings.CutPrefix(path, Project+"/")
}

func match(pattern, path string) bool {
	return pattern == path || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern)
}
