package dtlic_test

import (
	"fmt"
	"maps"
	"testing"
)

// Every vector, made by an implementation independent of this one.
func TestVectors(t *testing.T) {
	s := suite(t)
	want := map[string]int{"verify": 250, "extract": 64, "extract_long": 3}
	run := map[string]int{}
	for r := range s.Run() {
		run[r.Set]++
		t.Run(fmt.Sprintf("%s/%s", r.Set, r.Name), func(t *testing.T) {
			if !r.Passed {
				t.Errorf("got %s, want %s", r, r.Want)
			}
		})
	}
	if !maps.Equal(run, want) {
		t.Errorf("cases run: %v, want %v", run, want)
	}
	payloads := 0
	for _, c := range s.Verify {
		if c.Payload != nil {
			payloads++
		}
	}
	if payloads == 0 {
		t.Error("no vector says what a license holds")
	}
}
