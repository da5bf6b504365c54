//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// story is one thing that must hold on Windows.
type story struct {
	name string
	tell func(*scene)
	pkg  string // the package whose tests it runs, "" where it runs programs
}

// failure is what ends a story: tell panics with it, so that each step can be
// one line.
type failure string

func failf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

func must(err error) {
	if err != nil {
		failf("%v", err)
	}
}

// Exit codes of the probe, which no program of this project has: it failed
// itself, or ended the program.
const (
	probeFailed = 99
	killed      = 98
)

// runLimit is how long one run of a program may take.
const runLimit = 30 * time.Second

// tellAll tells stories, several at once, and prints how each went, in order.
// It returns how many failed.
func (b *bottle) tellAll(chosen []story, workers int) (failed int) {
	type end struct {
		why  string
		took time.Duration
	}
	ends := make([]chan end, len(chosen))
	for i := range ends {
		ends[i] = make(chan end, 1)
	}
	free := make(chan struct{}, workers)
	var wg sync.WaitGroup
	defer wg.Wait()
	go func() {
		for i, s := range chosen {
			free <- struct{}{}
			wg.Go(func() {
				defer func() { <-free }()
				begun := time.Now()
				why := b.tell(i, s)
				ends[i] <- end{why, time.Since(begun)}
			})
		}
	}()
	for i, s := range chosen {
		e := <-ends[i]
		if e.why == "" {
			fmt.Printf("ok %s (%.1f s)\n", s.name, e.took.Seconds())
			continue
		}
		failed++
		fmt.Printf("FAIL %s: %s\n", s.name, e.why)
	}
	return failed
}

// tell tells one story, and returns why it failed, "" where it did not.
func (b *bottle) tell(number int, s story) (why string) {
	defer func() {
		switch end := recover().(type) {
		case nil:
		case failure:
			why = string(end)
		default:
			why = fmt.Sprintf("%v\n%s", end, debug.Stack())
		}
	}()
	if err := b.ctx.Err(); err != nil {
		return "not told: interrupted"
	}
	home := fmt.Sprintf("Ädä Büyer %d", number)
	sc := &scene{bottle: b, pkg: s.pkg, home: windows("users", home), folder: windows("stories", fmt.Sprint(number))}
	must(os.MkdirAll(b.unixPath(sc.home), 0o700))
	must(os.MkdirAll(b.unixPath(sc.folder), 0o700))
	s.tell(sc)
	return ""
}

// scene is where one story takes place: a home with a blank and letters beyond
// ASCII, and a folder that programs run in.
type scene struct {
	*bottle
	pkg          string
	home, folder string // as Windows names them
}

// call is one run of a program.
type call struct {
	program string // its whole path, without .exe
	args    []string
	stdin   string
	env     []string
	probe   []string // options of probe run
	starter string   // the helper that starts it, probe where empty
	stdout  *os.File // where standard output goes, to the answer where nil
}

// answer is what a run gave.
type answer struct {
	what           string
	code           int
	stdout, stderr string
	err            error // it did not run to its end
}

