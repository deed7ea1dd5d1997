#!/bin/sh
# Build the pinned Boomer worker of main.go into build/boomer/worker. Once: a second start finds it.
# usage: sh tests/integration/boomer/build.sh    (needs go, of the package golang-go)
set -eu
cd "$(dirname "$0")"
out=$(cd ../../.. && pwd)/build/boomer
mark=$out/.$(cat main.go go.mod go.sum | sha256sum | cut -c1-16)
[ ! -f "$mark" ] || exit 0
mkdir -p "$out"
rm -f "$out"/.[0-9a-f]*
timeout 600 env CGO_ENABLED=0 GOTOOLCHAIN=local go build -buildvcs=false -mod=readonly -o "$out/worker" .
: >"$mark"
