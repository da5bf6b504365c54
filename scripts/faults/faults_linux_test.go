package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// bench1 is shared by the tests, which run one after another: building the
// programs is most of the time.
var bench1 *bench

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	var err error
	if bench1, err = newBench(); err != nil {
		panic(err)
	}
	defer func() { _ = bench1.close() }() // a temporary directory
	return m.Run()
}

func needTrace(t *testing.T) {
	t.Helper()
	if why := cannotTrace(); why != "" {
		t.Skip(why)
	}
}

// needCommand skips where something cannot be done on this machine.
func needCommand(t *testing.T, words ...string) {
	t.Helper()
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%q: %v: %s", words, err, out)
	}
}

// prepared is a directory with a signing key and a license, in the state before
// a scenario.
func prepared(t *testing.T, name string) string {
	t.Helper()
	for _, s := range scenarios() {
		if s.name == name {
			dir, err := bench1.fresh(s)
			if err != nil {
				t.Fatal(err)
			}
			return dir
		}
	}
	t.Fatalf("no scenario %q", name)
	return ""
}

func try(t *testing.T, dir string, words ...string) outcome {
	t.Helper()
	o, err := bench1.run(dir, words...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestFaults is the short form of the campaign; run the program for the whole.
func TestFaults(t *testing.T) {
	needTrace(t)
	all, err := bench1.allFaults(few(), hows)
	if err != nil {
		t.Fatal(err)
	}
	faults := choose(rand.New(rand.NewPCG(7, 0)), all, 40)
	result := bench1.inject(t.Context(), faults)
	t.Log(result)
	for _, what := range result.broken {
		t.Error(what)
	}
	if result.hits < len(faults)/2 || result.kills == 0 {
		t.Errorf("hardly a fault happened: %s", result)
	}
}

// few are commands of each kind of writing: append, create, replace, merge. The
// campaign of .ci/run takes all of them.
func few() []*scenario {
	names := []string{"mint, unfinished line", "mint -o", "revoke", "log repair", "activate over another"}
	return slices.DeleteFunc(scenarios(), func(s *scenario) bool { return !slices.Contains(names, s.name) })
}

// TestKills is the short form of the kills at random moments.
func TestKills(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 0))
	for _, atOnce := range []int{1, writers} {
		sum, err := bench1.killMinters(t.Context(), random, atOnce, 15)
		if err != nil {
			t.Fatalf("%s: %v", sum, err)
		}
		if t.Log(sum); sum.kills < 15 || sum.shown == 0 || sum.looks == 0 {
			t.Error("hardly anything happened")
		}
	}
	sum, broken := bench1.killScenarios(t.Context(), random, few(), 12)
	t.Log(sum)
	for _, what := range broken {
		t.Error(what)
	}
}

// TestOneSync: a durable mint costs one fsync, that of the log.
func TestOneSync(t *testing.T) {
	needTrace(t)
	dir := prepared(t, "mint")
	o := try(t, dir, append([]string{"strace", "-f", "-qq", "-y", "-o", "trace", "-e", "signal=none", "-e", "trace=fsync,fdatasync,sync,syncfs,msync", "--"},
		words("dtlic", "mint")...)...)
	if o.code != 0 || !blobs.MatchString(o.stdout) {
		t.Fatalf("exit code %d: %s", o.code, o.stderr)
	}
	data, err := os.ReadFile(filepath.Join(dir, "trace"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != 1 || !regexp.MustCompile(`fsync\(\d+<.*/issued\.jsonl>\) += 0`).MatchString(lines[0]) {
		t.Errorf("a mint into an existing log calls\n%s", data)
	}
}

// TestNoProcessNoSocket: no command starts a process or opens a socket, whatever
// the session looks like. Go's own threads are no processes.
func TestNoProcessNoSocket(t *testing.T) {
	needTrace(t)
	commands := [][]string{
		{"dtlic", "version"},
		{"dtlic", "--help"},
		{"dtlic", "status"},
		words("dtlic", "mint"),
		words("dtlic", "mint", "-o", "second.dtlic", "--json"),
		{"dtlic", "log", "list"},
		{"dtlic", "log", "path"},
		{"dtlic", "log", "resend", "NO-1"},
		{"dtlic", "inspect", "first.dtlic", "--color=always"},
		words("dtlic", "activate", "first.dtlic"),
		{"dtlic", "renew", "first.dtlic"},
		{"dtlic", "report"},
		{"dtlic", "pubkey"},
		{"dtlic", "keygen", "-o", "k.env"},
		{"dtlic", "init", "--product", "notes", "--support", "a@b", "--yes"},
		{"dtlic", "product", "show"},
		{"dtlic", "product", "check"},
		{"dtlic", "product", "edit", "--title", "Notes 2"},
		{"dtlic", "product", "use"},
		{"dtlic", "completion", "bash"},
		{"dtlic", "deactivate"},
		{"dtlic-buyer", "status"},
		{"dtlic-buyer", "status", "--color=always"},
		{"dtlic-buyer", "report"},
		{"dtlic-buyer", "version"},
	}
	// The flags stand where a call begins; strace may tell its end on another line,
	// and knows no name of a call that a thread is in when the program ends.
	own := regexp.MustCompile(`CLONE_THREAD|\?\?\?\( <unfinished|<\.\.\. clone3? resumed>|<detached|\+\+\+ exited|--- SIG`)
	for _, session := range [][]string{
		nil,
		{
			"TMUX=/tmp/tmux-0/default,1,0", "TERM=tmux-256color", "COLORTERM=truecolor", "DISPLAY=:0", "XDG_RUNTIME_DIR=/tmp",
			"DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/no-such-bus",
		},
	} {
		dir := prepared(t, "mint")
		for _, command := range commands {
			line := append([]string{"env", "GOMAXPROCS=1"}, session...)
			line = append(line, "strace", "-f", "-qq", "-o", "trace",
				"-e", "trace=execve,execveat,socket,connect,clone,clone3,fork,vfork", "--")
			try(t, dir, append(line, command...)...)
			data, err := os.ReadFile(filepath.Join(dir, "trace"))
			if err != nil {
				t.Fatal(err)
			}
			started := 0
			for call := range strings.Lines(string(data)) {
				if strings.Contains(call, "execve(") && started == 0 {
					started++ // the program itself
				} else if !own.MatchString(call) {
					t.Errorf("%q with %q: %s", command, session, call)
				}
			}
			if started != 1 {
				t.Errorf("%q: nothing was traced", command)
			}
		}
	}
}
