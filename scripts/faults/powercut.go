package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// writers are so many as mint at once.
const writers = 8

// cutsResult sums up power cuts on one kind of file system.
type cutsResult struct {
	kind            string
	cuts, flushed   int
	commands, ended int // commands that ran, and those that had succeeded by then
	homes           int // homes in which minters were
	shown, logged   int // licenses
	torn            int // unfinished lines
	late, gone      int // licenses shown after the cut, and those of them that the disk lacks
	broken          []string
}

func (c cutsResult) String() string {
	return fmt.Sprintf("power cuts on %s: %d, %d of them with its journal flushed; %d under a command or behind its answer (%d had succeeded); "+
		"%d under minters in %d homes: %d licenses shown, %d in the log, %d unfinished lines; "+
		"%d more answered in the dark (the disk lacks %d); %d things did not hold",
		c.kind, c.cuts, c.flushed, c.commands, c.ended, c.cuts-c.commands, c.homes, c.shown, c.logged, c.torn, c.late, c.gone, len(c.broken))
}

// cutting is one campaign of power cuts on one disk.
type cutting struct {
	*bench
	disk   *disk
	random *rand.Rand
	lie    bool
	sum    cutsResult
}

// cutPower cuts the power of a disk so many times: under commands of
// every kind or right behind their answers, and under programs that mint. What
// was answered before is on the disk when it is mounted again.
func (b *bench) cutPower(ctx context.Context, random *rand.Rand, kind string, o options) (sum cutsResult, err error) {
	d, err := newDisk(kind, b.root)
	if err != nil {
		return cutsResult{kind: kind}, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	c := &cutting{bench: b, disk: d, random: random, lie: o.lie, sum: cutsResult{kind: kind}}
	list := o.chosen()
	for c.sum.cuts < o.cuts && ctx.Err() == nil && err == nil {
		if c.random.IntN(3) > 0 {
			err = c.underCommand(list[random.IntN(len(list))])
		} else {
			err = c.underMinters([]int{1, writers}[random.IntN(2)])
		}
	}
	return c.sum, errors.Join(err, ctx.Err())
}

// words are a command's, whose fsync does nothing where that is asked for.
func (c *cutting) words(words []string) []string {
	if !c.lie {
		return words
	}
	return append([]string{"strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=fsync", "-e", "inject=fsync:retval=0", "--"}, words...)
}

// cut cuts the power, and mend brings it back once nobody uses the disk anymore.
func (c *cutting) cut() error {
	flush := c.random.IntN(3) == 0
	c.sum.cuts++
	if flush {
		c.sum.flushed++
	}
	return c.disk.cut(flush)
}

func (c *cutting) mend() error { return errors.Join(c.disk.off(), c.disk.on()) }

// underCommand cuts the power at a random moment of a command, or right behind
// its answer.
func (c *cutting) underCommand(s *scenario) error {
	length, err := c.length(c.disk.mount, s)
	if err != nil {
		return err
	}
	dir, err := c.freshIn(c.disk.mount, s)
	if err != nil {
		return err
	}
	if err := c.disk.keep(); err != nil {
		return err
	}
	p, err := c.start(dir, c.words(s.words)...)
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	var o outcome
	var waitErr error
	go func() {
		defer close(ended)
		o, waitErr = p.wait()
	}()
	var moment <-chan time.Time
	if c.random.IntN(2) == 0 {
		moment = time.After(time.Duration(c.random.Int64N(int64(length))))
	}
	var known outcome
	select {
	case <-ended:
		known = o
		c.sum.ended++
	case <-moment:
		known = outcome{code: killed, stdout: p.stdout.String()}
	}
	err = c.cut()
	<-ended
	if err := errors.Join(err, waitErr, c.mend()); err != nil {
		return err
	}
	c.sum.commands++
	// What it says of the disk that failed it is not looked at here.
	r := &run{dir: dir, stem: c.stems[s.name], outcome: known, killed: true, mute: true}
	for _, what := range c.judge(r, s) {
		c.sum.broken = append(c.sum.broken, s.name+": "+what)
	}
	return os.RemoveAll(dir)
}

// underMinters lets programs mint in a new home, the first record ever among
// what they write, and cuts the power, once or several times.
func (c *cutting) underMinters(atOnce int) error {
	dir, err := c.dirIn(c.disk.mount)
	if err != nil {
		return err
	}
	c.sum.homes++
	h := &cutHome{cutting: c, run: run{dir: dir, killed: true, mute: true}}
	for range 1 + c.random.IntN(3) {
		if err := h.round(atOnce); err != nil {
			return err
		}
		if what := h.check(); what != "" {
			c.sum.broken = append(c.sum.broken, fmt.Sprintf("%d at once: %s", atOnce, what))
			break
		}
	}
	c.sum.shown += len(h.shown)
	c.sum.logged += h.logged
	c.sum.late += len(h.late)
	c.sum.gone += h.gone
	return os.RemoveAll(dir)
}

// cutHome is a home in which programs mint until the power fails.
type cutHome struct {
	*cutting
	run
	keyed  bool // keygen succeeded
	shown  []string
	late   []string // shown in the dark
	logged int
	gone   int // those of late that the log lacks
}

// round mints until the power is cut, and brings it back.
func (h *cutHome) round(atOnce int) error {
	if err := h.disk.keep(); err != nil {
		return err
	}
	// Most often among the first records, now and then later.
	moment := time.Duration(h.random.Int64N(int64(40 * time.Millisecond)))
	if h.random.IntN(3) == 0 {
		moment *= 10
	}
	var dark atomic.Bool
	var answers output
	errs := make([]error, atOnce)
	var all sync.WaitGroup
	all.Go(func() {
		if !h.keyed {
			o, err := h.bench.run(h.dir, h.words([]string{"dtlic", "keygen"})...)
			if err != nil || o.code != 0 || dark.Load() {
				return
			}
			h.keyed = true
		}
		for i := range errs {
			all.Go(func() { errs[i] = h.mintUntil(&dark, &answers) })
		}
	})
	time.Sleep(moment)
	dark.Store(true)
	before := len(h.shown)
	h.shown = append(h.shown, blobs.FindAllString(answers.String(), -1)...)
	err := h.cut()
	all.Wait()
	h.late = append(h.late, blobs.FindAllString(answers.String(), -1)[len(h.shown)-before:]...)
	return errors.Join(err, errors.Join(errs...), h.mend())
}

// mintUntil mints until the power is gone. What is answered in the dark counts
// for nothing: no machine without power answers, and a file system that is shut
// down in the middle of an fsync may say that it succeeded.
func (h *cutHome) mintUntil(dark *atomic.Bool, answers *output) error {
	for !dark.Load() {
		p := h.prepare(h.dir, h.words(words("dtlic", "mint"))...)
		p.cmd.Stdout = answers
		err := p.start()
		if err == nil {
			var o outcome
			if o, err = p.wait(); err == nil && o.code != 0 {
				err = fmt.Errorf("a mint failed while the disk was there: %s", o.stderr)
			}
		}
		if dark.Load() {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// check says what does not hold when the power is back, "" where all does.
func (h *cutHome) check() string {
	if h.keyed {
		h.code = 0 // a key that is not there is one that was lost
		if broken := h.wholeKey(keyFile); len(broken) > 0 {
			return strings.Join(broken, "; ")
		}
	} else if _, err := os.Stat(h.path(keyFile)); err != nil {
		if _, err := h.mustRun(h.dir, "dtlic", "keygen"); err != nil {
			return err.Error()
		}
	}
	h.keyed = true
	text := read(h.path(logFile))
	end := strings.LastIndexByte(text, '\n') + 1
	tail := text[end:]
	if what := h.checkShown(text[:end]); what != "" {
		return what
	}
	next, err := h.mustRun(h.dir, words("dtlic", "mint")...)
	if err != nil {
		return "the next mint: " + err.Error()
	}
	h.shown = append(h.shown, blobs.FindAllString(next.stdout, -1)...)
	text = read(h.path(logFile))
	if !strings.HasSuffix(text, "\n") {
		return "the next mint left an unfinished line"
	}
	if tail != "" {
		h.sum.torn++
		if !h.isAside(tail) {
			return fmt.Sprintf("the unfinished line %q is in no file beside the log", tail)
		}
	}
	return h.checkShown(text)
}

// checkShown: every license that was shown is in the log's whole lines, once.
func (h *cutHome) checkShown(text string) string {
	logged, err := recordsOf(text)
	if err != nil {
		return err.Error()
	}
	h.logged, h.gone = len(logged), 0
	for _, blob := range h.late {
		if logged[blob] == 0 {
			h.gone++
		}
	}
	for blob, times := range logged {
		if times != 1 {
			return fmt.Sprintf("a license stands %d times in the log: %s", times, blob)
		}
	}
	for _, blob := range h.shown {
		if logged[blob] != 1 {
			return fmt.Sprintf("of %d licenses that were shown one stands %d times in the log of %d", len(h.shown), logged[blob], len(logged))
		}
	}
	return ""
}
