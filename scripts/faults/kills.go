package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// renewHome is after how many rounds the minters get a new home, so that the
	// first record ever is among what is killed, again and again.
	renewHome = 40
	// oneInTails is how often an unfinished line is planted in the log before a
	// round: one in so many. A kill hardly ever leaves one, a power loss does.
	oneInTails = 8
)

// killsResult sums up runs that were killed at any moment.
type killsResult struct {
	name                 string
	runs, kills          int
	shown, logged        int // licenses
	planted, torn, looks int // unfinished lines, and looks of the reader
	spread               time.Duration
}

func (k killsResult) String() string {
	if k.looks == 0 {
		return fmt.Sprintf("%s: %d runs, %d killed", k.name, k.runs, k.kills)
	}
	return fmt.Sprintf("%s: %d mints, %d killed within %s; %d licenses shown, %d in the log, so that %d kills came between record and answer; "+
		"%d unfinished lines planted, %d left by kills, all set aside; %d looks of a reader meanwhile",
		k.name, k.runs, k.kills, k.spread.Round(time.Millisecond), k.shown, k.logged, k.logged-k.shown, k.planted, k.torn, k.looks)
}

// minters is a home in which programs mint and are killed.
type minters struct {
	b      *bench
	dir    string
	log    string
	reader *reader
	shown  []string // every license that reached standard output
	tails  []string // every unfinished line that stood in the log
	logged int      // records at the last check
}

func (b *bench) newMinters() (*minters, error) {
	dir, err := b.dir()
	if err != nil {
		return nil, err
	}
	if _, err := b.mustRun(dir, "dtlic", "keygen"); err != nil {
		return nil, err
	}
	m := &minters{b: b, dir: dir, log: filepath.Join(dir, filepath.FromSlash(logFile))}
	m.reader = b.newReader(dir)
	return m, nil
}

// close ends the reader, and adds up what happened here.
func (m *minters) close(sum *killsResult) error {
	looks, err := m.reader.close()
	sum.looks += looks
	sum.shown += len(m.shown)
	sum.logged += m.logged
	_ = os.RemoveAll(m.dir) // the whole bench is removed at the end
	return err
}

// killMinters lets so many programs mint at once and kills each at a random
// moment of its time, until so many were killed. After every round a mint that
// nobody disturbs works, and then the log is looked at: every license that was
// shown is in it once, and every line is whole.
func (b *bench) killMinters(ctx context.Context, random *rand.Rand, atOnce, kills int) (sum killsResult, err error) {
	sum.name = fmt.Sprintf("%d at once", atOnce)
	if atOnce == 1 {
		sum.name = "one alone"
	}
	if sum.spread, err = b.mintingTime(atOnce); err != nil {
		return sum, err
	}
	for sum.kills < kills && ctx.Err() == nil {
		m, err := b.newMinters()
		if err != nil {
			return sum, err
		}
		for n := 0; n < renewHome && sum.kills < kills && err == nil && ctx.Err() == nil; n++ {
			err = m.round(random, atOnce, &sum)
		}
		if err := errors.Join(err, m.close(&sum)); err != nil {
			return sum, err
		}
		if sum.runs > 20*kills+1000 {
			return sum, fmt.Errorf("%d mints, and only %d were killed in time", sum.runs, sum.kills)
		}
	}
	return sum, ctx.Err()
}

// mintingTime is how long so many mints at once take that nobody kills.
func (b *bench) mintingTime(atOnce int) (longest time.Duration, err error) {
	m, err := b.newMinters()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, m.close(new(killsResult))) }()
	never := &killsResult{spread: patience}
	for range 5 {
		begin := time.Now()
		if err := m.killSome(rand.New(rand.NewPCG(0, 0)), atOnce, never); err != nil {
			return 0, err
		}
		longest = max(longest, time.Since(begin))
	}
	return longest, nil
}

// start starts so many mints.
func (m *minters) start(atOnce int) (runs []*process, err error) {
	for range atOnce {
		p, err := m.b.start(m.dir, words("dtlic", "mint")...)
		if err != nil {
			for _, p := range runs {
				p.kill()
				_, _ = p.wait() // it was killed
			}
			return nil, err
		}
		runs = append(runs, p)
	}
	return runs, nil
}

// round is so many mints that are killed, one that is not, and a look at the log.
func (m *minters) round(random *rand.Rand, atOnce int, sum *killsResult) error {
	if random.IntN(oneInTails) == 0 {
		sum.planted++
		if err := m.plant(random); err != nil {
			return err
		}
	}
	if err := m.killSome(random, atOnce, sum); err != nil {
		return err
	}
	if left := m.tail(); left != "" && !slices.Contains(m.tails, left) {
		sum.torn++
		m.tails = append(m.tails, left)
	}
	next, err := m.b.mustRun(m.dir, words("dtlic", "mint")...)
	if err != nil {
		return fmt.Errorf("the next mint: %w", err)
	}
	if !blobs.MatchString(next.stdout) {
		return errors.New("the next mint showed no license")
	}
	m.shown = append(m.shown, blobs.FindAllString(next.stdout, -1)...)
	return m.check()
}

