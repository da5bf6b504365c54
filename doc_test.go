package dtlic_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// documented are the packages that other people import.
var documented = []string{".", "dtlictest"}

// Every exported name of the packages that apps import has a comment, fields
// of structs among them; constants may share that of their group.
func TestEveryExportedNameIsDocumented(t *testing.T) {
	for _, dir := range documented {
		names := 0
		for _, f := range sources(t, dir) {
			for _, d := range f.Decls {
				names += checkDecl(t, d)
			}
		}
		if names < 10 {
			t.Errorf("%s: %d exported names found", dir, names)
		}
	}
}

func sources(t *testing.T, dir string) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	packageComments := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil {
			packageComments++
		}
		files = append(files, f)
	}
	if packageComments != 1 {
		t.Errorf("%s has %d package comments, want one", dir, packageComments)
	}
	return files
}

// checkDecl returns how many exported names a declaration has.
func checkDecl(t *testing.T, d ast.Decl) (names int) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && exportedReceiver(d.Recv) {
			return check(t, d.Name, true, d.Doc)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if !s.Name.IsExported() {
					continue
				}
				names += check(t, s.Name, true, s.Doc, d.Doc)
				if fields, ok := s.Type.(*ast.StructType); ok {
					for _, f := range fields.Fields.List {
						for _, name := range f.Names {
							names += check(t, name, false, f.Doc, f.Comment)
						}
					}
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if d.Tok == token.CONST {
						names += check(t, name, false, s.Doc, d.Doc)
					} else {
						names += check(t, name, false, s.Doc, map[bool]*ast.CommentGroup{true: d.Doc}[!d.Lparen.IsValid()])
					}
				}
			}
		}
	}
	return names
}

func exportedReceiver(fields *ast.FieldList) bool {
	if fields == nil {
		return true
	}
	receiver := fields.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported()
}

// check looks for a comment and, where it is asked for, for the name in it.
func check(t *testing.T, name *ast.Ident, named bool, comments ...*ast.CommentGroup) int {
	if !name.IsExported() {
		return 0
	}
	for _, c := range comments {
		text := strings.TrimSpace(c.Text())
		if text == "" {
			continue
		}
		if named && !strings.Contains(text[:min(len(text), 80)], name.Name) {
			t.Errorf("the comment on %s does not begin with its name", name.Name)
		}
		return 1
	}
	t.Errorf("%s has no comment", name.Name)
	return 1
}

// The package reads no clock, no environment and no home on its own, and has
// no state that two products could share.
func TestNothingComesInButThroughOptions(t *testing.T) {
	for _, path := range []string{"time.Now()", "os.Getenv(", "os.LookupEnv(", "os.UserHomeDir", "time.Since(", "rand."} {
		files, err := filepath.Glob("*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(data)) {
				if strings.Contains(line, path) && !strings.Contains(line, "//") {
					t.Errorf("%s: %s", file, line)
				}
			}
		}
	}
}
