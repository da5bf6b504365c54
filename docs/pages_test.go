package docs_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the programs print today into the pages' sessions")

// root is the project's folder; the tests run in docs/, and some leave it.
var root = func() string {
	path, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return path
}()

// page is one page of the documentation.
type page struct {
	path   string // from the project's folder
	text   string
	blocks []block
}

// block is a fenced block: its language, the words behind it, and its lines.
type block struct {
	lang  string
	words []string
	text  string
	line  int // of its first line, counted from 1
}

var fence = regexp.MustCompile("(?m)^```(.*)\n((?s:.*?))^```$")

// pages reads README.md and docs/*.md.
func pages(t *testing.T) []page {
	t.Helper()
	paths, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 8 {
		t.Fatalf("only %d pages in docs/", len(paths))
	}
	all := []page{readPage(t, "README.md")}
	for _, path := range paths {
		all = append(all, readPage(t, "docs/"+path))
	}
	return all
}

func readPage(t *testing.T, path string) page {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	p := page{path: path, text: string(data)}
	for _, m := range fence.FindAllStringSubmatchIndex(p.text, -1) {
		words := strings.Fields(p.text[m[2]:m[3]])
		if len(words) == 0 {
			words = []string{"text"}
		}
		p.blocks = append(p.blocks, block{
			lang: words[0], words: words[1:], text: p.text[m[4]:m[5]],
			line: 1 + strings.Count(p.text[:m[4]], "\n"),
		})
	}
	return p
}

// block returns the text of the one block that has this word, without its last
// line feed.
func (p *page) block(t *testing.T, word string) string {
	t.Helper()
	found := slices.DeleteFunc(slices.Clone(p.blocks), func(b block) bool { return !slices.Contains(b.words, word) })
	if len(found) != 1 {
		t.Fatalf("%s has %d blocks %q, not one", p.path, len(found), word)
	}
	return strings.TrimSuffix(found[0].text, "\n")
}

// prose is the page without its fenced blocks; lines keep their numbers.
func (p *page) prose() string {
	return fence.ReplaceAllStringFunc(p.text, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+?) *$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names under which the headings of a page can be linked to.
func anchors(p page) map[string]bool {
	names := make(map[string]bool)
	for _, m := range heading.FindAllStringSubmatch(p.prose(), -1) {
		slug := strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")
		names[slug] = true
	}
	return names
}

func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	known := make(map[string]page)
	for _, p := range all {
		known[filepath.Join(root, p.path)] = p
	}
	links := 0
	for _, p := range all {
		for _, m := range link.FindAllStringSubmatch(p.prose(), -1) {
			target := m[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			links++
			path, anchor, _ := strings.Cut(target, "#")
			file := filepath.Join(root, p.path)
			if path != "" {
				file = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link %q leads nowhere", p.path, target)
				continue
			}
			if anchor != "" && !anchors(known[file])[anchor] {
				t.Errorf("%s: %q has no heading %q", p.path, file, anchor)
			}
		}
	}
	if links < 20 {
		t.Errorf("only %d relative links were found", links)
	}
}

// TestEveryPageIsReachable makes sure that a reader of the README finds every page.
func TestEveryPageIsReachable(t *testing.T) {
	all := pages(t)
	for _, p := range all[1:] {
		if !strings.Contains(all[0].text, "]("+p.path) {
			t.Errorf("README.md does not link to %s", p.path)
		}
	}
}
