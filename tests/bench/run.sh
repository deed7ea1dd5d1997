#!/bin/sh
# Measure freshet against Locust + boto3 and against libcurl alone; see bench.py, which gets the options.
# The tables are also left in build/bench/result.md.
# usage: sh tests/bench/run.sh [kafka] [options]; kafka: against librdkafka alone and Kafka's own producer instead, see
# bench_kafka.py; its tables are left in build/bench/kafka.md.
# With "fleet" as the first word: measure what secondaries cost their primary instead; see fleet.py. With "workloads":
# what templates and scenarios cost against C, see workloads.py.
set -eu
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
bench=bench.py
if [ "${1:-}" = kafka ]; then
    shift
    bench=bench_kafka.py
    sh tests/integration/kafka/fetch.sh
fi
[ -f build/bench/build.ninja ] || cmake --preset bench >/dev/null
cmake --build --preset bench >/dev/null
if [ "${1-}" = fleet ]; then
    shift
    exec python3 tests/bench/fleet.py "$@"
fi
if [ "${1-}" = workloads ]; then
    shift
    exec python3 tests/bench/workloads.py "$@"
fi
[ -x build/venv/bin/locust ] || {
    python3 -m venv build/venv
    build/venv/bin/pip install -q --disable-pip-version-check -r tests/requirements.txt
}
exec build/venv/bin/python "tests/bench/$bench" "$@"
