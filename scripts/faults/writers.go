package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	writers = 8
	// longest is about how long a mint takes when eight want the lock: a run is
	// killed at any moment of it.
	longest = 60 * time.Millisecond
)

// writersResult sums up the eight writers.
type writersResult struct{ runs, kills, shown, logged int }

func (w writersResult) String() string {
	return fmt.Sprintf("eight writers: %d mints, %d killed, %d licenses shown, %d in the log", w.runs, w.kills, w.shown, w.logged)
}

// killWriters mints with eight programs at once into one log, until so many were
// killed. Every license that one of them showed is in the log, once, and after a
// mint that nobody kills every line is whole.
func (b *bench) killWriters(random *rand.Rand, kills int) (sum writersResult, err error) {
	dir, err := b.dir()
	if err != nil {
		return sum, err
	}
	if _, err := b.mustRun(dir, "dtlic", "keygen"); err != nil {
		return sum, err
	}
	var mu sync.Mutex
	var shown bytes.Buffer
	var failure error
	var wg sync.WaitGroup
	for range writers {
		own := rand.New(rand.NewPCG(random.Uint64(), 1))
		wg.Go(func() {
			for {
				mu.Lock()
				done := sum.kills >= kills || failure != nil || sum.runs > 50*kills+1000
				mu.Unlock()
				if done {
					return
				}
				text, wasKilled, err := b.mintUntilKilled(dir, time.Duration(own.Int64N(int64(longest))))
				mu.Lock()
				sum.runs++
				if wasKilled {
					sum.kills++
				}
				if err != nil && failure == nil {
					failure = err
				}
				shown.WriteString(text)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if failure != nil {
		return sum, failure
	}
	last, err := b.mustRun(dir, words("dtlic", "mint")...)
	if err != nil {
		return sum, err
	}
	shown.WriteString(last.stdout)
	return sum, checkWriters(dir, shown.String(), &sum)
}

// mintUntilKilled mints, and kills the program after a while where it is not
// done by then.
func (b *bench) mintUntilKilled(dir string, after time.Duration) (shown string, wasKilled bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), after)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.program("dtlic"), words("mint")...)
	cmd.Dir = dir
	cmd.Env = b.environment(dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	switch {
	case cmd.ProcessState == nil:
		if ctx.Err() != nil {
			return "", false, nil // killed before it began
		}
		return "", false, err
	case cmd.ProcessState.ExitCode() == -1:
		return stdout.String(), true, nil
	case err != nil && !cmd.ProcessState.Success(): // it may be done just in time
		return stdout.String(), false, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return stdout.String(), false, nil
}

func checkWriters(dir, shown string, sum *writersResult) error {
	data, err := os.ReadFile(dir + "/" + logFile)
	if err != nil {
		return err
	}
	text := string(data)
	if !strings.HasSuffix(text, "\n") {
		return fmt.Errorf("the log ends in an unfinished line")
	}
	logged := make(map[string]int)
	for line := range strings.Lines(text) {
		var record struct{ Blob string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || !blobs.MatchString(record.Blob) {
			return fmt.Errorf("a line of the log is no record: %s", line)
		}
		logged[record.Blob]++
		sum.logged++
	}
	for _, blob := range blobs.FindAllString(shown, -1) {
		sum.shown++
		if logged[blob] != 1 {
			return fmt.Errorf("a license was shown that stands %d times in the log", logged[blob])
		}
	}
	if sum.shown == 0 {
		return fmt.Errorf("no license was shown at all: every run was killed too early")
	}
	return nil
}
