package ledger

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/journal"
)

// What is held of a log does not grow with the number of damaged lines, of which a
// block has a hundred thousand where they are short.
func TestDamagedLinesAreNotHeld(t *testing.T) {
	// Held one by one they take 70 MiB; other goroutines make garbage meanwhile.
	const lines, most = 300_000, 32 << 20
	l := logWith(t, "")
	for name, line := range map[string]string{"letters": "x\n", "empty": "\n", "NULs": "\x00\n"} {
		text := strings.Repeat(line, lines) + lineOf(nth(1)) + "\n"
		for verb, look := range map[string]func(Progress) (count int, err error){
			"check": func(p Progress) (int, error) {
				r, err := l.Check(context.Background(), testJudge(), p)
				return r.Errors() + r.Notes(), err
			},
			"plan": func(p Progress) (int, error) {
				r, err := l.PlanRepair(context.Background(), testJudge(), true, p)
				return r.SetAside, err
			},
			"repair": func(p Progress) (int, error) {
				r, err := l.Repair(context.Background(), testJudge(), false, p)
				return r.SetAside, err
			},
		} {
			put(t, l.Path(), text)
			before := heldMemory()
			held := uint64(0)
			count, err := look(func(int64, int64) { held = max(held, heldMemory()) })
			if err != nil || count != lines {
				t.Errorf("%s of %s: %d lines, %v", verb, name, count, err)
			}
			if held > before+most {
				t.Errorf("%s of %s: %d MiB are held", verb, name, (held-before)>>20)
			}
		}
	}
}

// Of a revocation a check holds the license key, and not the whole line with it.
func TestCheckHoldsLittleOfRevocations(t *testing.T) {
	const acts, most = 100, 32 << 20
	l := logWith(t, lineOf(nth(1))+"\n")
	var text []byte
	for i := range acts {
		a := act(fmt.Sprint("X-", i), Revoke, i%60)
		a.Reason = strings.Repeat("r", journal.MaxLine/2)
		text = append(a.Append(text), '\n')
	}
	put(t, l.Revocations().Path(), string(text))
	text = nil
	before := heldMemory()
	held := uint64(0)
	r, err := l.Check(context.Background(), testJudge(), func(int64, int64) { held = max(held, heldMemory()) })
	if err != nil || r.Counts[RevokedUnknown] != acts {
		t.Errorf("%v, %v", r.Counts, err)
	}
	if held > before+most {
		t.Errorf("%d MiB are held", (held-before)>>20)
	}
}

// heldMemory is how many bytes of the heap are in use.
func heldMemory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
