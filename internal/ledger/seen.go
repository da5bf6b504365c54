package ledger

import (
	"crypto/sha256"
	"encoding/binary"
)

// fingerprint stands for a text: the first 16 bytes of its SHA-256.
type fingerprint struct{ head, rest uint64 }

func fingerprintOf(text string) fingerprint {
	sum := sha256.Sum256([]byte(text))
	return fingerprintIn(sum[:])
}

// fingerprintIn is that of a text with this SHA-256.
func fingerprintIn(sum []byte) fingerprint {
	return fingerprint{binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:])}
}

// part tells which of so many equal parts of all fingerprints this one is in.
func (f fingerprint) part(parts int) int { return int(f.head >> 32 * uint64(parts) >> 32) }

// maxSlots bounds the size of a [seen]. Two of them, of 16 and 20 bytes a slot, are
// what a check holds in memory, however long the log is.
const maxSlots = 1 << 19

// seen remembers a value for each of a bounded number of fingerprints, by their
// heads: two texts of one log have the same by a chance of one in millions.
//
// Of a log with more than that, the fingerprints are looked at part by part, one
// reading of the log for each part.
type seen[V any] struct {
	heads  []uint64 // 0 is a free slot
	values []V
	count  int
}

// newSeen makes one with so many slots, a power of two.
func newSeen[V any](slots int) *seen[V] {
	return &seen[V]{heads: make([]uint64, slots), values: make([]V, slots)}
}

// capacity is how many fingerprints go into so many slots.
func capacity(slots int) int { return slots - slots/4 }

// slotsFor is how many slots are enough for a log of so many bytes, if its lines
// are as long as lines with a license are, and at most most.
func slotsFor(size int64, most int) int {
	const shortest = 400
	slots := min(1<<10, most)
	for slots < most && int64(capacity(slots)) < size/shortest {
		slots *= 2
	}
	return slots
}

// slot finds where a fingerprint is, or would be. head is what stands for it.
func (s *seen[V]) slot(f fingerprint) (i int, head uint64) {
	head = max(f.head, 1)
	mask := len(s.heads) - 1
	i = int(uint32(head)) & mask
	for s.heads[i] != 0 && s.heads[i] != head {
		i = (i + 1) & mask
	}
	return i, head
}

// find returns the value of a fingerprint, nil where it was not put.
func (s *seen[V]) find(f fingerprint) *V {
	if i, _ := s.slot(f); s.heads[i] != 0 {
		return &s.values[i]
	}
	return nil
}

// put returns the value of a fingerprint, which is zero where it is new. It is nil
// for a new one when there is no room.
func (s *seen[V]) put(f fingerprint) (value *V, isNew bool) {
	i, head := s.slot(f)
	if s.heads[i] != 0 {
		return &s.values[i], false
	}
	if s.count == capacity(len(s.heads)) {
		return nil, true
	}
	s.count++
	s.heads[i] = head
	return &s.values[i], true
}

// clear forgets all.
func (s *seen[V]) clear() {
	clear(s.heads)
	clear(s.values)
	s.count = 0
}
