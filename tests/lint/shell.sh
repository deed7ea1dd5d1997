#!/bin/sh
# Shell scripts pass shellcheck.
set -eu
cd "$(dirname "$0")/../.."
# SC2317 takes what only a trap calls for unreachable.
git ls-files -z '*.sh' .ci/run | xargs -0 -r shellcheck --exclude=SC2317
