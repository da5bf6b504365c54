package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hang is how long a mint may take that need not wait.
const hang = 20 * time.Second

// waiting is a command that waits for the log's lock, which the test holds.
type waiting struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

// mintLocked starts a mint and returns when it has asked for the lock.
func mintLocked(t *testing.T, dir string, as *syscall.Credential, more ...string) *waiting {
	t.Helper()
	return startLocked(t, dir, as, append(words("dtlic", "mint"), more...)...)
}

// startLocked starts a command and returns when it has asked for the lock.
func startLocked(t *testing.T, dir string, as *syscall.Credential, command ...string) *waiting {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(logFile)) + ".lock"
	lock, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Close() }) // it was only locked
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	if as != nil {
		if err := lock.Chown(int(as.Uid), int(as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	opened := watch(t, path)
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	t.Cleanup(cancel)
	w := &waiting{Cmd: exec.CommandContext(ctx, bench1.program(command[0]), command[1:]...)}
	w.Dir, w.Env = dir, bench1.environment(dir)
	w.Stdout, w.Stderr = &w.stdout, &w.stderr
	w.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.Process.Kill() // an error: it has ended
		_ = w.Wait()         // the test has looked already
	})
	opened()
	return w
}

// watch returns a function that waits until somebody opens a file.
func watch(t *testing.T, path string) func() {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Skipf("inotify: %v", err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if _, err := unix.InotifyAddWatch(fd, path, unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(hang/time.Millisecond))
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if n != 1 || err != nil {
				t.Fatalf("nobody asked for the lock: %v", err)
			}
			return
		}
	}
}

// TestInterruptedWait: Ctrl-C ends a mint that waits for the log; nothing is
// shown and nothing recorded.
func TestInterruptedWait(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		dir := prepared(t, "mint")
		log := filepath.Join(dir, filepath.FromSlash(logFile))
		before, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		w := mintLocked(t, dir, nil, fmt.Sprintf("--json=%v", asJSON), "-o", "out.dtlic")
		if err := w.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := w.Wait(); w.ProcessState.ExitCode() != 130 {
			t.Errorf("%v, stderr %q", err, w.stderr.String())
		}
		wantOut, wantErr := "", "dtlic: error: interrupted\n"
		if asJSON {
			wantErr = ""
			var answer struct{ Error struct{ Code string } }
			if err := json.Unmarshal(w.stdout.Bytes(), &answer); err != nil || answer.Error.Code != "interrupted" {
				t.Errorf("stdout %q, %v", w.stdout.String(), err)
			}
			wantOut = w.stdout.String()
		}
		if w.stdout.String() != wantOut || w.stderr.String() != wantErr || blobs.Match(w.stdout.Bytes()) {
			t.Errorf("stdout %q, stderr %q", w.stdout.String(), w.stderr.String())
		}
		after, err := os.ReadFile(log)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("the log changed, %v:\n%s", err, after)
		}
		if _, err := os.Lstat(filepath.Join(dir, "out.dtlic")); err == nil {
			t.Error("the license's file is there")
		}
	}
}

// rewriting are the commands that read a log as a whole, or replace it.
var rewriting = []string{"log export", "log import", "log merge", "log repair", "backup", "restore"}

// TestInterruptedBeforeTheLock: Ctrl-C, and the signal of a system that shuts down,
// end each command that waits for the log. Nothing is changed, and nothing left.
func TestInterruptedBeforeTheLock(t *testing.T) {
	for _, s := range scenarios() {
		if !slices.Contains(rewriting, s.name) {
			continue
		}
		for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			t.Run(s.name+" "+signal.String(), func(t *testing.T) {
				dir := prepared(t, s.name)
				w := startLocked(t, dir, nil, s.words...)
				if err := w.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				err := w.Wait()
				if w.ProcessState.ExitCode() != stopped || w.stdout.Len() > 0 || !strings.HasSuffix(w.stderr.String(), "dtlic: error: interrupted\n") {
					t.Errorf("%v, stdout %q, stderr %q", err, w.stdout.String(), w.stderr.String())
				}
				if changed := changedFiles(bench1.stems[s.name], dir); len(changed) > 0 {
					t.Errorf("it changed %q", changed)
				}
			})
		}
	}
}

