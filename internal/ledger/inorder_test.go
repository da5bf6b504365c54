package ledger

import (
	"errors"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
)

// numbers yields 0 to n-1, and after them an error where there is one.
func numbers(n int, last error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if last != nil {
			yield(0, last)
		}
	}
}

func TestInOrderKeepsTheOrderAndEnds(t *testing.T) {
	const count = 500
	var running, most, done atomic.Int32
	work := func(i int) int {
		now := running.Add(1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		for range i % 7 { // some take longer
			runtime.Gosched()
		}
		running.Add(-1)
		done.Add(1)
		return 2 * i
	}
	broken := errors.New("the items end badly")
	for _, stop := range []int{1, 2, 17, count, count + 1} {
		done.Store(0)
		next := 0
		var failed error
		for got, err := range inOrder(numbers(count, broken), work) {
			if failed = err; err == nil && got != 2*next {
				t.Fatalf("result %d is %d", next, got)
			}
			if next++; next == stop {
				break
			}
		}
		finished := done.Load()
		if running.Load() != 0 || (stop > count) != errors.Is(failed, broken) || next != stop {
			t.Errorf("stopped after %d of %d: %d run, error %v", next, stop, running.Load(), failed)
		}
		for range 100 {
			runtime.Gosched()
		}
		if done.Load() != finished {
			t.Errorf("stopped after %d: work went on", stop)
		}
	}
	if most.Load() > mostHeld+2 {
		t.Errorf("%d ran at once", most.Load())
	}
}
