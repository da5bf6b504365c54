#!/bin/sh
# sbom.sh VERSION [PROGRAM DOCUMENT]... writes a CycloneDX document for each
# program: the modules, and the Go version, that its build information names.
# No time and no serial number, so that the same program gives the same document.
# goreleaser calls it in dist/release, after it built the tool into dist/tools.
set -eu
version=$1
shift
while [ $# -gt 0 ]; do
	# The tool takes the platform from its surroundings, and the program knows its own.
	platform=$(go version -m "$1" | awk '$1 == "build" && $2 ~ /^GO(OS|ARCH)=/ { print $2 }')
	env $platform ../tools/cyclonedx-gomod bin -json -std -noserial -notimestamp -version "$version" -output "$2" "$1"
	shift 2
done
