# dtlic: make demo and make test need nothing but Go and make.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null)
# By the environment: a tag's name must not be read by a shell.
export VERSION COMMIT PUBKEY
LINT     = go tool -modfile=scripts/lint/go.mod
PEERS    = scripts/peerbench
FUZZTIME ?= 60s

.PHONY: help demo test lint race build generate release toolkit packages release-check bench peerbench fuzz faults powerloss wine vuln clean check-go

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check-go:
	@command -v go >/dev/null || { echo "Go 1.26 or newer is needed, and no go was found: see https://go.dev/dl" >&2; exit 1; }
	@case "$$(go env GOVERSION)" in \
	go1.[0-9]|go1.[0-9].*|go1.1[0-9]*|go1.2[0-5]*|"") \
		echo "Go 1.26 or newer is needed; this is $$(cd / && go env GOVERSION): see https://go.dev/dl" >&2; exit 1;; \
	esac

demo: check-go ## the whole path in a temporary home: init, mint, activate, renew
	@go run ./scripts/demo

test: check-go ## all tests
	go test ./...

race: check-go ## all tests under the race detector
	go test -race ./...

lint: check-go ## vet for three systems, staticcheck, gofumpt, go mod tidy
	go vet ./...
	go vet -tags dtlic_product ./...
	go vet -tags dtlic_toolkit ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...
	$(LINT) staticcheck ./...
	@files=$$($(LINT) gofumpt -l .); [ -z "$$files" ] || { echo "gofumpt would change:" $$files >&2; exit 1; }
	go mod tidy -diff
	go -C $(PEERS) vet ./... # a module of its own, which ./... does not reach
	go -C $(PEERS) tool -modfile=../lint/go.mod staticcheck ./...
	go -C $(PEERS) mod tidy -diff
	go -C scripts/packages mod tidy -diff

build: check-go ## development builds of both programs, into bin/
	go build -o bin/ ./cmd/...

generate: check-go ## write man pages, completions, pictures and the libraries' licenses
	go run ./scripts/generate
	go run ./scripts/licenses

# A release trusts the given public keys and nothing else. It is run once, so
# that a build without a key, or with a refused one, is never left behind.
release: check-go ## both programs for your product: make release PUBKEY=<hex>[,<hex>…]
	@[ -n "$$PUBKEY" ] || { echo "which keys shall the buyer's program trust? make release PUBKEY=<64 hex digits>[,…], see: dtlic pubkey" >&2; exit 1; }
	@sh scripts/release.sh

toolkit: check-go ## what a release archive for this platform holds, into dist/toolkit/
	go run ./scripts/toolkit -version "$$VERSION" -commit "$$COMMIT" -o dist/toolkit

packages: check-go ## the toolkit's release for six platforms, into dist/release/ (builds goreleaser once)
	@sh scripts/packages/build.sh

release-check: check-go ## build that release twice from clones of HEAD, compare, and look into every file
	@go run ./scripts/releasecheck

bench: check-go ## measure, as ratios in one run, then beside other libraries
	go run ./scripts/bench
	go run ./scripts/bench -logs -rounds 5
	go -C $(PEERS) run .

peerbench: check-go ## measure beside other libraries only
	go -C $(PEERS) run .

fuzz: check-go ## every fuzz target for FUZZTIME (60s)
	sh scripts/fuzz.sh $(FUZZTIME)

faults: check-go ## the long campaign: kills and failing system calls (Linux, strace)
	go run ./scripts/faults -count 2000 -kills 2000

# In a mount namespace of its own, which takes every mount down with it; and once
# with programs whose fsync does nothing, over which something must be lost.
powerloss: check-go ## cut the power of ext4 and xfs under both programs (Linux, root, xfsprogs)
	@[ "$$(id -u)" = 0 ] || { echo "skipped: only root can mount a file system"; exit 0; }; \
	unshare -m go run ./scripts/faults -count 0 -kills 0 -cuts 300 && \
	unshare -m go run ./scripts/faults -count 0 -kills 0 -cuts 20 -lie

wine: check-go ## both programs and the packages' tests on Windows, under Wine (Linux)
	go run ./scripts/wine

vuln: check-go ## known vulnerabilities that the code reaches (asks the Go vulnerability database)
	$(LINT) govulncheck ./...

clean: ## remove what was built
	rm -rf bin dist
