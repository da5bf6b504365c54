package cli

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// What lies beside a program lies beside its file, not beside a link to it.
func TestWithoutLinks(t *testing.T) {
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
	nowhere := filepath.Join(dir, "nowhere")
	for path, want := range map[string]string{program: program, link: program, nowhere: nowhere} {
		if got := withoutLinks(path); got != want {
			t.Errorf("%q leads to %q, not %q", path, got, want)
		}
	}
	if own, err := executable(); err != nil || own != withoutLinks(own) {
		t.Errorf("this program is %q, %v", own, err)
	}
}
