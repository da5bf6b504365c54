package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A mint sets aside what a mint before it left unfinished, and never a record that
// is whole, whatever is glued to it.
func TestNoWholeRecordIsSetAside(t *testing.T) {
	a, b := string(keyed("K-A").Append(nil)), string(keyed("K-B").Append(nil))
	for name, c := range map[string]struct {
		tail  string
		aside bool
	}{
		"a whole record":                {a, false},
		"two, glued":                    {a + b, false},
		"one, and half of another":      {a + b[:len(b)/2], false},
		"one, and NULs":                 {a + strings.Repeat("\x00", 4096), false},
		"with carriage returns between": {a + "\r" + b + "\r", false},
		"half a record":                 {a[:len(a)-1], true},
		"NULs":                          {strings.Repeat("\x00", 4096), true},
		"another tool's":                {`{"a":1}`, true},
	} {
		path := filepath.Join(t.TempDir(), "issued.jsonl")
		if err := os.WriteFile(path, []byte(b+"\n"+c.tail), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := issue(t, on(noFault(), path), "", "K-NEW"); err != nil {
			t.Fatal(err)
		}
		asides, err := filepath.Glob(path + ".torn-*")
		if err != nil || len(asides) > 0 != c.aside {
			t.Errorf("%s: set aside in %q, %v", name, asides, err)
		}
		text, err := os.ReadFile(path)
		if kept := strings.Contains(string(text), "\n"+c.tail+"\n"); err != nil || kept == c.aside {
			t.Errorf("%s: %v, the log is\n%q", name, err, text)
		}
	}
}
