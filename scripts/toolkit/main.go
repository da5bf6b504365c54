// Command toolkit lays out what a release archive of the toolkit holds: dtlic,
// the templates of the buyer's program for every platform, man pages,
// completions and documentation.
//
//	go run ./scripts/toolkit -version v1.2.3 -commit … -o dist/toolkit
//
// It runs from the project's root. The same commit and version give the same
// bytes.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/dtlic/dtlic/internal/stamp"
)

// platforms are those that releases are made for.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// toolkit is what is asked for.
type toolkit struct {
	version, commit, out string
	platform             string   // of dtlic
	platforms            []string // of the templates
}

func main() {
	var t toolkit
	flag.StringVar(&t.version, "version", "devel", "the release")
	flag.StringVar(&t.commit, "commit", "", "the commit it is made from")
	flag.StringVar(&t.out, "o", "dist/toolkit", "the folder to write")
	flag.StringVar(&t.platform, "platform", runtime.GOOS+"/"+runtime.GOARCH, "what dtlic is for")
	list := flag.String("platforms", strings.Join(platforms, ","), "the templates to make")
	templatesOnly := flag.Bool("templates-only", false, "make the templates, and print the SHA-256 of their list")
	flag.Parse()
	t.platforms = strings.Split(*list, ",")
	sum, err := t.makeTemplates()
	if err == nil && *templatesOnly {
		fmt.Println(sum)
	} else if err == nil {
		err = errors.Join(t.makeProgram(sum), t.copyPages())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "toolkit:", err)
		os.Exit(1)
	}
}

// makeTemplates builds the templates and their list, and returns the list's
// SHA-256 in hex.
func (t *toolkit) makeTemplates() (sum string, err error) {
	if err := t.clear(); err != nil {
		return "", err
	}
	dir := filepath.Join(t.out, "templates")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	list := stamp.List{Format: 1, Version: t.version, Commit: t.commit}
	for _, platform := range t.platforms {
		path := filepath.Join(dir, "template")
		if err := t.build("dtlic-buyer", path, platform, "dtlic_product", ""); err != nil {
			return "", err
		}
		image, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		template := stamp.NewTemplate(platform, image)
		// Not executable: a template is stamped, and run by nobody.
		err = errors.Join(os.WriteFile(filepath.Join(dir, template.File), image, 0o644), os.Remove(path))
		if err != nil {
			return "", err
		}
		list.Templates = append(list.Templates, template)
	}
	data, err := list.Encode()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(data)), os.WriteFile(filepath.Join(dir, stamp.ListFile), data, 0o644)
}

// clear removes what an earlier run has made, and refuses a folder that holds
// anything else.
func (t *toolkit) clear() error {
	entries, err := os.ReadDir(t.out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(t.out, "templates", stamp.ListFile)); err != nil {
		return fmt.Errorf("%s holds what no earlier run has made: name another folder with -o", t.out)
	}
	return os.RemoveAll(t.out)
}

// makeProgram builds dtlic, which knows the list that belongs to it.
func (t *toolkit) makeProgram(sum string) error {
	path := filepath.Join(t.out, stamp.ProgramFile("dtlic", t.platform))
	return t.build("dtlic", path, t.platform, "dtlic_toolkit", " -X github.com/dtlic/dtlic/keys.templates="+sum)
}

func (t *toolkit) build(program, path, platform, tag, more string) error {
	system, machine, _ := strings.Cut(platform, "/")
	const keys = "github.com/dtlic/dtlic/keys."
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", tag,
		"-ldflags", "-s -w -X "+keys+"version="+t.version+" -X "+keys+"commit="+t.commit+more,
		"-o", path, "github.com/dtlic/dtlic/cmd/"+program)
	// Whatever the builder prefers: the same bytes everywhere, for the oldest
	// processors.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+machine,
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s for %s/%s: %w\n%s", program, system, machine, err, out)
	}
	return nil
}

// pages are the other parts of an archive: where they are in the tree, and the
// folder they have in the archive.
var pages = []struct{ from, folder string }{
	{"LICENSE", "."},
	{"README.md", "."},
	{"docs/*.md", "docs"},
	{"docs/pictures/*.svg", filepath.Join("docs", "pictures")},
	{"docs/man/*.1", "man"},
	{"docs/completions/*", "completions"},
}

func (t *toolkit) copyPages() error {
	for _, p := range pages {
		files, err := filepath.Glob(p.from)
		if err != nil || len(files) == 0 {
			return errors.Join(fmt.Errorf("there is no %s", p.from), err)
		}
		dir := filepath.Join(t.out, p.folder)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, filepath.Base(file)), data, 0o644)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
