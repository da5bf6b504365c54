package main

import "path/filepath"

// scenario is one command that faults happen to.
type scenario struct {
	name   string
	before [][]string // what makes the state in which it runs
	words  []string   // the command
	next   []string   // the run after it, without faults
	// nextMay are the exit codes of next, depending on how far the command came.
	nextMay []int
	// check looks at the files after the fault, and again after next.
	check func(*run) []string
}

// Places in the home.
const (
	logFile     = "home/.datatools-creator/issued.jsonl"
	keyFile     = "home/.datatools-creator/key.env"
	licenseFile = "home/.datatools/license.json"
	productFile = "home/.notes-creator/product.json"
)

// newTitle is the title that the product gets, after it had another one.
const newTitle = "All New"

var holder = []string{"--name", "Ada Buyer", "--email", "ada@example.com"}

func words(head ...string) []string { return append(head, holder...) }

func scenarios() []*scenario {
	keygen := []string{"dtlic", "keygen"}
	// Every license here is under the creator's own key, which the product
	// trusts by its own product file.
	start := [][]string{
		{"dtlic", "init", "--product", "datatools", "--support", "help@example.com", "--tiers", "core=all", "--yes"},
		words("dtlic", "mint", "-o", "first.dtlic"),
	}
	longer := words("dtlic", "mint", "--years", "5", "-o", "longer.dtlic")
	activate := words("dtlic", "activate", "first.dtlic")
	build := []string{"dtlic", "buyer", "build", "-o", "programs"}
	retitle := []string{"dtlic", "product", "edit", "--title", newTitle, "--yes"}
	with := func(more ...[]string) [][]string { return append(append([][]string{}, start...), more...) }
	return []*scenario{
		{name: "mint, new log", before: [][]string{keygen}, words: words("dtlic", "mint"), next: words("dtlic", "mint"), check: checkMint},
		{name: "mint", before: start, words: words("dtlic", "mint"), next: words("dtlic", "mint"), check: checkMint},
		{
			name: "mint -o", before: start, words: words("dtlic", "mint", "-o", "out.dtlic"),
			next: words("dtlic", "mint", "-o", "next.dtlic"), check: checkMint,
		},
		{name: "keygen", words: keygen, next: keygen, nextMay: []int{1}, check: checkKeygen},
		{
			name: "init", words: []string{"dtlic", "init", "--product", "notes", "--support", "help@example.com", "--yes"},
			next: []string{"dtlic", "init", "--product", "notes", "--support", "help@example.com", "--yes"}, nextMay: []int{1},
			check: checkInit,
		},
		{name: "activate", before: with(), words: activate, next: activate, check: checkLicense},
		{name: "activate over another", before: with(longer, activate), words: words("dtlic", "activate", "longer.dtlic"), next: words("dtlic", "activate", "longer.dtlic"), check: checkLicense},
		{name: "renew", before: with(longer, activate), words: []string{"dtlic", "renew", "longer.dtlic"}, next: []string{"dtlic", "renew", "longer.dtlic"}, check: checkLicense},
		{name: "deactivate", before: with(activate), words: []string{"dtlic", "deactivate"}, next: []string{"dtlic", "deactivate"}, nextMay: []int{5}, check: checkLicense},
		{name: "product edit", before: start, words: retitle, next: retitle, check: checkEdit},
		{name: "buyer build", before: with(build, retitle), words: build, next: build, check: checkPrograms},
	}
}

func (r *run) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }
