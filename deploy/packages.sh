#!/bin/sh
# Install the packages named in the given lists, those that are missing only.
# usage: packages.sh LIST...    (a list: one package a line, "a | b" for whichever exists, "?c" where having the
# command c, from wherever, is as good, # comments)
# Silent when nothing is missing. Exit 1: something is missing and could not be installed.
set -eu

installed() {
    case $1 in
    \?*)
        command -v "${1#?}" >/dev/null
        return
        ;;
    esac
    [ "$(command -v dpkg-query >/dev/null && dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The first of the alternatives that the package lists know, else the first.
known() {
    for name in "$@"; do
        case $name in \?*) continue ;; esac
        if apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [^(]'; then
            echo "$name"
            return
        fi
    done
    echo "$1"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

missing='' # one line a package, alternatives separated by blanks
lines=$(sed -e 's/#.*//' -e 's/|/ /g' "$@" | awk 'NF { $1 = $1; print }')
while read -r line; do
    found=''
    for name in $line; do
        if installed "$name"; then
            found=yes
            break
        fi
    done
    [ -n "$found" ] || missing="$missing$line
"
done <<END
$lines
END
[ -n "$missing" ] || exit 0

list=$(printf '%s' "$missing" | awk '{ printf "%s%s", separator, $1; separator = ", " }')
if ! command -v apt-get >/dev/null; then
    echo "packages: no apt-get here, so these are not checked: $list" >&2
    exit 0
fi
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    echo "packages: missing: $list. Run this as root, or install sudo." >&2
    exit 1
fi

echo "packages: installing $list"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
fail() {
    cat "$log" >&2
    echo "packages: $1" >&2
    exit 1
}
as_root apt-get update -q >"$log" 2>&1 || fail "apt-get update failed"
names=$(printf '%s' "$missing" | while read -r line; do
    # shellcheck disable=SC2086 # the words of a line are the alternatives
    known $line
done)
# shellcheck disable=SC2086 # one argument a name
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $names >"$log" 2>&1 ||
    fail "apt-get install failed"
