#!/bin/sh
# Install what the tests need, build, and run them.
# usage: sh tests/run.sh [unit | lint | integration | fuzz | builds | deploy | tsan | valgrind | browser | bench] ...
# Without a name: all of them but bench, and of deploy what needs no clean root. Each step is one line; the output of a
# failed one is shown, all of it is in
# build/logs. The last line sums up: "N passed, N failed", and ", N skipped" where something was.
set -eu
exec </dev/null
cd "$(dirname "$0")/.."
root=$(pwd)
logs=build/logs
mkdir -p "$logs"
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
jobs=$(nproc)
passed=0
failed=0
skipped=0
started=$(date +%s)

# --- Telling

now() { date +%s; }

line() { # NAME RESULT: one line
    printf '%-28s %s\n' "$1" "$2"
}

show() { # the end of a log, indented
    tail -n 120 "$1" | sed 's/^/    /'
}

count() { # PASSED FAILED SKIPPED
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + $3))
}

skip() { # NAME WHY
    count 0 0 1
    line "$1" "skipped: $2"
}

# NAME COMMAND...: one test that passes where the command does.
check() {
    name=$1
    shift
    log=$(log_of "$name")
    begun=$(now)
    code=0
    "$@" >"$log" 2>&1 || code=$?
    judge "$name" "$code" $(($(now) - begun))
}

log_of() { # NAME
    echo "$logs/$(echo "$1" | tr '/ ' '--').log"
}

judge() { # NAME CODE SECONDS: tell and count a test that ended with this exit code
    if [ "$2" -eq 0 ]; then
        count 1 0 0
        line "$1" "ok, $3 s"
    else
        count 0 1 0
        line "$1" "FAILED, $3 s, $(log_of "$1")"
        show "$(log_of "$1")"
        return 1
    fi
}

# LINES of NAME COMMAND...: a test each, as many at a time as there are processors, told in their order at the end.
checks() {
    # shellcheck disable=SC2016 # the inner shell expands
    printf '%s\n' "$1" | xargs -P "$jobs" -L 1 sh -c '
        log=$0/$(echo "$1" | tr "/ " "--").log
        shift
        begun=$(date +%s)
        code=0
        "$@" >"$log" 2>&1 || code=$?
        echo "$code $(($(date +%s) - begun))" >"${log%.log}.end"' "$logs"
    for name in $(printf '%s\n' "$1" | cut -d ' ' -f 1); do
        end=$(log_of "$name")
        end=${end%.log}.end
        read -r code took <"$end" || { code=1 && took=0; }
        rm -f "$end"
        judge "$name" "$code" "$took" || true
    done
}

# NAME COMMAND...: something the tests stand on; not counted where it works, a failure where not.
need() {
    name=$1
    shift
    log=$(log_of "$name")
    "$@" >"$log" 2>&1 && return 0
    count 0 1 0
    line "$name" "FAILED, $log"
    show "$log"
    return 1
}

number() { # the number in front of WORD in TEXT, or 0
    printf '%s\n' "$2" | sed -n "s/.*[^0-9]*\b\([0-9][0-9]*\) $1.*/\1/p" | head -n 1 | grep . || echo 0
}

# --- What the steps stand on

packages() {
    [ -z "${packages_done-}" ] || return 0
    packages_done=yes
    sh deploy/packages.sh deploy/packages-build.txt tests/packages.txt ||
        line packages "not all could be installed; what needs them will say so"
}

venv() {
    python=$root/build/venv/bin/python
    mark=build/venv/.$(sha256sum tests/requirements.txt | cut -c1-16)
    [ -f "$mark" ] && return 0
    need "venv" sh -c "rm -rf build/venv && python3 -m venv build/venv &&
        build/venv/bin/pip install -q --disable-pip-version-check -r tests/requirements.txt && : >'$mark'"
}

peers() { # kinesis-local, for the stories that read from it
    mark=build/peers/.$(sha256sum tests/integration/peers/package-lock.json | cut -c1-16)
    [ -f "$mark" ] && return 0
    mkdir -p build/peers
    cp tests/integration/peers/package.json tests/integration/peers/package-lock.json build/peers/
    need "npm peers" sh -c "cd build/peers && npm ci --silent --no-audit --no-fund && : >'$root/$mark'"
}

broker() { # a real Kafka, for the stories that send to it
    need "kafka broker" sh tests/integration/kafka/fetch.sh
}

configured() { # PRESET
    [ -f "build/$1/build.ninja" ] || need "configure $1" cmake --preset "$1"
}

boomer() { # a worker in Go, for the stories of mixed fleets
    need "boomer" sh tests/integration/boomer/build.sh
}

