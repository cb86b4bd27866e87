#!/usr/bin/env bash
# Runs every fuzz target of the repository for the given time each.
set -euo pipefail
time=${1:?how long each target runs, for example 1m}
grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r room; do
  grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$room"/*_test.go | sed 's/^func //' | while read -r target; do
    echo "== $room $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$room"
  done
done
