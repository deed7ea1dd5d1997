#!/bin/sh
# clang-tidy finds nothing; what it looks for is in .clang-tidy. usage: tidy.sh FOLDER_WITH_COMPILE_COMMANDS
# A source whose text, headers and settings were found clean before is not looked at again.
set -eu
cd "$(dirname "$0")/../.."
build=$1
clean=$build/tidy
mkdir -p "$clean"
# Any change of a header or of the settings starts afresh: simple, and headers change less often than sources.
base=$(git ls-files -z '*.h' .clang-tidy | xargs -0 cat | cat - "$build/build.ninja" tests/lint/tidy.sh | sha256sum | cut -c1-16)
todo=$(git ls-files '*.c' | while read -r name; do
    grep -q "/$name\"" "$build/compile_commands.json" || continue
    mark=$(sha256sum <"$name" | cut -c1-32)
    [ -f "$clean/$base-$mark" ] || printf '%s %s\n' "$name" "$clean/$base-$mark"
done)
[ -n "$todo" ] || exit 0
# shellcheck disable=SC2016 # the inner shell expands
printf '%s\n' "$todo" | xargs -P "$(nproc)" -L 1 sh -c '
    found=$(timeout 300 clang-tidy-14 --quiet --warnings-as-errors="*" -p "$0" "$1" 2>&1) || {
        printf "%s\n" "$found" | grep -vE "^[0-9]+ warnings?( treated as errors?)?( generated| and [0-9]+ errors? generated)?\.?$"
        exit 1
    }
    : >"$2"' "$build"
