package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// patience is how long one run may take. A program that hangs is broken.
const patience = time.Minute

// bench has the programs and a place to run them in.
type bench struct {
	bin   string // the directory of dtlic and dtlic-buyer
	root  string // all temporary files
	stems map[string]string
	// lengths are measured by place and scenario.
	lengths map[string]time.Duration
	tries   int
}

func newBench() (*bench, error) {
	root, err := os.MkdirTemp("", "dtlic-faults")
	if err != nil {
		return nil, err
	}
	b := &bench{bin: filepath.Join(root, "bin"), root: root, stems: make(map[string]string), lengths: make(map[string]time.Duration)}
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
func (b *bench) dir() (string, error) { return b.dirIn(b.root) }

// dirIn is dir below a place of one's own, such as another disk.
func (b *bench) dirIn(place string) (string, error) {
	b.tries++
	dir := filepath.Join(place, fmt.Sprintf("run%d", b.tries))
	return dir, os.MkdirAll(filepath.Join(dir, "home"), 0o700)
}

// outcome is what a run of a program gave.
type outcome struct {
	code           int // 137 where it was killed
	stdout, stderr string
}

// run runs a program in a directory and never leaves it behind.
func (b *bench) run(dir string, words ...string) (outcome, error) {
	p, err := b.start(dir, words...)
	if err != nil {
		return outcome{}, err
	}
	return p.wait()
}

// process is a program under way.
type process struct {
	words          []string
	cmd            *exec.Cmd
	stdout, stderr output
	cancel         context.CancelFunc
	ctx            context.Context
}

// output is what a program has written so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start starts a program in a directory; it must be waited for.
func (b *bench) start(dir string, words ...string) (*process, error) {
	p := b.prepare(dir, words...)
	return p, p.start()
}

// prepare is start without the start.
func (b *bench) prepare(dir string, words ...string) *process {
	p := &process{words: words}
	p.ctx, p.cancel = context.WithTimeout(context.Background(), patience)
	p.cmd = exec.CommandContext(p.ctx, b.program(words[0]), words[1:]...)
	p.cmd.Dir = dir
	p.cmd.Env = b.environment(dir)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p
}

func (p *process) start() error {
	err := p.cmd.Start()
	if err != nil {
		p.cancel()
	}
	return err
}

// kill kills the program, unless it has ended.
func (p *process) kill() { _ = p.cmd.Process.Kill() }

// wait waits for the program's end.
func (p *process) wait() (outcome, error) {
	err := p.cmd.Wait()
	defer p.cancel()
	if p.ctx.Err() != nil {
		return outcome{}, fmt.Errorf("%q did not end", p.words)
	}
	o := outcome{stdout: p.stdout.String(), stderr: p.stderr.String()}
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

// fresh is a copy of a scenario's state before it runs.
func (b *bench) fresh(s *scenario) (string, error) { return b.freshIn(b.root, s) }

// freshIn is fresh below a place of one's own.
func (b *bench) freshIn(place string, s *scenario) (string, error) {
	stem, err := b.stem(s)
	if err != nil {
		return "", err
	}
	dir, err := b.dirIn(place)
	if err != nil {
		return "", err
	}
	return dir, copyTree(stem, dir)
}

// stem is a scenario's state before it runs, which is made once.
func (b *bench) stem(s *scenario) (string, error) {
	if stem, made := b.stems[s.name]; made {
		return stem, nil
	}
	stem, err := b.dir()
	if err != nil {
		return "", err
	}
	for _, words := range s.before {
		if _, err := b.mustRun(stem, words...); err != nil {
			return "", fmt.Errorf("%s: %w", s.name, err)
		}
	}
	b.stems[s.name] = stem
	return stem, nil
}

// length is how long a scenario's command takes when nothing happens to it,
// measured below a place once.
func (b *bench) length(place string, s *scenario) (time.Duration, error) {
	key := place + "\x00" + s.name
	if d, measured := b.lengths[key]; measured {
		return d, nil
	}
	for range 3 {
		dir, err := b.freshIn(place, s)
		if err != nil {
			return 0, err
		}
		begin := time.Now()
		_, err = b.mustRun(dir, s.words...)
		b.lengths[key] = max(b.lengths[key], time.Since(begin))
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return 0, err
		}
	}
	return b.lengths[key], nil
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