// killSome starts so many mints and kills each at its moment, if it is there by then.
func (m *minters) killSome(random *rand.Rand, atOnce int, sum *killsResult) (broken error) {
	moments := make([]time.Duration, atOnce)
	for i := range moments {
		moments[i] = time.Duration(random.Int64N(int64(sum.spread)))
	}
	runs, err := m.start(atOnce)
	if err != nil {
		return err
	}
	for i, p := range runs {
		defer time.AfterFunc(moments[i], p.kill).Stop()
	}
	for _, p := range runs {
		o, err := p.wait()
		sum.runs++
		switch {
		case err != nil:
			broken = err
		case o.code == killed:
			sum.kills++
		case o.code != 0:
			broken = fmt.Errorf("a mint failed that was not killed: %s", o.stderr)
		}
		m.shown = append(m.shown, blobs.FindAllString(o.stdout, -1)...)
	}
	return broken
}

// tail is the unfinished line at the log's end.
func (m *minters) tail() string {
	data, _ := os.ReadFile(m.log) // none yet: no tail
	return string(data[strings.LastIndexByte(string(data), '\n')+1:])
}

// plant leaves an unfinished line in the log, as a power loss does.
func (m *minters) plant(random *rand.Rand) error {
	f, err := os.OpenFile(m.log, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	tail := fmt.Sprintf(`{"license_key": "TORN-%d", "name": "Ada`, random.Uint32())
	m.tails = append(m.tails, tail)
	_, err = f.WriteString(tail)
	if err2 := f.Close(); err == nil {
		err = err2
	}
	return err
}

// check looks at the log after a mint that nobody disturbed.
func (m *minters) check() error {
	data, err := os.ReadFile(m.log)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(string(data), "\n") {
		return fmt.Errorf("the log ends in an unfinished line")
	}
	logged, err := recordsOf(string(data))
	if err != nil {
		return err
	}
	for _, blob := range m.shown {
		if logged[blob] != 1 {
			return fmt.Errorf("a license was shown that stands %d times in the log", logged[blob])
		}
	}
	for blob, times := range logged {
		if times != 1 {
			return fmt.Errorf("a license stands %d times in the log: %s", times, blob)
		}
	}
	m.logged = len(logged)
	return m.checkAside()
}

// checkAside: every unfinished line is whole in a file beside the log.
func (m *minters) checkAside() error {
	paths, err := filepath.Glob(m.log + ".torn-*")
	if err != nil {
		return err
	}
	aside := make(map[string]bool)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		aside[string(data)] = true
	}
	for _, tail := range m.tails {
		if !aside[tail] {
			return fmt.Errorf("the unfinished line %q is in no file beside the log", tail)
		}
	}
	return nil
}

// killScenarios kills commands of every kind at random moments of their time.
func (b *bench) killScenarios(ctx context.Context, random *rand.Rand, list []*scenario, kills int) (killsResult, []string) {
	sum := killsResult{name: "every command"}
	var broken []string
	for sum.kills < kills && ctx.Err() == nil && sum.runs < 20*kills+1000 {
		s := list[random.IntN(len(list))]
		wasKilled, what := b.killOne(random, s)
		sum.runs++
		if wasKilled {
			sum.kills++
		}
		for _, what := range what {
			broken = append(broken, s.name+", killed: "+what)
		}
	}
	if sum.kills < kills && ctx.Err() == nil {
		broken = append(broken, fmt.Sprintf("%d commands, and only %d were killed in time", sum.runs, sum.kills))
	}
	return sum, broken
}

func (b *bench) killOne(random *rand.Rand, s *scenario) (wasKilled bool, broken []string) {
	length, err := b.length(b.root, s)
	if err != nil {
		return false, []string{err.Error()}
	}
	dir, err := b.fresh(s)
	if err != nil {
		return false, []string{err.Error()}
	}
	defer func() { _ = os.RemoveAll(dir) }() // the whole bench is removed at the end
	p, err := b.start(dir, s.words...)
	if err != nil {
		return false, []string{err.Error()}
	}
	defer time.AfterFunc(time.Duration(random.Int64N(int64(length))), p.kill).Stop()
	o, err := p.wait()
	if err != nil {
		return false, []string{err.Error()}
	}
	r := &run{dir: dir, stem: b.stems[s.name], outcome: o, killed: o.code == killed}
	return r.killed, b.judge(r, s)
}
