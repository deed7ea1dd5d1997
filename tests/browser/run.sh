#!/bin/sh
# Install what the browser stories need, then run them with pytest: its own summary is the last line.
# usage: sh tests/browser/run.sh [-i | PYTEST ARGUMENTS]
#   -i   only install: chromium, the Python environment of build/venv, axe-core in build/browser
# The programs come from FRESHET_BIN (build/dev/bin), the browser from FRESHET_CHROMIUM (the system's chromium).
# Pictures are left in build/browser/.
set -eu
exec </dev/null
cd "$(dirname "$0")/../.."
root=$(pwd)
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1

browser() {
    [ -n "${FRESHET_CHROMIUM-}" ] || command -v chromium >/dev/null || sh deploy/packages.sh tests/browser/packages.txt
}

python() { # as tests/run.sh makes it
    mark=build/venv/.$(sha256sum tests/requirements.txt | cut -c1-16)
    [ -f "$mark" ] && return 0
    rm -rf build/venv && python3 -m venv build/venv
    build/venv/bin/pip install -q --disable-pip-version-check -r tests/requirements.txt
    : >"$mark"
}

axe() {
    mark=build/browser/.$(sha256sum tests/browser/package-lock.json | cut -c1-16)
    [ -f "$mark" ] && return 0
    mkdir -p build/browser
    cp tests/browser/package.json tests/browser/package-lock.json build/browser/
    (cd build/browser && npm ci --silent --no-audit --no-fund)
    : >"$mark"
}

browser >&2
python >&2
axe >&2
[ "${1-}" != -i ] || exit 0
case "$*" in
*tests/browser*) ;;
*) set -- tests/browser "$@" ;;
esac
FRESHET_BIN="${FRESHET_BIN:-$root/build/dev/bin}" exec build/venv/bin/python -m pytest -q -rs --tb=short -p no:cacheprovider "$@"
