package main

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// calls is how often a task is called in one round.
const calls = 20

// task is one thing that is timed.
type task struct {
	name        string
	text        int // length of the text in characters, 0 for a bare operation
	do          func() error
	times       []time.Duration // of one call, a round each
	allocations uint64          // of one call
	bytes       uint64
}

// median is the median over the rounds.
func (t *task) median() time.Duration { return middle(t.times) }

// ratio is the median of what each round gave beside another task: a machine
// that is slower in some rounds than in others does not move it.
func (t *task) ratio(bare *task) float64 {
	ratios := make([]float64, len(t.times))
	for i := range ratios {
		ratios[i] = float64(t.times[i]) / float64(bare.times[i])
	}
	return middle(ratios)
}

func middle[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// field is what is compared with one bare operation.
type field struct {
	what  string
	tasks []*task // the first is the bare operation that the ratios stand against
}

// fields makes the tasks of verifying and of minting.
func fields(all []*contender, now time.Time) (verify, mint *field, err error) {
	l := sample(now)
	signed, err := all[0].issue(l)
	if err != nil {
		return nil, nil, err
	}
	if verify, mint, err = bareFields([]byte(signed)); err != nil {
		return nil, nil, err
	}
	for _, c := range all {
		text, err := c.issue(l)
		if err != nil {
			return nil, nil, err
		}
		verify.tasks = append(verify.tasks, &task{
			name: c.name, text: len(text),
			do: func() error { _, err := c.check(text); return err },
		})
		if c.issues {
			mint.tasks = append(mint.tasks, &task{
				name: c.name, text: len(text),
				do: func() error { _, err := c.issue(l); return err },
			})
		}
	}
	return verify, mint, nil
}

// bareFields has what no contender can do without: the signature of a text as
// long as a license, of both kinds.
func bareFields(text []byte) (verify, mint *field, err error) {
	edwards := keyPair(1)
	public := edwards.Public().(ed25519.PublicKey)
	signature := ed25519.Sign(edwards, text)

	nist, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	signNIST := func() ([]byte, error) {
		hash := sha256.Sum256(text)
		return ecdsa.SignASN1(rand.Reader, nist, hash[:])
	}
	other, err := signNIST()
	if err != nil {
		return nil, nil, err
	}
	refused := errors.New("the signature does not hold")
	verify = &field{what: "verify", tasks: []*task{
		{name: "bare `ed25519.Verify`", do: func() error {
			if !ed25519.Verify(public, text, signature) {
				return refused
			}
			return nil
		}},
		{name: "bare `ecdsa.VerifyASN1`, P-384", do: func() error {
			hash := sha256.Sum256(text)
			if !ecdsa.VerifyASN1(&nist.PublicKey, hash[:], other) {
				return refused
			}
			return nil
		}},
	}}
	mint = &field{what: "mint", tasks: []*task{
		{name: "bare `ed25519.Sign`", do: func() error { ed25519.Sign(edwards, text); return nil }},
		{name: "bare `ecdsa.SignASN1`, P-384", do: func() error { _, err := signNIST(); return err }},
	}}
	return verify, mint, nil
}

// measure times all tasks in rounds. Each round takes every task once, in an
// order of its own, so that whatever slows the machine slows all alike.
func measure(tasks []*task, rounds int, seed uint64) error {
	for _, t := range tasks {
		if err := t.countMemory(); err != nil { // warms up, too
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	order := slices.Clone(tasks)
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	for range rounds {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, t := range order {
			start := time.Now()
			for range calls {
				if err := t.do(); err != nil {
					return fmt.Errorf("%s: %w", t.name, err)
				}
			}
			t.times = append(t.times, time.Since(start)/calls)
		}
	}
	return nil
}

// countMemory counts what one call allocates, on average, rounded down: what
// the runtime does beside is less than one a call.
func (t *task) countMemory() error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if err := t.do(); err != nil {
		return err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		if err := t.do(); err != nil {
			return err
		}
	}
	runtime.ReadMemStats(&after)
	t.allocations = (after.Mallocs - before.Mallocs) / calls
	t.bytes = (after.TotalAlloc - before.TotalAlloc) / calls
	return nil
}
