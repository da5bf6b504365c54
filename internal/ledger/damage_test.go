package ledger

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// atOnce runs a test at each place from one to another, or at some of them in a short
// run, several at a time, each with a log of its own.
func atOnce(t *testing.T, from, to, step int, at func(*testing.T, *Ledger, int)) {
	const several = 4
	if !testing.Short() {
		step = 1
	}
	for n := range several {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			l := logOf(t)
			for i := from + n*step; i <= to; i += several * step {
				at(t, l, i)
			}
		})
	}
}

func TestRepairOfALogCutAnywhere(t *testing.T) {
	whole := records(1, 4)
	atOnce(t, len(records(1, 2)), len(whole), 17, func(t *testing.T, l *Ledger, cut int) {
		after := mustHold(t, l, whole[:cut])
		if !strings.HasPrefix(after, records(1, 2)) {
			t.Fatalf("cut at %d: whole records changed", cut)
		}
	})
}

func TestRepairOfALogWithOneByteFlipped(t *testing.T) {
	whole := records(1, 3)
	from := len(records(1, 1))
	atOnce(t, from, len(records(1, 2))-1, 13, func(t *testing.T, l *Ledger, at int) {
		text := []byte(whole)
		text[at] ^= 1 << (at % 8)
		after := mustHold(t, l, string(text))
		if !strings.HasPrefix(after, records(1, 1)) || !strings.HasSuffix(after, lineOf(nth(3))+"\n") {
			t.Fatalf("flipped bit %d of byte %d: other records changed", at%8, at-from)
		}
	})
}

// damages are what can happen to a log.
var damages = []func(*rand.Rand, []byte) []byte{
	func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b)+1)] },                                 // cut
	func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(8); return b },               // flip
	func(r *rand.Rand, b []byte) []byte { return slices.Insert(b, r.IntN(len(b)), make([]byte, 9)...) }, // NULs
	func(r *rand.Rand, b []byte) []byte { return append(b, make([]byte, 1+r.IntN(600))...) },            // a tail of NULs
	func(r *rand.Rand, b []byte) []byte { // a block of zeros
		at := r.IntN(len(b))
		clear(b[at:min(len(b), at+512)])
		return b
	},
	func(r *rand.Rand, b []byte) []byte { // a block that is gone
		at := r.IntN(len(b))
		return slices.Delete(b, at, min(len(b), at+512))
	},
	func(r *rand.Rand, b []byte) []byte { // a block twice
		at := r.IntN(len(b))
		return slices.Insert(b, at, slices.Clone(b[at:min(len(b), at+700)])...)
	},
	func(r *rand.Rand, b []byte) []byte { // glued lines
		at := r.IntN(len(b))
		if i := bytes.IndexByte(b[at:], '\n'); i >= 0 {
			return slices.Delete(b, at+i, at+i+1)
		}
		return b
	},
	func(_ *rand.Rand, b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) },
	func(_ *rand.Rand, b []byte) []byte { return append([]byte("\ufeff"), b...) },
	func(r *rand.Rand, b []byte) []byte { return append(b, fmt.Appendf(nil, "{\"at\":%d}\n", r.IntN(9))...) },
	func(r *rand.Rand, b []byte) []byte { // lines swapped
		lines := bytes.SplitAfter(b, []byte("\n"))
		i, j := r.IntN(len(lines)), r.IntN(len(lines))
		lines[i], lines[j] = lines[j], lines[i]
		return bytes.Join(lines, nil)
	},
}

func TestRepairOfRandomDamageLosesNothing(t *testing.T) {
	t.Parallel()
	l := logOf(t)
	rounds := 500
	if testing.Short() {
		rounds = 150
	}
	const seed = 20261121
	random := rand.New(rand.NewPCG(seed, 1))
	good := records(1, 8)
	for round := range rounds {
		text := []byte(good)
		for range 1 + random.IntN(3) {
			if len(text) > 0 {
				text = damages[random.IntN(len(damages))](random, text)
			}
		}
		mustHold(t, l, string(text))
		if t.Failed() {
			t.Fatalf("round %d of seed %d", round, seed)
		}
	}
}
