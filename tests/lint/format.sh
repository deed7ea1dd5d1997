#!/bin/sh
# C files are as the pinned clang-format would write them. usage: format.sh CLANG_FORMAT [--fix]
set -eu
cd "$(dirname "$0")/../.."
format=$1
"$format" --version | grep -q ' 18\.1\.8' || {
    echo "format: $format is not 18.1.8"
    exit 1
}
if [ "${2-}" = --fix ]; then
    git ls-files -z '*.c' '*.h' | xargs -0 -r "$format" -i
else
    git ls-files -z '*.c' '*.h' | xargs -0 -r "$format" --dry-run -Werror
fi
