#!/bin/sh
# sign-windows.sh GOOS PROGRAM signs a Windows program in its place, where
# $WINDOWS_SIGN_P12 names a certificate file; its password is read from the file
# that $WINDOWS_SIGN_PASSWORD_FILE names. goreleaser calls it for each program.
set -eu
[ "$1" = windows ] && [ -n "${WINDOWS_SIGN_P12:-}" ] || exit 0
osslsigncode sign -pkcs12 "$WINDOWS_SIGN_P12" -readpass "$WINDOWS_SIGN_PASSWORD_FILE" \
	-h sha256 -n dtlic -i https://github.com/dtlic/dtlic ${WINDOWS_SIGN_TIMESTAMP:+-ts "$WINDOWS_SIGN_TIMESTAMP"} \
	-in "$2" -out "$2.signed"
mv "$2.signed" "$2"
