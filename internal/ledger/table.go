package ledger

import (
	"hash/maphash"
	"math"
	"math/bits"
)

// tableSlots bounds a table: at 16 bytes a slot, 20 MiB. It is a variable for tests.
var tableSlots = 5 << 18

// table keeps a value for each of many texts, by the 64-bit fingerprints of the
// texts, in bounded memory: when it is full it gives the upper half of its
// fingerprints up, for a later pass over the same texts. Two texts of one
// fingerprint would be taken for one; with a seed of its own for each table that
// happens in one of 30 million logs of a million license keys.
type table struct {
	seed maphash.Seed
	// first and last are the fingerprints of this pass; after the last pass it is
	// done, and has none.
	first, last uint64
	done        bool
	// keys are the fingerprints, 0 in a free slot, each at or behind the slot of
	// its hash. values are theirs; a table that is only a set has none.
	keys, values []uint64
	used         int
}

// newTable makes a table for about so many texts.
func newTable(texts int64, withValues bool) *table {
	slots := int(min(max(texts*5/4, 64), int64(tableSlots)))
	t := &table{seed: maphash.MakeSeed(), last: math.MaxUint64, keys: newSlots(slots)}
	if withValues {
		t.values = newSlots(slots)
	}
	return t
}

// newSlots makes slots, and writes to each page of them: the system gives a page
// that is read first twice, once to read and once to write.
func newSlots(n int) []uint64 {
	slots := make([]uint64, n)
	const page = 4096 / 8
	for i := 0; i < n; i += page {
		slots[i] = 0
	}
	return slots
}

// fingerprint is what a text is kept by, never 0.
func (t *table) fingerprint(text string) uint64 { return max(maphash.String(t.seed, text), 1) }

// fingerprintFolded is what a text is kept by in any case.
func (t *table) fingerprintFolded(text string) uint64 {
	if isFolded(text) {
		return t.fingerprint(text)
	}
	var room [256]byte // most texts fit into it
	return t.fingerprint(foldIn(room[:0], text))
}

// again empties the table for the next pass; it is false when there is none.
func (t *table) again() bool {
	clear(t.keys)
	t.done = t.last == math.MaxUint64
	t.used = 0
	if t.done {
		return false
	}
	t.first, t.last = t.last+1, math.MaxUint64
	return true
}

// restart prepares a table that is done for other texts.
func (t *table) restart() { t.first, t.last, t.done = 0, math.MaxUint64, false }

// touch brings the homes of fingerprints that will be looked for into the cache:
// the processor fetches many at once here, and one after the other where each has
// to be compared first. What it returns says nothing.
func (t *table) touch(key uint64) uint64 {
	home := t.home(key)
	if t.values == nil {
		return t.keys[home]
	}
	return t.keys[home] ^ t.values[home]
}

// slot returns where a fingerprint is, or the free slot where it would be.
func (t *table) slot(key uint64) int {
	i := t.home(key)
	for t.keys[i] != 0 && t.keys[i] != key {
		if i++; i == len(t.keys) {
			i = 0
		}
	}
	return i
}

// home is where the search for a fingerprint begins. It goes by the lower half of
// the bits: those of one pass are alike in the upper ones.
func (t *table) home(key uint64) int {
	hi, _ := bits.Mul64(key<<32, uint64(len(t.keys)))
	return int(hi)
}

// find returns the slot of a fingerprint, which is taken if it was free. found
// tells whether it was there; slot is -1 for one that is not of this pass.
func (t *table) find(key uint64) (slot int, found bool) {
	for {
		if t.done || key < t.first || key > t.last {
			return -1, false
		}
		slot = t.slot(key)
		if t.keys[slot] != 0 {
			return slot, true
		}
		if t.used < len(t.keys)-len(t.keys)/8 {
			t.used++
			t.keys[slot] = key
			return slot, false
		}
		t.halve()
	}
}

// mine tells whether a fingerprint is of this pass.
func (t *table) mine(key uint64) bool { return !t.done && key >= t.first && key <= t.last }

// look returns the slot of a fingerprint of this pass, where it is there.
func (t *table) look(key uint64) (slot int, found bool) {
	slot = t.slot(key)
	return slot, t.keys[slot] != 0
}

// halve leaves the upper half of the pass's fingerprints to the next pass.
func (t *table) halve() {
	t.last = t.first + (t.last-t.first)/2
	for i := 0; i < len(t.keys); i++ {
		for t.keys[i] > t.last {
			t.remove(i)
			t.used--
		}
	}
}

// remove frees a slot and moves those up that could not be nearer to their home.
func (t *table) remove(free int) {
	for i := free; ; {
		t.keys[free] = 0
		for {
			if i++; i == len(t.keys) {
				i = 0
			}
			if t.keys[i] == 0 {
				return
			}
			// The way from its home to where it is goes over the free slot.
			if home := t.home(t.keys[i]); (i-home+len(t.keys))%len(t.keys) >= (i-free+len(t.keys))%len(t.keys) {
				break
			}
		}
		t.keys[free] = t.keys[i]
		if t.values != nil {
			t.values[free] = t.values[i]
		}
		free = i
	}
}
