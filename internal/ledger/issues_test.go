package ledger

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestUnreplaced compares with the plain way: in one pass, and with tables so small
// that a license key takes many.
func TestUnreplaced(t *testing.T) {
	for seed := range uint64(20) {
		chance := rand.New(rand.NewPCG(seed, 4))
		if seed >= 10 {
			bounds(t, 16+chance.IntN(20), 5, 5)
		}
		replaced := make(map[string]bool)
		var text strings.Builder
		var all, want []string
		for i := range 1 + chance.IntN(200) {
			r := keyed([]string{"K", "L"}[chance.IntN(2)])
			if r.Blob = fmt.Sprint("DTLIC2:", i); chance.IntN(8) == 0 {
				r.Replaces = "former" // no sum
			} else if chance.IntN(3) > 0 {
				r.Replaces = BlobHash(fmt.Sprint("DTLIC2:", chance.IntN(200)))
			}
			if r.LicenseKey == "K" {
				replaced[r.Replaces] = true
				all = append(all, BlobHash(r.Blob))
			}
			text.Write(append(r.Append(nil), '\n'))
			if chance.IntN(20) == 0 {
				text.WriteString(`{"license_key":"K"` + "\n")
			}
		}
		for _, id := range all {
			if !replaced[id] {
				want = append(want, id)
			}
		}
		s := snapshotOf(t, text.String())
		var blobs, got []string
		for id, err := range s.Blobs(t.Context(), "K") {
			if err != nil {
				t.Fatal(err)
			}
			blobs = append(blobs, id)
		}
		for e, err := range s.Unreplaced(t.Context(), "K") {
			if err != nil || e.Record.LicenseKey != "K" {
				t.Fatal(e, err)
			}
			got = append(got, BlobHash(e.Record.Blob))
		}
		if seed >= 10 { // each pass has its own
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(blobs, all) || !slices.Equal(got, want) {
			t.Errorf("seed %d: %d blobs of %d, %d unreplaced of %d", seed, len(blobs), len(all), len(got), len(want))
		}
	}
}