// TestInterruptedMidway: the same signals at any call that these commands make leave
// the log old or new, no part of a file in its place, and nothing beside it.
func TestInterruptedMidway(t *testing.T) {
	needTrace(t)
	all, err := bench1.allFaults(slices.DeleteFunc(scenarios(), func(s *scenario) bool { return !slices.Contains(rewriting, s.name) }), interrupts)
	if err != nil {
		t.Fatal(err)
	}
	result := bench1.inject(t.Context(), choose(rand.New(rand.NewPCG(7, 0)), all, 10))
	t.Log(result)
	for _, what := range result.broken {
		t.Error(what)
	}
	if result.interrupted < 3 {
		t.Errorf("hardly any command was interrupted: %s", result)
	}
}

// TestNoLocks: a file system without locks is an error of its own, and no
// license is made.
func TestNoLocks(t *testing.T) {
	needTrace(t)
	dir := prepared(t, "mint")
	o := try(t, dir, append([]string{
		"strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK", "--",
	}, words("dtlic", "mint", "--json")...)...)
	var answer struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil {
		t.Fatalf("%v: %q, stderr %q", err, o.stdout, o.stderr)
	}
	if o.code != 1 || answer.Error.Code != "locked" || !strings.Contains(answer.Error.Message, "cannot be locked") ||
		!strings.Contains(answer.Error.Message, "no locks available: this file system has no file locks") {
		t.Errorf("exit code %d: %+v", o.code, answer)
	}
	for _, broken := range (&run{dir: dir, stem: bench1.stems["mint"], outcome: o}).checkLog() {
		t.Error(broken)
	}
}

// TestNoDumps: a program that holds a private key can write no core dump, and
// nobody but root may look into it. The kernel tells both: a process that may
// not be dumped belongs to root in /proc, whoever runs it. So it runs as another
// user here.
func TestNoDumps(t *testing.T) {
	needNobody(t)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil {
		t.Fatal(err)
	}
	allowed := syscall.Rlimit{Cur: max(limit.Max, 1<<20), Max: max(limit.Max, 1<<20)}
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &allowed); err != nil {
		t.Skipf("no core dump is allowed here at all: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit) })

	as := &syscall.Credential{Uid: 65534, Gid: 65534}
	dir := prepared(t, "mint")
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(as.Uid), int(as.Gid)))
	})
	if err != nil {
		t.Fatal(err)
	}

	// The buyer's program, which never has a key, shows that the kernel tells.
	r, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(r.Close(), stdin.Close()) }() // nothing was written
	idle := exec.Command(bench1.program("dtlic-buyer"), words("activate", "-")...)
	idle.Dir, idle.Env, idle.Stdin = dir, bench1.environment(dir), r
	idle.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if err := idle.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = idle.Process.Kill()
		_ = idle.Wait() // it was killed
	}()
	if uid, core := dumps(t, idle.Process.Pid); uid != as.Uid || core == "0" {
		t.Skipf("the kernel does not tell: the buyer's program belongs to user %d, core limit %s", uid, core)
	}

	w := mintLocked(t, dir, as)
	if uid, core := dumps(t, w.Process.Pid); uid != 0 || core != "0" {
		t.Errorf("with a key in memory it belongs to user %d, core limit %s; stderr %q", uid, core, w.stderr.String())
	}
}

var coreLimit = regexp.MustCompile(`(?m)^Max core file size +(\S+)`)

// dumps tells to whom a process belongs in /proc, and its limit for core dumps.
func dumps(t *testing.T, pid int) (uid uint32, core string) {
	t.Helper()
	var info syscall.Stat_t
	if err := syscall.Stat(fmt.Sprintf("/proc/%d/status", pid), &info); err != nil {
		t.Fatal(err)
	}
	// Root without CAP_SYS_RESOURCE may not ask with prlimit.
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := coreLimit.FindSubmatch(limits)
	if m == nil {
		t.Fatalf("no limit for core files in:\n%s", limits)
	}
	return info.Uid, string(m[1])
}
