package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// patience is how long one run may take. A program that hangs is broken.
const patience = time.Minute

// bench has the programs and a place to run them in.
type bench struct {
	bin   string // the directory of dtlic and dtlic-buyer
	root  string // all temporary files
	stems map[string]string
	tries int
}

func newBench() (*bench, error) {
	root, err := os.MkdirTemp("", "dtlic-faults")
	if err != nil {
		return nil, err
	}
	b := &bench{bin: filepath.Join(root, "bin"), root: root, stems: make(map[string]string)}
	// The templates lie beside the programs, as in a release.
	lay := exec.Command("go", "run", "github.com/dtlic/dtlic/scripts/toolkit", "-templates-only", "-platforms", "linux/amd64,windows/amd64", "-o", b.bin)
	if out, err := lay.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("scripts/toolkit: %w\n%s", err, out), b.close())
	}
	for _, program := range []string{"dtlic", "dtlic-buyer"} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(b.bin, program), "github.com/dtlic/dtlic/cmd/"+program)
		// Static: what the dynamic linker does with a fault is not ours.
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, errors.Join(fmt.Errorf("go build: %w\n%s", err, out), b.close())
		}
	}
	return b, nil
}

func (b *bench) close() error { return os.RemoveAll(b.root) }

// dir makes a new directory; a program that runs in it has its home there.
func (b *bench) dir() (string, error) {
	b.tries++
	dir := filepath.Join(b.root, fmt.Sprintf("run%d", b.tries))
	return dir, os.MkdirAll(filepath.Join(dir, "home"), 0o700)
}

// outcome is what a run of a program gave.
type outcome struct {
	code           int // 137 where it was killed
	stdout, stderr string
}

// run runs a program in a directory and never leaves it behind.
func (b *bench) run(dir string, words ...string) (outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.program(words[0]), words[1:]...)
	cmd.Dir = dir
	cmd.Env = b.environment(dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return outcome{}, fmt.Errorf("%q did not end", words)
	}
	o := outcome{stdout: stdout.String(), stderr: stderr.String()}
	if err == nil {
		return o, nil
	}
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) {
		return o, err
	}
	if o.code = exit.ExitCode(); o.code < 0 {
		o.code = killed
	}
	return o, nil
}

// program is the path of one of ours, and any other name as it is: package exec
// looks in our own $PATH, not in the program's.
func (b *bench) program(name string) string {
	if strings.HasPrefix(name, "dtlic") {
		return filepath.Join(b.bin, name)
	}
	return name
}

func (b *bench) environment(dir string) []string {
	return []string{
		"PATH=" + b.bin + ":" + os.Getenv("PATH"),
		"HOME=" + filepath.Join(dir, "home"),
		"TZ=UTC",
		// One thread that does the work: strace counts calls by thread.
		"GOMAXPROCS=1",
	}
}

// mustRun is run for what has to succeed.
func (b *bench) mustRun(dir string, words ...string) (outcome, error) {
	o, err := b.run(dir, words...)
	if err == nil && o.code != 0 {
		err = fmt.Errorf("%q: exit code %d: %s", words, o.code, o.stderr)
	}
	return o, err
}

// fresh is a copy of a scenario's state before it runs, which is made once.
func (b *bench) fresh(s *scenario) (string, error) {
	stem, made := b.stems[s.name]
	if !made {
		var err error
		if stem, err = b.dir(); err != nil {
			return "", err
		}
		for _, words := range s.before {
			if _, err := b.mustRun(stem, words...); err != nil {
				return "", fmt.Errorf("%s: %w", s.name, err)
			}
		}
		b.stems[s.name] = stem
	}
	dir, err := b.dir()
	if err != nil {
		return "", err
	}
	return dir, copyTree(stem, dir)
}

// copyTree copies directories and plain files with their modes.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(target, info.Mode().Perm())
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, info.Mode().Perm())
	})
}

// cannotTrace says why strace cannot be used here, "" where it can.
func cannotTrace() string {
	if _, err := exec.LookPath("strace"); err != nil {
		return "strace is not installed"
	}
	out, err := exec.Command("strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=fsync",
		"-e", "inject=fsync:error=EIO:when=1", "true").CombinedOutput()
	if err != nil {
		return "strace may not trace here: " + strings.TrimSpace(string(out))
	}
	return ""
}
