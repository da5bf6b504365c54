package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/dtlic/dtlic"
)

// emptyProgram does nothing by way of the same command library.
const emptyProgram = `package main

import (
	"os"

	"github.com/spf13/cobra"
)

func main() {
	c := &cobra.Command{Use: "empty", Run: func(*cobra.Command, []string) {}}
	if c.Execute() != nil {
		os.Exit(1)
	}
}
`

// verifyingProgram is the empty program with the one thing in it that no status
// can do without: in a fresh process Go's first Ed25519 verification takes
// several times as long as the next.
const verifyingProgram = `package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	c := &cobra.Command{Use: "verifying", Run: func(*cobra.Command, []string) {
		// The public key of RFC 8032 section 7.1, test 1.
		key, _ := hex.DecodeString("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
		ed25519.Verify(key, nil, make([]byte, 64))
	}}
	if c.Execute() != nil {
		os.Exit(1)
	}
}
`

func programs(rounds int) (rows []row, err error) {
	dir, remove, err := scratch()
	if err != nil {
		return nil, err
	}
	defer remove()
	sources := map[string]string{"dtlic": "./cmd/dtlic", "dtlic-buyer": "./cmd/dtlic-buyer"}
	for name, text := range map[string]string{"empty": emptyProgram, "verifying": verifyingProgram} {
		sources[name] = filepath.Join(dir, name+".go")
		if err := os.WriteFile(sources[name], []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	built := make(map[string]string)
	for name, what := range sources {
		if built[name], err = build(dir, name, what); err != nil {
			return nil, err
		}
	}
	home := filepath.Join(dir, "home")
	if err := activate(home); err != nil {
		return nil, err
	}
	for _, c := range []contest{
		{what: "`dtlic-buyer status`, whole process", one: process(home, built["dtlic-buyer"], "status"), beside: "empty", reach: 1.3},
		{what: "`dtlic-buyer status`, whole process", one: process(home, built["dtlic-buyer"], "status"), beside: "verifying"},
		{what: "`dtlic-buyer version`, whole process", one: process(home, built["dtlic-buyer"], "version"), beside: "empty"},
		{what: "`dtlic version`, whole process", one: process(home, built["dtlic"], "version"), beside: "empty", reach: 1.5},
	} {
		c.other = process(home, built[c.beside])
		r, err := c.hold(rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	more, err := toolkit(dir, built["empty"], rounds)
	return append(rows, more...), err
}

// contest is one whole process beside another.
type contest struct {
	what   string
	one    func() error
	beside string // a key of besides, or what to show
	other  func() error
	reach  float64 // the ratio to keep within; 0 for none
	faster float64 // how many times as fast as the other to be; 0 for none
}

// build builds a program as releases are and returns its path. What is run is a
// copy: the linker writes its file through memory, which leaves it in smaller
// pieces in the system's cache than a file that was downloaded or copied, and
// how small differs from build to build.
func build(dir, name, what string, flags ...string) (path string, err error) {
	linked := filepath.Join(dir, name+".linked")
	cmd := exec.Command("go", append(append([]string{"build", "-trimpath"}, flags...), "-o", linked, what)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building %s, from the project's directory: %w", what, err)
	}
	path = filepath.Join(dir, name+".exe")
	return path, copyProgram(path, linked)
}

func copyProgram(to, from string) error {
	program, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, program, 0o700)
}

var besides = map[string]string{
	"empty":     "an empty cobra program",
	"verifying": "one that makes one `ed25519.Verify`",
	"core":      "`make release`'s, its key baked in",
}

func (c *contest) hold(rounds int) (r row, err error) {
	r = row{what: c.what, beside: cmp.Or(besides[c.beside], c.beside), reach: none}
	err = r.takeTurns(rounds, 1, c.one, c.other)
	if c.reach > 0 {
		r.reach = fmt.Sprintf("≤ %v ×", c.reach)
		r.misses = r.ratio > c.reach
	}
	if c.faster > 0 {
		r.reach, r.notes = fmt.Sprintf("≥ %v × faster", c.faster), fmt.Sprintf(" (%.1f ×)", 1/r.ratio)
		r.misses = 1/r.ratio < c.faster
	}
	return r, err
}

// activate puts an active license into a home directory.
func activate(home string) error {
	s, err := newSample()
	if err != nil {
		return err
	}
	_, err = dtlic.Activate(s.product, s.blob, dtlic.Holder{Name: s.request.Name, Email: s.request.Email}, options(home))
	return err
}

// process returns a function that runs a program to its end, with nothing of
// this machine's settings.
func process(home, program string, args ...string) func() error {
	return func() error {
		cmd := exec.Command(program, args...)
		var stderr bytes.Buffer
		cmd.Env, cmd.Dir, cmd.Stderr = environment(home), home, &stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s %v: %w: %s", filepath.Base(program), args, err, stderr.Bytes())
		}
		return nil
	}
}

func environment(home string) []string {
	env := []string{"HOME=" + home, "USERPROFILE=" + home}
	for _, name := range []string{"SystemRoot", "PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
