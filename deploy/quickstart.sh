#!/bin/sh
# From a fresh clone to a running dashboard: install what building needs, build, start a local stream and freshet.
set -eu

usage() {
    cat <<'END'
usage: sh deploy/quickstart.sh [--build-only | --headless OPTIONS... | OPTIONS... | --help]

Installs what building needs (Debian 12, Ubuntu 24.04; as root or through sudo; only what is missing), builds
build/release/bin, starts a local stream (freshet-kinesis, DemoStream with 4 shards, on a free loopback port),
one secondary per core and the dashboard, and prints its URL, user and password. Ctrl-C ends it and everything
it started. Exit code: freshet's.

  --build-only          stop after the build
  --headless OPTIONS    no dashboard: run freshet once with these options against the local stream; the target
                        is DemoStream unless OPTIONS name another
  OPTIONS               further options for freshet, as --web-port 8090
  --help                this text

FRESHET_WEB_USER and FRESHET_WEB_PASSWORD, where set, are the login.
END
}

cd "$(dirname "$0")/.."
bin=build/release/bin
mode=dashboard
case "${1-}" in
'') ;;
--help | -h)
    usage
    exit 0
    ;;
--build-only) mode=build ;;
--headless) mode=headless ;;
esac
if [ "$mode" = build ] && [ $# -gt 1 ]; then
    echo "quickstart: --build-only takes no options, '$2' was given" >&2
    exit 2
fi

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

# Dummy keys for the local stream: yours are not used.
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ENDPOINT_URL_KINESIS || true
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION="${AWS_REGION:-eu-central-1}"
export FRESHET_ENDPOINT_URL="$url" FRESHET_TARGET=DemoStream

if [ "$mode" = headless ]; then
    step run "freshet $*"
else
    # Runs are kept beside the build; the password is made anew at each start, unless it was given.
    export FRESHET_STATE_DIR="${FRESHET_STATE_DIR:-$PWD/build/state}" FRESHET_WEB_USER="${FRESHET_WEB_USER:-freshet}"
    mkdir -p "$FRESHET_STATE_DIR"
    chmod 700 "$FRESHET_STATE_DIR"
    if [ -z "${FRESHET_WEB_PASSWORD-}" ]; then
        FRESHET_WEB_PASSWORD=$(od -An -N10 -tx1 /dev/urandom | tr -d ' \n')
        export FRESHET_WEB_PASSWORD
        step login "user $FRESHET_WEB_USER, password $FRESHET_WEB_PASSWORD"
    else
        step login "user $FRESHET_WEB_USER, the password that was given"
    fi
    step run "freshet $*"
fi

# In the background with the terminal as its input, so that a signal to this script is passed on at once. Ctrl-C on a
# terminal reaches freshet by itself, and a second signal would cut its orderly stop short.
if (: 3<&0) 2>/dev/null; then exec 3<&0; else exec 3</dev/null; fi
"$bin/freshet" "$@" <&3 &
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

exit "$code"
