package ledger

import (
	"iter"
	"runtime"
	"sync"
)

// mostHeld bounds the memory on a machine with many processors.
const mostHeld = 16

// inOrder calls work for each item, several at a time on as many processors as
// there are, and yields the results in the order of the items. At most twice as many
// items as processors, and at most mostHeld, are held. An error among the items is yielded in its
// place. When the iteration ends, however it does, no call is under way any more.
func inOrder[T, R any](items iter.Seq2[T, error], work func(T) R) iter.Seq2[R, error] {
	type pending struct {
		result chan R
		err    error
	}
	return func(yield func(R, error) bool) {
		queue := make(chan pending, min(2*runtime.GOMAXPROCS(0), mostHeld)-1)
		stop := make(chan struct{})
		var running sync.WaitGroup
		defer running.Wait()
		defer close(stop)
		running.Go(func() {
			defer close(queue)
			for item, err := range items {
				p := pending{make(chan R, 1), err}
				select {
				case <-stop:
					return
				case queue <- p:
				}
				if err == nil {
					running.Go(func() { p.result <- work(item) })
				}
			}
		})
		for p := range queue {
			var result R
			if p.err == nil {
				result = <-p.result
			}
			if !yield(result, p.err) {
				return
			}
		}
	}
}
