package deptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/deptest"
)

const root = "../.."

func TestWhoMayImportWhom(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		for _, tags := range []string{"", "dtlic_product", "dtlic_toolkit"} {
			t.Run(system+" "+tags, func(t *testing.T) {
				t.Parallel()
				graph, err := deptest.Load(root, system, tags)
				if err != nil {
					t.Fatal(err)
				}
				check := rules
				if tags != "" {
					check = append(slices.Clip(check), shippedRules...)
				}
				for _, r := range check {
					for _, way := range graph.Check(r) {
						t.Errorf("%q must not reach this: %s", r.Of, way)
					}
				}
				for path, allowed := range importers {
					for _, name := range graph.Importers(path) {
						if !slices.Contains(allowed, name) {
							t.Errorf("%s must not import %s", name, path)
						}
					}
				}
			})
		}
	}
}

// The checker must be able to fail: wrong rules are broken, right ones are not.
func TestTheCheckerItself(t *testing.T) {
	graph, err := deptest.Load(root, "linux", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		rule deptest.Rule
		want string // in what is broken, "" for nothing
	}{
		{"a package that is not allowed", deptest.Rule{Of: "", Project: []string{"internal/store", "internal/fsys", "internal/wording"}}, "internal/envelope"},
		{"two steps away", deptest.Rule{Of: "keys", Project: []string{""}}, "/keys → github.com/dtlic/dtlic → github.com/dtlic/dtlic/internal/envelope"},
		{"a module that is not allowed", deptest.Rule{Of: "internal/mint", Modules: []string{}}, "golang.org/x/text/unicode/norm"},
		{"a module of a package below", deptest.Rule{Of: "internal/ledger", Modules: []string{"github.com/tidwall/gjson"}}, "github.com/gofrs/flock"},
		{"never", deptest.Rule{Of: "cmd/dtlic", Never: []string{"internal/mint"}}, "internal/mint"},
		{"never a module", deptest.Rule{Of: "cmd/dtlic", Never: []string{"github.com/tidwall/gjson"}}, "gjson"},
		{"a package that is not there", deptest.Rule{Of: "internal/nothing"}, "no such package"},
		{"all below a path", deptest.Rule{Of: "", Project: []string{"internal/"}, Modules: []string{}}, ""},
		{"a path that only begins like it", deptest.Rule{Of: "internal/store", Project: []string{"internal/f"}}, "internal/fsys"},
		{"the development key in a development build", deptest.Rule{Of: "cmd/dtlic", Never: []string{"keys/dev"}}, "keys/dev"},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := strings.Join(graph.Check(c.rule), "\n")
			if (c.want == "") != (broken == "") || !strings.Contains(broken, c.want) {
				t.Errorf("got %q, want %q", broken, c.want)
			}
		})
	}
	if got := graph.Importers("internal/cli/creatorcli"); !slices.Contains(got, "cmd/dtlic") {
		t.Errorf("creatorcli is imported by %v", got)
	}
}

// An app that imports package dtlic links this module and no other.
func TestAnAppLinksNoOtherModule(t *testing.T) {
	const program = `package main

import (
	"os"
	"time"

	"github.com/dtlic/dtlic"
)

func main() {
	license, _ := dtlic.Load(dtlic.Product{}, dtlic.Options{Now: time.Now, Getenv: os.Getenv})
	if license.Has("anything") {
		os.Exit(1)
	}
}
`
	project, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.go": program,
		"go.mod":  "module example.com/app\n\ngo 1.26\n\nrequire " + deptest.Project + " v0.0.0\n\nreplace " + deptest.Project + " => " + project + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	app := filepath.Join(dir, "app.exe")
	run(t, dir, "go", "build", "-mod=mod", "-o", app, ".")
	info := run(t, dir, "go", "version", "-m", app)
	var modules []string
	for line := range strings.Lines(info) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "dep" {
			modules = append(modules, fields[1])
		}
	}
	if !slices.Equal(modules, []string{deptest.Project}) {
		t.Errorf("the app links %v\n%s", modules, info)
	}
	run(t, dir, app)
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
