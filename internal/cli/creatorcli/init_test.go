package creatorcli_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/stage"
)

// Of inits that run at once and cannot all be, exactly one succeeds, and its
// answers are what lies there then; the others say why.
func TestInitsAtOnce(t *testing.T) {
	for _, c := range []struct {
		name     string
		products []string
	}{
		{"one name", []string{"notes", "notes", "notes", "notes"}},
		{"one prefix of variables", []string{"a.b", "a-b", "a_b", "a.b"}},
	} {
		dir := t.TempDir()
		exits, said := make([]int, len(c.products)), make([]string, len(c.products))
		var all sync.WaitGroup
		for n, product := range c.products {
			all.Go(func() {
				var out bytes.Buffer
				exits[n] = stage.New(dir).Run(stage.Call{
					Program: "dtlic", Stdout: &out, Stderr: &out, Width: 80,
					Args: []string{"init", "--product", product, "--title", title(n), "--support", "help@example.com", "--yes"},
				})
				said[n] = out.String()
			})
		}
		all.Wait()
		home := creator.Home{Disk: fsys.OS, Path: dir}
		names, err := home.Products()
		if err != nil || len(names) != 1 {
			t.Fatalf("%s: products %q, %v", c.name, names, err)
		}
		won, err := home.Place(names[0]).Product()
		if err != nil {
			t.Fatal(err)
		}
		for n, exit := range exits {
			if (exit == 0) != (won.Title == title(n)) {
				t.Errorf("%s: exit code %d of %s, and %q lies there", c.name, exit, title(n), won.Title)
			}
			if exit != 0 && !strings.Contains(said[n], "is there already") && !strings.Contains(said[n], "cannot share") {
				t.Errorf("%s: %s", c.name, said[n])
			}
		}
		if left, err := filepath.Glob(filepath.Join(dir, ".*", ".*")); err != nil || len(left) > 0 {
			t.Errorf("%s: %q are left, %v", c.name, left, err)
		}
	}
}

func title(n int) string { return string(rune('A' + n)) }
