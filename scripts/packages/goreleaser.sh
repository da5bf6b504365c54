#!/bin/sh
# Prints the path of the goreleaser that releases are made with: $GORELEASER,
# one on the PATH, or one that is built from source once, into the user's cache
# (some minutes). Only the pinned version will do: another one makes other bytes.
set -eu
version=2.14.0

is_pinned() { "$1" --version 2>/dev/null | grep -Eq "^GitVersion: +v?$version\$"; }

if [ -n "${GORELEASER:-}" ]; then
	is_pinned "$GORELEASER" || { echo "\$GORELEASER is not goreleaser $version: $GORELEASER" >&2; exit 1; }
	echo "$GORELEASER"
	exit
fi
found=$(command -v goreleaser || true)
if [ -n "$found" ] && is_pinned "$found"; then
	echo "$found"
	exit
fi
dir=${XDG_CACHE_HOME:-$HOME/.cache}/dtlic/goreleaser-$version
if ! is_pinned "$dir/goreleaser"; then
	echo "building goreleaser $version into $dir, which takes some minutes once" >&2
	mkdir -p "$dir"
	# In a folder of its own first: a build that is stopped leaves nothing that looks finished.
	part=$(mktemp -d "$dir/part.XXXXXX")
	trap 'rm -rf "$part"' EXIT
	GOBIN=$part GOOS= GOARCH= GOFLAGS= CGO_ENABLED=0 go install -trimpath "github.com/goreleaser/goreleaser/v2@v$version" >&2
	mv "$part/goreleaser" "$dir/goreleaser"
fi
echo "$dir/goreleaser"
