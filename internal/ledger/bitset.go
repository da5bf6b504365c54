package ledger

import "math/bits"

// bitset is a set of numbers from 0 on, in a bit each.
type bitset []uint64

// add adds a number, and tells whether it was not in the set.
func (b *bitset) add(n int) bool {
	for len(*b) <= n/64 {
		*b = append(*b, 0)
	}
	was := (*b)[n/64]
	(*b)[n/64] |= 1 << (n % 64)
	return was != (*b)[n/64]
}

func (b bitset) remove(n int) {
	if n/64 < len(b) {
		b[n/64] &^= 1 << (n % 64)
	}
}

func (b bitset) has(n int) bool { return n/64 < len(b) && b[n/64]&(1<<(n%64)) != 0 }

// all yields the numbers in their order.
func (b bitset) all() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i, word := range b {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}
