package dtlic_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
)

// One verifier and one license for many goroutines, while the clock moves; the
// race detector looks on.
func TestManyGoroutines(t *testing.T) {
	var clock atomic.Int64
	clock.Store(now.Unix())
	v, err := dtlic.NewVerifier(product(t), dtlic.Options{Now: func() time.Time { return time.Unix(clock.Load(), 0) }})
	if err != nil {
		t.Fatal(err)
	}
	blob := signed(t, members{"features": []string{"own"}, "limits": map[string]int{"own": 1}})
	l, err := v.Verify(blob)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, err := v.Genuine(blob); err != nil {
					t.Error(err)
				}
				l.Has("own")
				l.Limit("own")
				l.Granted()
				l.Limited()
				dtlic.Evaluate(l, now)
				clock.Add(1)
			}
		})
	}
	wg.Wait()
	if !l.Has("own") || !l.Has("join") {
		t.Error("it lost something")
	}
}

// What a caller does to the fields of a license changes nothing that it grants.
func TestFieldsAreNotWhatIsAsked(t *testing.T) {
	l, err := verifier(t, product(t)).Verify(signed(t, members{"features": []string{"own"}, "limits": map[string]int{"rows": 1}}))
	if err != nil {
		t.Fatal(err)
	}
	l.Features[0], l.Limits["rows"], l.Tier, l.ExpiresAt = "other", 1_000_000, "pro", dtlic.Perpetual()
	if n, _ := l.Limit("rows"); n != 1 || !l.Has("own") || l.Has("other") {
		t.Errorf("it grants %v, %v", l.Granted(), l.Limited())
	}
}
