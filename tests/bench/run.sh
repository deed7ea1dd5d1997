#!/bin/sh
# Measure freshet against Locust + boto3 and against libcurl alone; see bench.py, which gets the options.
# The tables are also left in build/bench/result.md.
set -eu
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
[ -f build/bench/build.ninja ] || cmake --preset bench >/dev/null
cmake --build --preset bench >/dev/null
[ -x build/venv/bin/locust ] || {
    python3 -m venv build/venv
    build/venv/bin/pip install -q --disable-pip-version-check -r tests/requirements.txt
}
exec build/venv/bin/python tests/bench/bench.py "$@"
