#!/bin/sh
# From a fresh clone to a running flood: install what building needs, build, start a local stream, flood it.
set -eu

usage() {
    cat <<'END'
usage: sh deploy/quickstart.sh [--build-only | --headless OPTIONS... | --help]

Installs what building needs (Debian 12, Ubuntu 24.04; as root or through sudo; only what is missing), builds
build/release/bin, starts a local stream (freshet-kinesis, DemoStream with 4 shards, on a free loopback port)
and floods it for 30 seconds. Everything it started is ended with it. Exit code: freshet's.

  --build-only          stop after the build
  --headless OPTIONS    run freshet once with these options against the local stream instead; the target is
                        DemoStream unless OPTIONS name another
  --help                this text
END
}

cd "$(dirname "$0")/.."
bin=build/release/bin
mode=demo
case "${1-}" in
'') ;;
--help | -h)
    usage
    exit 0
    ;;
--build-only) mode=build ;;
--headless) mode=run ;;
*)
    echo "quickstart: unknown option '$1': --build-only, --headless OPTIONS... and --help are known" >&2
    exit 2
    ;;
esac
if [ "$mode" = build ] && [ $# -gt 1 ]; then
    echo "quickstart: --build-only takes no options, '$2' was given" >&2
    exit 2
fi
[ $# -eq 0 ] || shift

step() { printf '%-10s %s\n' "$1" "$2"; }

work=$(mktemp -d)
kinesis='' # process ids of what this script has started
freshet=''
finish() {
    code=$?
    trap - EXIT
    trap '' HUP INT TERM
    for pid in $freshet $kinesis; do
        kill "$pid" 2>/dev/null || continue
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
    exit "$code"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

quiet() { # run it; its output is shown only where it fails
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        echo "quickstart: failed: $*" >&2
        exit 1
    }
}

step packages "what building needs"
sh deploy/packages.sh deploy/packages-build.txt
step build "$bin (the first time takes a minute or two)"
[ -f build/release/build.ninja ] || quiet cmake --preset release
quiet cmake --build --preset release
if [ "$mode" = build ]; then
    step "built" "$(cd "$bin" && echo *)"
    exit 0
fi

# In a session of its own, so that Ctrl-C reaches freshet alone and the stream outlives the last batch.
setsid "$bin/freshet-kinesis" --port 0 --stream DemoStream:4 --discard </dev/null >"$work/kinesis" 2>&1 &
kinesis=$!
url=''
tries=0
while [ -z "$url" ]; do
    url=$(sed -n 's/^freshet-kinesis: listening on \(http:[^ ]*\)$/\1/p' "$work/kinesis")
    tries=$((tries + 1))
    if [ -z "$url" ] && { [ "$tries" -gt 100 ] || ! kill -0 "$kinesis" 2>/dev/null; }; then
        cat "$work/kinesis" >&2
        echo "quickstart: the local stream did not start" >&2
        exit 1
    fi
    [ -n "$url" ] || sleep 0.1
done
step stream "$url, DemoStream with 4 shards, keeps counts only"

[ "$mode" = run ] || set -- --rate 200k --run-time 30s DemoStream
step run "freshet --headless $*"

# Dummy keys for the local stream: yours are not used.
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ENDPOINT_URL_KINESIS || true
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION="${AWS_REGION:-eu-central-1}"
export FRESHET_ENDPOINT_URL="$url" FRESHET_TARGET=DemoStream

# In the background with the terminal as its input, so that a signal to this script is passed on at once. Ctrl-C on a
# terminal reaches freshet by itself, and a second signal would cut its orderly stop short.
if (: 3<&0) 2>/dev/null; then exec 3<&0; else exec 3</dev/null; fi
"$bin/freshet" --headless "$@" <&3 &
freshet=$!
stop() {
    if [ "$1" != INT ] || [ ! -t 3 ]; then
        kill "-$1" "$freshet" 2>/dev/null || true
    fi
}
trap 'stop INT' INT
trap 'stop TERM' HUP TERM
code=0
while :; do
    code=0
    wait "$freshet" || code=$?
    kill -0 "$freshet" 2>/dev/null || break # a trapped signal also ends wait
done
freshet=''
trap 'exit 130' INT
trap 'exit 143' TERM

if [ "$mode" = demo ]; then
    cat <<END

A local stream was flooded with sensor readings for 30 seconds. The same again, piece by piece:
  $bin/freshet-kinesis --port 4567 --stream DemoStream:4 --discard &
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=$AWS_REGION
  $bin/freshet --headless --rate 200k --run-time 30s --endpoint-url http://127.0.0.1:4567 DemoStream
For a stream of your own leave out --endpoint-url and use your own credentials. All options: $bin/freshet --help
END
fi
exit "$code"
