#!/bin/sh
# Runs every fuzz target for a while (60s unless said), one after the other.
set -eu
time=${1:-60s}
for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "== $package $target"
		# A minute, which is the rule, is all the time there is: an archive of some
		# kilobytes would be made smaller until it ends.
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s "$package"
	done
done
