#!/bin/sh
# Make a program's man page and bash completion from what it says itself.
# usage: make.sh PROGRAM TEMPLATE VERSION DATE MAN_PAGE COMPLETION
# The line of TEMPLATE that is OPTIONS becomes the option list, @VERSION@ and @DATE@ what is given.
set -eu
program=$1 template=$2 version=$3 date=$4 page=$5 completion=$6
here=$(dirname "$0")
name=$(basename "$program")
help=$(mktemp)
trap 'rm -f "$help" "$help.options"' EXIT
"$program" --help >"$help"
awk -v form=man -v program="$name" -f "$here/options.awk" "$help" >"$help.options"
[ -s "$help.options" ] || { echo "make.sh: $name --help lists no options" >&2; exit 1; }
sed -e "s/@VERSION@/$version/g" -e "s/@DATE@/$date/g" -e "/^OPTIONS\$/{
r $help.options
d
}" "$template" >"$page"
awk -v form=words -v program="$name" -f "$here/options.awk" "$help" |
    awk -v program="$name" -f "$here/completion.awk" >"$completion"
