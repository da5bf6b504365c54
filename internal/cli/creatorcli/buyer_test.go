package creatorcli

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dtlic/dtlic/internal/cli"
)

// Templates lie beside the program, or where system packages put them.
func TestTemplateFolders(t *testing.T) {
	running, failure := filepath.Join("usr", "bin", "dtlic"), error(nil)
	a := &app{App: &cli.App{Env: cli.Env{Executable: func() (string, error) { return running, failure }}}}
	want := []string{filepath.Join("usr", "bin", "templates"), filepath.Join("usr", "lib", "dtlic", "templates")}
	if got, err := a.templateFolders(""); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if got, err := a.templateFolders("mine"); err != nil || !slices.Equal(got, []string{"mine", filepath.Join("mine", "templates")}) {
		t.Errorf("named: %q, %v", got, err)
	}
	failure = errors.New("no such place")
	if got, err := a.templateFolders(""); err == nil {
		t.Errorf("nobody knows where the program lies: %q", got)
	}
}