func (s *scene) command(ctx context.Context, c call) *exec.Cmd {
	starter := c.starter
	if starter == "" {
		starter = "probe"
	}
	args := append([]string{"run", "-home", s.home}, c.probe...)
	args = append(append(args, "--", c.program+".exe"), c.args...)
	cmd := s.bottle.command(ctx, helpers+`\`+starter+".exe", args...)
	cmd.Dir = s.unixPath(s.folder)
	cmd.Env = s.environment(c.env...)
	return cmd
}

// run runs a program; it is safe to call from several goroutines.
func (s *scene) run(c call) answer {
	ctx, cancel := context.WithTimeout(s.ctx, runLimit)
	defer cancel()
	cmd := s.command(ctx, c)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(c.stdin), &stdout, &stderr
	if c.stdout != nil {
		cmd.Stdout = c.stdout
	}
	err := cmd.Run()
	a := answer{what: c.String(), code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		a.err = errors.Join(err, ctx.Err())
	}
	return a
}

// String is the call as it would be typed, cut to a readable length.
func (c call) String() string {
	text := c.program[strings.LastIndexByte(c.program, '\\')+1:] + " " + strings.Join(c.args, " ")
	if len(text) > 100 {
		text = text[:100] + "…"
	}
	return text
}

// dtlic and buyer run the development builds.
func (s *scene) dtlic(args ...string) answer {
	return s.run(call{program: development + `\dtlic`, args: args})
}

func (s *scene) buyer(args ...string) answer {
	return s.run(call{program: development + `\dtlic-buyer`, args: args})
}

// exit requires an exit code.
func (a answer) exit(code int) answer {
	if a.err != nil {
		failf("%s: %v", a.what, a.err)
	}
	if a.code != code {
		failf("%s: exit code %d, want %d: %s", a.what, a.code, code, strings.TrimSpace(a.stderr+a.stdout))
	}
	return a
}

// shows requires texts on standard output, says on standard error.
func (a answer) shows(texts ...string) answer { return a.has("standard output", a.stdout, texts) }
func (a answer) says(texts ...string) answer  { return a.has("standard error", a.stderr, texts) }

func (a answer) has(where, got string, texts []string) answer {
	for _, text := range texts {
		if !strings.Contains(got, text) {
			failf("%s: %q is not on %s: %s", a.what, text, where, strings.TrimSpace(got))
		}
	}
	return a
}

var blobs = regexp.MustCompile(`DTLIC2:[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}`)

// blob is the one license on standard output.
func (a answer) blob() string {
	found := blobs.FindAllString(a.stdout, -1)
	if len(found) != 1 {
		failf("%s: %d licenses on standard output, want one: %s", a.what, len(found), a.stdout)
	}
	return found[0]
}

// holder names the buyer of every story.
var holder = []string{"--name", "Ada Buyer", "--email", "ada@example.com"}

func withHolder(args ...string) []string { return append(args, holder...) }

// mint mints a license for the holder and returns its text.
func (s *scene) mint(args ...string) string {
	return s.dtlic(withHolder(append([]string{"mint"}, args...)...)...).exit(0).blob()
}

// activate mints a license and makes it the buyer's, and returns its text.
func (s *scene) activate(args ...string) string {
	blob := s.mint(args...)
	s.buyer(withHolder("activate", blob)...).exit(0)
	return blob
}

// licenseFile is the buyer's license.json of the built-in product.
func (s *scene) licenseFile() string { return s.home + `\.datatools\license.json` }

// write writes a file, and returns its name for Windows.
func (s *scene) write(name string, data []byte) string {
	must(os.MkdirAll(filepath.Dir(s.unixPath(name)), 0o700))
	must(os.WriteFile(s.unixPath(name), data, 0o600))
	return name
}

func (s *scene) read(name string) string {
	data, err := os.ReadFile(s.unixPath(name))
	must(err)
	return string(data)
}

// exists tells whether something stands under a name, in just this spelling.
func (s *scene) exists(name string) bool {
	_, err := os.Lstat(s.unixPath(name))
	return err == nil
}

// hold has another program hold a file open, with what it lets others do
// meanwhile, for a time or, with 0, until release is called. Releasing again
// does nothing.
func (s *scene) hold(file, share string, long time.Duration) (release func()) {
	ctx, cancel := context.WithTimeout(s.ctx, runLimit)
	cmd := s.bottle.command(ctx, helpers+`\probe.exe`, "hold", "-share", share, "-for", long.String(), file)
	stdin, err := cmd.StdinPipe()
	must(err)
	stdout, err := cmd.StdoutPipe()
	must(err)
	cmd.Stderr = os.Stderr
	must(cmd.Start())
	if _, err := io.ReadFull(stdout, make([]byte, len("held"))); err != nil {
		failf("cannot hold %q open: %v", file, errors.Join(err, cmd.Wait()))
	}
	return sync.OnceFunc(func() {
		defer cancel()
		_ = stdin.Close() // which is what it waits for; it may have ended
		if err := cmd.Wait(); err != nil {
			failf("the program that held %q: %v", file, err)
		}
	})
}
