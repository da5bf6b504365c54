package creatorcli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A line of 100 MB, as of another file that was glued into the log, is one finding,
// and repair sets it aside byte for byte.
func TestLineOfAHundredMegabytes(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 200 MB")
	}
	const size = 100 << 20
	b := newBench(t, quiet())
	before, after := line(1), line(2)
	b.write(map[string]string{"issued.jsonl": before + strings.Repeat("x", size) + "\n" + after})
	if code := b.run("log", "check"); code != 1 || !strings.Contains(b.out.String(), "2\ttoo_long\t") {
		t.Errorf("check: exit code %d: %.500s", code, &b.out)
	}
	if code := b.run("log", "repair", "--yes"); code != 0 {
		t.Errorf("repair: exit code %d: %.500s", code, &b.out)
	}
	if got := b.read(b.path("issued.jsonl")); got != before+after {
		t.Errorf("the repaired log has %d bytes: %.200q", len(got), got)
	}
	aside, err := filepath.Glob(b.path("issued.jsonl.set-aside-*"))
	if err != nil || len(aside) != 1 {
		t.Fatalf("set aside: %v, %v", aside, err)
	}
	info, err := os.Stat(aside[0])
	if err != nil || info.Size() != size+1 {
		t.Errorf("set aside: %v, %v", info, err)
	}
}
