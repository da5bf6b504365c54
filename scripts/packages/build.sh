#!/bin/sh
# Builds the toolkit's release into dist/release: a release where HEAD has a tag
# v1.2.3, else a snapshot. Says what is not signed, and why. Nothing is uploaded
# unless DTLIC_PUBLISH=draft; docs/release.md names the variables.
set -eu
cd "$(dirname "$0")/../.."

set -- release --clean
git describe --tags --exact-match --match 'v[0-9]*' HEAD >/dev/null 2>&1 || {
	echo "HEAD has no tag v1.2.3: this is a snapshot, not a release"
	set -- "$@" --snapshot
}
[ -n "${DTLIC_GPG_KEY:-}" ] || {
	echo "checksums.txt is not signed: \$DTLIC_GPG_KEY names no key"
	set -- "$@" --skip=sign
}
[ -n "${WINDOWS_SIGN_P12:-}" ] || echo "the Windows programs are not signed: \$WINDOWS_SIGN_P12 names no certificate"
[ -n "${MACOS_SIGN_P12:-}" ] || echo "the macOS programs are not signed and not notarized: \$MACOS_SIGN_P12 holds no certificate"

# One after the other: winget's manifest lists its installers in the order in
# which their archives got ready. Alone it is not enough; .goreleaser.yaml says why.
goreleaser=$(sh scripts/packages/goreleaser.sh)
"$goreleaser" "$@" --parallelism 1
