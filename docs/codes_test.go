package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// codes reads the constants of type Code in a file of the project: their names
// and values.
func codes(t *testing.T, path string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, decl := range parseFile(t, path).Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			v := spec.(*ast.ValueSpec)
			for i, name := range v.Names {
				if literal, ok := at(v.Values, i).(*ast.BasicLit); ok && strings.HasPrefix(name.Name, "Code") {
					value, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					found[name.Name] = value
				}
			}
		}
	}
	return found
}

func at(values []ast.Expr, i int) ast.Expr {
	if i < len(values) {
		return values[i]
	}
	return nil
}

func parseFile(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// exitCodes reads the switch that turns a code into the exit code; the codes
// that it leaves to its default are not in the answer.
func exitCodes(t *testing.T, names map[string]string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	ast.Inspect(parseFile(t, "internal/cli/exit.go"), func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		if ok {
			return f.Name.Name == "exitCode"
		}
		c, ok := n.(*ast.CaseClause)
		if !ok {
			return true
		}
		exit := c.Body[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit).Value
		for _, expr := range c.List {
			name := ""
			switch e := expr.(type) {
			case *ast.Ident:
				name = e.Name
			case *ast.SelectorExpr:
				name = e.Sel.Name
			}
			if value, ok := names[name]; ok {
				found[value] = exit
			}
		}
		return false
	})
	return found
}

var codeRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|(?: ([0-9]+) \\|)? (.+) \\|$")

func TestFormatNamesEveryCode(t *testing.T) {
	p := readPage(t, "docs/format.md")
	_, table, _ := strings.Cut(p.text, "\n### Codes\n")
	table, _, _ = strings.Cut(table, "\n### ")
	var listed []string
	for _, m := range codeRow.FindAllStringSubmatch(table, -1) {
		listed = append(listed, m[1])
	}
	want := slices.Sorted(maps.Values(codes(t, "errors.go")))
	if len(want) < 17 {
		t.Fatalf("errors.go has only %d codes", len(want))
	}
	if slices.Sort(listed); !slices.Equal(listed, want) {
		t.Errorf("format.md lists %q\nand package dtlic has %q", listed, want)
	}
}

func TestExitCodesPage(t *testing.T) {
	names := codes(t, "errors.go")
	maps.Copy(names, codes(t, "internal/cli/exit.go"))
	exits := exitCodes(t, names)
	if len(exits) < 15 {
		t.Fatalf("only %d codes were found in exitCode", len(exits))
	}
	p := readPage(t, "docs/exit-codes.md")
	listed := make(map[string]bool)
	for _, m := range codeRow.FindAllStringSubmatch(p.text, -1) {
		code, exit := m[1], m[2]
		want, ok := exits[code]
		if !ok {
			want = "1"
		}
		if exit != want {
			t.Errorf("exit-codes.md says that %s is exit code %q, and the programs answer %s", code, exit, want)
		}
		if listed[code] {
			t.Errorf("exit-codes.md has %s twice", code)
		}
		listed[code] = true
	}
	for _, code := range names {
		if !listed[code] {
			t.Errorf("exit-codes.md does not have %s", code)
		}
		delete(listed, code)
	}
	for code := range listed {
		t.Errorf("exit-codes.md has %s, which no program answers", code)
	}
}