build() { # PRESET: once a run; counted as a test, since a warning fails it
    eval "state=\${built_$1-}"
    if [ -z "$state" ]; then
        state=failed
        configured "$1" && check "build $1" cmake --build --preset "$1" && state=ok
        eval "built_$1=$state"
    fi
    [ "$state" = ok ]
}

# NAME PRESET [CTEST ARGUMENTS]: a ctest run; each ctest counts.
ctests() {
    name=$1
    preset=$2
    shift 2
    log=$logs/$name.log
    begun=$(now)
    $without_aslr ctest --test-dir "build/$preset" --output-on-failure -j "$jobs" "$@" >"$log" 2>&1 || true
    bad=$(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of [0-9]*$/\1/p' "$log")
    all=$(sed -n 's/^[0-9]*% tests passed, [0-9]* tests failed out of \([0-9]*\)$/\1/p' "$log")
    result "$name" "$log" "$((${all:-0} - ${bad:-0}))" "${bad:-1}" 0
}

# NAME LOG PASSED FAILED SKIPPED: tell and count what a step with several tests gave; uses $begun.
result() {
    count "$3" "$4" "$5"
    text="$3 passed"
    [ "$5" -eq 0 ] || text="$text, $5 skipped"
    if [ "$4" -eq 0 ] && [ "$3" -gt 0 ]; then
        line "$1" "ok, $text, $(($(now) - begun)) s"
        [ "$5" -eq 0 ] || grep '^SKIPPED' "$2" | sed 's/^/    /' || true
        return 0
    fi
    [ "$4" -gt 0 ] || { count 0 1 0 && text="$text, and that is none"; }
    line "$1" "FAILED, $4 failed, $text, $2"
    show "$2"
    return 1
}

# NAME BIN WORKERS ARGUMENTS...: a pytest run against the programs in BIN, with so many files of stories at a time. Stories
# wait more than they work. A worker that crashes is a failed test in pytest's last line.
pytests() {
    name=$1
    log=$logs/$name.log
    begun=$(now)
    bin=$2
    workers=$3
    shift 3
    code=0
    # shellcheck disable=SC2086 # without_aslr is a command and its words, or nothing
    FRESHET_BIN="$root/$bin" FRESHET_PEERS="$root/build/peers" timeout 1500 \
        $without_aslr "$python" -m pytest -q -rs --tb=short -p no:cacheprovider -n "$workers" --dist loadfile "$@" \
        >"$log" 2>&1 || code=$?
    summary=$(tail -n 1 "$log")
    bad=$(($(number failed "$summary") + $(number error "$summary")))
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    result "$name" "$log" "$(number passed "$summary")" "$bad" "$(number skipped "$summary")"
}

# What the page computes, by node's own test runner; each of its tests counts. The build has fetched the packages.
page_tests() {
    log=$logs/page.log
    begun=$(now)
    npm --prefix web/app test --silent >"$log" 2>&1 || true
    bad=$(sed -n 's/^[^a-z]*fail \([0-9]*\)$/\1/p' "$log")
    good=$(sed -n 's/^[^a-z]*pass \([0-9]*\)$/\1/p' "$log")
    result page "$log" "${good:-0}" "${bad:-1}" 0
}

# --- Steps

step_unit() {
    build dev || return 0
    ctests unit dev || true
    check page/types npm --prefix web/app run --silent check || true
    page_tests || true
}

step_lint() {
    build dev || true
    venv || return 0
    check lint/walls python3 tests/lint/walls.py || true
    check lint/banned-calls python3 tests/lint/banned.py || true
    check lint/sizes python3 tests/lint/sizes.py || true
    check lint/words python3 tests/lint/words.py || true
    check lint/format sh tests/lint/format.sh build/venv/bin/clang-format || true
    check lint/options python3 tests/lint/options.py build/dev/bin || true
    if command -v shellcheck >/dev/null; then
        check lint/shell sh tests/lint/shell.sh || true
    else
        skip lint/shell "no shellcheck here"
    fi
    if command -v clang-tidy-14 >/dev/null; then
        check lint/tidy sh tests/lint/tidy.sh build/dev || true
    else
        skip lint/tidy "no clang-tidy-14 here"
    fi
    check lint/lints "$python" -m pytest -q -p no:cacheprovider tests/lint || true
}

step_integration() {
    build dev || return 0
    venv || return 0
    peers || true
    broker || true
    boomer || true
    pytests integration build/dev/bin 4 tests/integration || true
}

step_builds() { # what is not built for another step
    build release || true
}

step_fuzz() {
    if ! command -v clang-14 >/dev/null; then
        skip fuzz "no clang-14 here"
        return 0
    fi
    build clang || return 0
    list=$(for target in build/clang/fuzz/fuzz_*; do
        [ -x "$target" ] || continue
        corpus=${target##*/fuzz_}
        found=build/fuzz/$corpus
        mkdir -p "$found"
        echo "fuzz/$corpus" timeout $((fuzz_s + 120)) "$target" -max_total_time="$fuzz_s" -rss_limit_mb=4096 \
            -artifact_prefix="$found/crash-" -print_final_stats=1 "$found" "tests/fuzz/corpus/$corpus"
    done)
    checks "$list"
}

step_tsan() {
    build tsan || return 0
    venv || return 0
    export TSAN_OPTIONS="suppressions=$root/tests/tsan.supp halt_on_error=1 second_deadlock_stack=1"
    # On kernels that randomise much, the thread sanitizer of gcc 12 finds its memory taken.
    setarch "$(uname -m)" -R true 2>/dev/null && without_aslr="setarch $(uname -m) -R"
    ctests tsan-unit tsan -L unit || true
    pytests tsan-stories build/tsan/bin 2 tests/integration/test_standin*.py tests/integration/test_web_*.py \
        tests/integration/test_dashboard_threads.py tests/integration/test_refresh.py || true
    without_aslr=''
    unset TSAN_OPTIONS
}

memcheck="valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect
    --errors-for-leak-kinds=definite,indirect --suppressions=$root/tests/valgrind.supp"

step_valgrind() {
    if ! command -v valgrind >/dev/null; then
        skip valgrind "no valgrind here"
        return 0
    fi
    build plain || return 0
    # shellcheck disable=SC2086 # a command and its words
    list=$(for test in build/plain/tests/*_test_*; do
        [ ! -x "$test" ] || echo "valgrind/${test##*/}" timeout 300 $memcheck "$test"
    done)
    checks "$list"
    # shellcheck disable=SC2086 # a command and its words
    check valgrind/null-run timeout 300 $memcheck --trace-children=yes build/plain/bin/freshet \
        --headless --processes 1 --rate 1k --run-time 2s null:// || true
    venv || return 0
    export FRESHET_UNDER="$memcheck"
    pytests valgrind-dashboard build/plain/bin 1 tests/integration/test_dashboard_threads.py || true
    unset FRESHET_UNDER
}

step_browser() {
    build dev || return 0
    venv || return 0
    need "browser install" sh tests/browser/run.sh -i || return 0
    pytests browser build/dev/bin 3 tests/browser || true
}

step_deploy() { # by its name also what takes clean roots: minutes, and root
    need "configure release" cmake --preset release || return 0
    build release || return 0
    venv || return 0
    rm -f build/release/freshet_*.deb
    check deploy/package cmake --build --preset release --target package || return 0
    if [ "$all" = no ]; then
        need "deploy packages" sh deploy/packages.sh tests/deploy/packages.txt || true
        export FRESHET_DEPLOY_SLOW=1
    fi
    export FRESHET_BUILD="$root/build/release"
    code=0
    begun=$(now)
    FRESHET_BIN=$root/build/release/bin sh tests/deploy/cdk.sh >"$logs/deploy-cdk.log" 2>&1 || code=$?
    if [ "$code" -eq 77 ]; then
        skip deploy/cdk "no Node.js 20 here"
    else
        judge deploy/cdk "$code" $(($(now) - begun)) || true
    fi
    pytests deploy build/release/bin 1 tests/deploy || true
    unset FRESHET_DEPLOY_SLOW FRESHET_BUILD
}

step_bench() {
    venv || return 0
    if sh tests/bench/run.sh; then count 1 0 0; else count 0 1 0; fi
    if sh tests/bench/run.sh fleet; then count 1 0 0; else count 0 1 0; fi
}

# --- Main

without_aslr=''
all=no
fuzz_s=60
if [ $# -eq 0 ]; then
    all=yes
    fuzz_s=5
    set -- unit lint integration builds deploy fuzz tsan valgrind browser
fi
for step in "$@"; do
    case $step in
    unit | lint | integration | fuzz | builds | deploy | tsan | valgrind | browser | bench) ;;
    *)
        echo "tests/run.sh: unknown step '$step': unit, lint, integration, fuzz, builds, deploy, tsan, valgrind, browser and bench are known" >&2
        exit 2
        ;;
    esac
done
packages
for step in "$@"; do
    "step_$step"
done
line time "$(($(now) - started)) s"
text="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || text="$text, $skipped skipped"
echo "$text"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
