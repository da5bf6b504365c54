package creatorcli

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/dtlic/dtlic/internal/cli"
)

// Templates lie beside the program, also where it is started by a link, or where
// system packages put them.
func TestTemplateFolders(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	program, link := filepath.Join(dir, "usr", "bin", "dtlic"), filepath.Join(dir, "opt", "bin", "licenses")
	for _, path := range []string{program, link} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(program, nil, 0o600), os.Symlink("../../usr/bin/dtlic", link)); err != nil {
		t.Fatal(err)
	}
	running := ""
	failure := errors.New("no such place")
	a := &app{App: &cli.App{Env: cli.Env{Executable: func() (string, error) {
		if running == "" {
			return "", failure
		}
		return running, nil
	}}}}
	want := []string{filepath.Join(dir, "usr", "bin", "templates"), filepath.Join(dir, "usr", "lib", "dtlic", "templates")}
	for _, running = range []string{program, link} {
		if got, err := a.templateFolders(""); err != nil || !slices.Equal(got, want) {
			t.Errorf("of %q: %q, %v, want %q", running, got, err, want)
		}
	}
	running = ""
	if got, err := a.templateFolders(""); err == nil {
		t.Errorf("nobody knows where the program lies: %q", got)
	}
	if got, err := a.templateFolders("mine"); err != nil || !slices.Equal(got, []string{"mine", filepath.Join("mine", "templates")}) {
		t.Errorf("named: %q, %v", got, err)
	}
}
