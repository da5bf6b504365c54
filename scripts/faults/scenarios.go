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
	// replaces says that the log may be replaced, by one with all former licenses.
	replaces bool
	// makes are files that are there once the command succeeded.
	makes []string
	// check looks at the files after the fault, and again after next.
	check func(*run) []string
}

// Places in the home.
const (
	logFile     = "home/.datatools-creator/issued.jsonl"
	keyFile     = "home/.datatools-creator/key.env"
	licenseFile = "home/.datatools/license.json"
	productFile = "home/.notes-creator/product.json"
	revokedFile = "home/.datatools-creator/revoked.jsonl"
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
	tear := []string{"sh", "-c", `printf '{"license_key": "TO' >>` + logFile}
	renewal := []string{"dtlic", "mint", "--renew", "ada@example.com", "--years", "1"}
	revoke := []string{"dtlic", "revoke", "ada@example.com", "--reason", "refund"}
	unrevoke := []string{"dtlic", "unrevoke", "ada@example.com"}
	spoil := []string{"sh", "-c", "echo spoiled >>" + logFile}
	other := []string{"sh", "-c", `DATATOOLS_ISSUANCE_LOG=$PWD/other.jsonl dtlic mint --name Bob --email bob@example.com`}
	pass := []string{"sh", "-c", "echo correct horse battery staple >pass"}
	longer := words("dtlic", "mint", "--years", "5", "-o", "longer.dtlic")
	activate := words("dtlic", "activate", "first.dtlic")
	build := []string{"dtlic", "buyer", "build", "-o", "programs"}
	retitle := []string{"dtlic", "product", "edit", "--title", newTitle, "--yes"}
	with := func(more ...[]string) [][]string { return append(append([][]string{}, start...), more...) }
	return []*scenario{
		{name: "mint, new log", before: [][]string{keygen}, words: words("dtlic", "mint"), next: words("dtlic", "mint"), check: checkMint},
		{name: "mint", before: start, words: words("dtlic", "mint"), next: words("dtlic", "mint"), check: checkMint},
		{
			name: "mint, unfinished line", before: with(tear), words: words("dtlic", "mint"), next: words("dtlic", "mint"), check: checkMint,
		},
		{
			name: "mint -o", before: start, words: words("dtlic", "mint", "-o", "out.dtlic"),
			next: words("dtlic", "mint", "-o", "next.dtlic"), makes: []string{"out.dtlic"}, check: checkMint,
		},
		{name: "mint --renew", before: start, words: renewal, next: renewal, check: checkMint},
		{name: "revoke", before: start, words: revoke, next: revoke, check: checkLines(revokedFile)},
		{name: "unrevoke", before: with(revoke), words: unrevoke, next: unrevoke, check: checkLines(revokedFile)},
		{
			name: "log repair", before: with(spoil, words("dtlic", "mint")),
			words:    []string{"dtlic", "log", "repair", "--yes"},
			next:     []string{"dtlic", "log", "repair", "--yes"},
			replaces: true, check: checkRepaired,
		},
		{
			name: "log merge", before: with(other),
			words:    []string{"dtlic", "log", "merge", "other.jsonl"},
			next:     []string{"dtlic", "log", "merge", "other.jsonl"},
			replaces: true, check: checkAdded("other.jsonl"),
		},
		{
			name: "log import", before: with(other),
			words:    []string{"dtlic", "log", "import", "other.jsonl"},
			next:     []string{"dtlic", "log", "import", "other.jsonl"},
			replaces: true, check: checkAdded("other.jsonl"),
		},
		{
			name: "log export", before: start,
			words: []string{"dtlic", "log", "export", "--format", "sql", "-o", "out.sql"},
			next:  []string{"dtlic", "log", "export", "--format", "sql", "-o", "next.sql"},
			makes: []string{"out.sql"}, check: checkWhole("out.sql", "COMMIT;"),
		},
		{
			name: "backup", before: with(pass),
			words: []string{"dtlic", "backup", "-o", "out.age", "--passphrase-file", "pass"},
			next:  []string{"dtlic", "backup", "-o", "next.age", "--passphrase-file", "pass"},
			makes: []string{"out.age"}, check: checkBackup,
		},
		{
			name: "restore", before: with(pass, []string{"dtlic", "backup", "-o", "b.age", "--passphrase-file", "pass"}, []string{"rm", "home/.datatools-creator/issued.jsonl"}, words("dtlic", "mint")),
			words:    []string{"dtlic", "restore", "b.age", "--passphrase-file", "pass"},
			next:     []string{"dtlic", "restore", "b.age", "--passphrase-file", "pass"},
			replaces: true, check: checkAdded("first.dtlic"),
		},
		{name: "keygen", words: keygen, next: keygen, nextMay: []int{1}, check: checkKeygen},
		{
			name: "init", words: []string{"dtlic", "init", "--product", "notes", "--support", "help@example.com", "--yes"},
			next: []string{"dtlic", "init", "--product", "notes", "--support", "help@example.com", "--yes"}, nextMay: []int{1},
			makes: []string{productFile, "home/.dtlic/default-product"}, check: checkInit,
		},
		{name: "activate", before: with(), words: activate, next: activate, check: checkLicense("first.dtlic")},
		{
			name: "activate over another", before: with(longer, activate), words: words("dtlic", "activate", "longer.dtlic"),
			next: words("dtlic", "activate", "longer.dtlic"), check: checkLicense("longer.dtlic"),
		},
		{
			name: "renew", before: with(longer, activate), words: []string{"dtlic", "renew", "longer.dtlic"},
			next: []string{"dtlic", "renew", "longer.dtlic"}, check: checkLicense("longer.dtlic"),
		},
		{
			name: "deactivate", before: with(activate), words: []string{"dtlic", "deactivate"},
			next: []string{"dtlic", "deactivate"}, nextMay: []int{5}, check: checkLicense(""),
		},
		{name: "product edit", before: start, words: retitle, next: retitle, check: checkEdit},
		{name: "buyer build", before: with(build, retitle), words: build, next: build, check: checkPrograms},
	}
}

func (r *run) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }
