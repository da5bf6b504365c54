package main

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
)

// largest is the greater of the two logs that the promises are about. Verifying all
// its signatures would take minutes, and says no more than those of the smaller.
const largest = 1_000_000

// logs measures what is asked of made-up logs with so many records each, and a mint
// into them.
func logs(sizes []int, rounds int) (rows []row, err error) {
	dir, remove, err := scratch()
	if err != nil {
		return nil, err
	}
	defer remove()
	b := logBench{home: filepath.Join(dir, "home"), rounds: rounds}
	if err := os.Mkdir(b.home, 0o700); err != nil {
		return nil, err
	}
	if b.dtlic, err = build(dir, "dtlic", "./cmd/dtlic"); err != nil {
		return nil, err
	}
	for _, size := range sizes {
		if b.log, err = newMadeUpLog(size); err != nil {
			return nil, err
		}
		b.path = filepath.Join(dir, fmt.Sprintf("issued-%d.jsonl", size))
		if err := b.log.write(b.path); err != nil {
			return nil, err
		}
		more, err := b.measure()
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
		if err := os.Remove(b.path); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// logBench measures one log after the other.
type logBench struct {
	home, dtlic string
	rounds      int
	log         *madeUpLog
	path        string
}

func (b *logBench) measure() (rows []row, err error) {
	email := b.log.email(b.log.records * 3 / 4)
	find, stats := b.ask("find", email), b.ask("stats")
	contests := []contest{
		{
			what: "`log find EMAIL`", one: find, faster: 35,
			beside: "`jq -c 'select(.email==…)'`", other: b.shell(`jq -c 'select(.email=="` + email + `")' "$1"`),
		},
		{what: "`log find EMAIL`", one: find, reach: 1.2, beside: "`grep -F`", other: b.shell(`grep -F "` + email + `" "$1"`)},
		{what: "`log stats`", one: stats, faster: 20, beside: "`jq -r .tier \\| sort \\| uniq -c`", other: b.shell(`jq -r .tier "$1" | sort | uniq -c`)},
	}
	for _, c := range contests {
		r, err := c.hold(b.rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	mint, err := b.mint()
	if err != nil {
		return nil, err
	}
	rows = append(rows, mint)
	if b.log.records < largest {
		check, err := b.check()
		if err != nil {
			return nil, err
		}
		rows = append(rows, check)
	}
	for i := range rows {
		rows[i].what += fmt.Sprintf(", %d records", b.log.records)
	}
	memory, err := b.memory(email)
	return append(rows, memory...), err
}

// ask runs a question about the log as a whole process.
func (b *logBench) ask(args ...string) func() error {
	return b.program(b.path, append([]string{"log"}, args...)...)
}

// program runs dtlic with a log.
func (b *logBench) program(log string, args ...string) func() error {
	return func() error { return b.run(b.command(log, b.dtlic, args...)) }
}

func (b *logBench) command(log, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = b.home, append(environment(b.home), "DATATOOLS_ISSUANCE_LOG="+log)
	return cmd
}

// shell runs a shell's command line, whose $1 is the log.
func (b *logBench) shell(line string) func() error {
	return func() error { return b.run(b.command(b.path, "sh", "-c", line, "sh", b.path)) }
}

// run runs a command that must find something.
func (b *logBench) run(cmd *exec.Cmd) error {
	var out counter
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	if out == 0 {
		return fmt.Errorf("%s: found nothing", strings.Join(cmd.Args, " "))
	}
	return nil
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// mint measures a mint into the log beside one into a log that is not there yet.
func (b *logBench) mint() (row, error) {
	args := []string{"mint", "--name", "Ada Buyer", "--email", "ada@example.com"}
	fresh := filepath.Join(b.home, "fresh.jsonl")
	into := b.program(fresh, args...)
	c := contest{
		what: "`mint`", one: b.program(b.path, args...), beside: "one into an empty log", reach: 1.2,
		other: func() error {
			if err := os.Truncate(fresh, 0); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			return into()
		},
	}
	return c.hold(10 * b.rounds)
}

// check measures `log check` beside verifying the same signatures one by one.
func (b *logBench) check() (row, error) {
	public := b.log.key.Public()
	var all []*envelope.Envelope
	for entry, err := range ledger.New(journal.Journal{FS: fsys.OS, Path: b.path, Now: time.Now}).Records() {
		if err != nil {
			return row{}, err
		}
		e, err := envelope.Parse(envelope.License, entry.Record.Blob)
		if err != nil {
			return row{}, err
		}
		all = append(all, &e)
	}
	c := contest{
		what: "`log check`", one: b.ask("check"), beside: "`ed25519.Verify`, one by one", faster: 1.7,
		other: func() error {
			for _, e := range all {
				if !ed25519.Verify(public, []byte(e.Signed), e.Signature) {
					return errors.New("a signature does not hold")
				}
			}
			return nil
		},
	}
	return c.hold(max(1, b.rounds/2))
}

// memory tells how much memory questions take at most, where the system says it.
func (b *logBench) memory(email string) (rows []row, err error) {
	const most = 64 << 10 // KiB
	if _, err := os.Stat("/proc/self/status"); err != nil {
		return nil, nil
	}
	for _, args := range [][]string{
		{"list"},
		{"list", "--all", "--json"},
		{"list", "--sort", "name"},
		{"list", "--sort", "issued", "--reverse", "--all"},
		{"find", email},
		{"find", "holder"},
		{"show", email},
		{"stats"},
		{"expiring"},
		{"check"},
	} {
		start := time.Now()
		peak, err := b.peak(args)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{
			what: fmt.Sprintf("memory of `log %s`, %d records", strings.Join(args, " "), b.log.records), median: time.Since(start),
			beside: none, reach: "≤ 64 MiB", notes: fmt.Sprintf(" (%.1f MiB)", float64(peak)/1024), misses: peak > most, memory: true,
		})
	}
	return rows, nil
}

// peak runs a question and returns how many KiB of memory were resident at most.
func (b *logBench) peak(args []string) (kib int, err error) {
	cmd := b.command(b.path, b.dtlic, append([]string{"log"}, args...)...)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	status := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	for {
		select {
		case err := <-ended:
			if err == nil && kib == 0 {
				err = errors.New("it ended before its memory was seen")
			}
			if err != nil {
				err = fmt.Errorf("log %s: %w", strings.Join(args, " "), err)
			}
			return kib, err
		case <-time.After(2 * time.Millisecond):
			text, _ := os.ReadFile(status) // it may have ended
			if _, peak, ok := strings.Cut(string(text), "VmHWM:"); ok {
				_, _ = fmt.Sscan(peak, &kib)
			}
		}
	}
}
