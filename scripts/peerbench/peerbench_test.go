package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Who refuses what: where a library changes, this says so before the table does.
func TestWhoRefusesWhat(t *testing.T) {
	all, verdicts, err := selfChecks(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	everything := strings.Repeat("library ", len(wrongs))
	want := map[string]string{
		"dtlic":                       everything,
		"golang-jwt, EdDSA":           everything,
		"go-paseto, v4.public":        everything,
		"nats-io/jwt, generic claims": "library library caller library library caller library ",
		"keygen-go, signed key":       "library library library caller caller caller **panics** ",
		"keygen-go, license file":     "library library library library library caller library ",
		"hyperboloide/lk":             "library library library caller caller caller library ",
	}
	if len(all) != len(want) {
		t.Errorf("%d contenders, not %d", len(all), len(want))
	}
	for i, c := range all {
		var got strings.Builder
		for _, v := range verdicts[i] {
			fmt.Fprintf(&got, "%s ", v)
		}
		if got.String() != want[c.name] {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got.String(), want[c.name])
		}
	}
}

// The self-check must be able to fail.
func TestSelfCheckItself(t *testing.T) {
	now := time.Now()
	good, err := newDtlic(keyPair(1))
	if err != nil {
		t.Fatal(err)
	}
	careless := *good
	careless.verify = func(string) (license, error) { return sample(now), nil }
	verdicts, err := selfCheck(&careless, good, now)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(verdicts, func(v verdict) bool { return v != taken }) {
		t.Errorf("one that takes everything: %v", verdicts)
	}

	for name, spoil := range map[string]func(c *contender){
		"refuses everything":      func(c *contender) { c.verify = func(string) (license, error) { return license{}, errors.New("no") } },
		"reads something else":    func(c *contender) { c.verify = func(string) (license, error) { return license{Name: "Eve"}, nil } },
		"cannot be altered":       func(c *contender) { c.alter = func(string, change) (string, error) { return "", errors.New("no") } },
		"is altered to nothing":   func(c *contender) { c.alter = func(text string, _ change) (string, error) { return text, nil } },
		"falls apart by itself":   func(c *contender) { c.alter = func(string, change) (string, error) { return "DTLIC2:", nil } },
		"cannot sign":             func(c *contender) { c.issue = func(license) (string, error) { return "", errors.New("no") } },
		"has a rest that refuses": func(c *contender) { c.rest = func(license) error { return errors.New("no") } },
	} {
		spoiled := *good
		spoil(&spoiled)
		if _, err := selfCheck(&spoiled, good, now); err == nil {
			t.Errorf("one that %s passes", name)
		}
	}
}

// Every round takes every task once, in an order that the seed decides.
func TestMeasureTakesTurns(t *testing.T) {
	const rounds = 5
	orders := make(map[uint64]string)
	for _, seed := range []uint64{1, 1, 2} {
		var order []string
		var tasks []*task
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			tasks = append(tasks, &task{name: name, do: func() error {
				if len(order) == 0 || order[len(order)-1] != name {
					order = append(order, name)
				}
				return nil
			}})
		}
		if err := measure(tasks, rounds, seed); err != nil {
			t.Fatal(err)
		}
		for _, one := range tasks {
			if len(one.times) != rounds {
				t.Errorf("%s was timed %d times", one.name, len(one.times))
			}
		}
		got := strings.Join(order, "")
		if former, again := orders[seed]; again && former != got {
			t.Errorf("seed %d gave %s, then %s", seed, former, got)
		}
		orders[seed] = got
	}
	if orders[1] == orders[2] {
		t.Errorf("two seeds give the same order: %s", orders[1])
	}
}

// A failure while something is timed is told, by name.
func TestMeasureTellsOfAFailure(t *testing.T) {
	left := 2*calls + 1 // counting memory takes one more than it counts
	failing := &task{name: "weak", do: func() error {
		if left--; left < 0 {
			return errors.New("no")
		}
		return nil
	}}
	if err := measure([]*task{failing}, 3, 1); err == nil || !strings.Contains(err.Error(), "weak") {
		t.Errorf("got %v", err)
	}
}

// A slow round is slow for both and does not move the ratio.
func TestRatio(t *testing.T) {
	bare := &task{times: []time.Duration{100, 300, 100, 200, 100}}
	other := &task{times: []time.Duration{150, 450, 150, 300, 9000}}
	if got := other.ratio(bare); got != 1.5 {
		t.Errorf("ratio %v", got)
	}
	if got := other.median(); got != 300 {
		t.Errorf("median %v", got)
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, time.Date(2026, 11, 21, 23, 0, 0, 0, time.FixedZone("", -3600)), 1, 1); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	all, err := contenders(keyPair(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		want := 3 // verify, who refuses, note
		if c.issues {
			want++
		}
		if got := strings.Count(text, "| "+c.name+" |") + strings.Count(text, "**"+c.name+"**"); got != want {
			t.Errorf("%s stands there %d times, not %d", c.name, got, want)
		}
	}
	for _, want := range []string{"; 2026-11-22; medians of 1 ", "| bare `ed25519.Verify` | – |", "| bare `ed25519.Sign` | – |", " 1.00 | "} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if err := run(&out, time.Now(), 0, 1); err == nil {
		t.Error("no rounds are taken")
	}
	if t.Failed() {
		t.Log(text)
	}
}
