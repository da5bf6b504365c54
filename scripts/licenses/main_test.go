package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFresh(t *testing.T) {
	modules, err := linked("../..")
	if err != nil {
		t.Fatal(err)
	}
	want, err := write(modules)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	// Go's own section comes from the Go that is installed, which may be another.
	head, rest, _ := strings.Cut(string(got), "\n## Go, ")
	_, rest, _ = strings.Cut(rest, "\n## ")
	if head+"\n## "+rest != string(want) {
		t.Errorf("%s is stale: go run ./scripts/licenses", page)
	}
	// Modules of every platform are there, and none that only tests or scripts use.
	for module, there := range map[string]bool{
		"## github.com/spf13/cobra ": true, "## github.com/inconshreveable/mousetrap ": true, "## golang.org/x/sys ": true,
		"## github.com/rogpeppe/go-internal ": false, "## go.yaml.in/yaml/v3 ": false, "## github.com/dtlic/dtlic": false,
	} {
		if strings.Contains(string(want), "\n"+module) != there {
			t.Errorf("%q is there: %t", module, !there)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	modules := []module{{Path: "example.com/m", Version: "v1.0.0", Dir: dir}}
	put("README.md", "read me")
	if _, err := write(modules); err == nil || !strings.HasPrefix(err.Error(), "example.com/m has no license in ") {
		t.Errorf("a module without a license: %v", err)
	}
	put("LICENSE-MIT", "\n  the terms \r\nof MIT\t\n\n")
	put("NOTICE.txt", "a notice")
	put("license.go", "package license")
	if err := os.Mkdir(filepath.Join(dir, "LICENSES"), 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := write(modules)
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(string(text), "## ")
	want := "example.com/m v1.0.0\n\nLICENSE-MIT:\n\n```text\n  the terms\nof MIT\n```\n\nNOTICE.txt:\n\n```text\na notice\n```\n"
	if got != want {
		t.Errorf("%q", got)
	}
}

func TestCollect(t *testing.T) {
	found := map[string]module{}
	err := collect([]byte(`{}{"Module":{"Path":"a","Version":"v1","Dir":"/a"}}{"Module":{"Path":"a","Version":"v1","Dir":"/a"}}{"Module":{"Path":"us","Main":true}}`), found)
	if err != nil || len(found) != 1 || found["a"].Dir != "/a" {
		t.Errorf("%v, %v", found, err)
	}
	if err := collect([]byte(`{"Module":`), found); err == nil {
		t.Error("half of a list was read")
	}
	for _, name := range []string{"LICENSE", "license.md", "LICENCE", "COPYING", "NOTICE.txt", "PATENTS", "LICENSE-MIT"} {
		if !isTerms(name) {
			t.Errorf("%s is not seen", name)
		}
	}
	if names := slices.DeleteFunc([]string{"license.go", "README.md", "noticeable"}, func(n string) bool { return !isTerms(n) }); len(names) > 0 {
		t.Errorf("%q are taken for terms", names)
	}
}
