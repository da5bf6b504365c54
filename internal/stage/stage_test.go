package stage_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/stage"
)

// mint is the output of a run on a machine of its own.
func mint(t *testing.T) string {
	t.Helper()
	s := stage.New(t.TempDir())
	var out bytes.Buffer
	for _, args := range [][]string{
		{"init", "--product", "notes", "--title", "Notes", "--support", "help@example.com", "--tiers", "basic=export", "--yes"},
		{"mint", "--name", "Ada Buyer", "--email", "ada@example.com"},
	} {
		if exit := s.Run(stage.Call{Program: "dtlic", Args: args, Stdout: &out, Stderr: &out, Width: 80}); exit != 0 {
			t.Fatalf("%q: exit code %d\n%s", args, exit, out.String())
		}
	}
	return s.Shown(out.String())
}

func TestTheSameEachTime(t *testing.T) {
	first := mint(t)
	if second := mint(t); first != second {
		t.Errorf("two machines print\n%s\nand\n%s", first, second)
	}
	for _, part := range []string{"DTLIC2:", `"` + stage.Home + `/.notes-creator/issued.jsonl"`, "ends 2027-11-21T12:00:00Z"} {
		if !strings.Contains(first, part) {
			t.Errorf("no %q in\n%s", part, first)
		}
	}
}

func TestShown(t *testing.T) {
	s := stage.New("/tmp/longer/than/ada")
	for _, c := range []struct{ name, out, want string }{
		{"in a sentence", "see \"/tmp/longer/than/ada/x\", and\n", "see \"/home/ada/x\", and\n"},
		{"in a card", "│  /tmp/longer/than/ada/x  │\n", "│  /home/ada/x             │\n"},
		{"in a colored card", "│  /tmp/longer/than/ada/x  \x1b[2m│\x1b[m\n", "│  /home/ada/x             \x1b[2m│\x1b[m\n"},
		{"before other words", "/tmp/longer/than/ada is │\n", "/home/ada is │\n"},
	} {
		if got := s.Shown(c.out); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
