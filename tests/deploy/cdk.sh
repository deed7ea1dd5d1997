#!/bin/sh
# deploy/aws-cdk: its types, `cdk synth` without network and credentials, assertions, cfn-lint, and the user-data scripts
# by shellcheck and run with stand-ins; deploy/container and deploy/kubernetes against their schemas.
# usage: sh tests/deploy/cdk.sh [PYTEST ARGUMENTS]
# Works in build/aws-cdk and build/deploy-venv, whose contents are kept as long as the lock files stay. The last line is
# pytest's summary. Exit code 77: there is no Node.js 20 here, which aws-cdk-lib asks for, and nothing was tested.
set -eu
exec </dev/null
cd "$(dirname "$0")/../.."
root=$(pwd)
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
work=$root/build/aws-cdk

if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    echo "cdk.sh: Node.js 20 or newer is needed, and $(node --version 2>/dev/null || echo none) is here" >&2
    exit 77
fi

step() { echo "-- $*"; }

installed() { # npm's packages, by the lock file
    mark=$work/.$(sha256sum deploy/aws-cdk/package-lock.json | cut -c1-16)
    mkdir -p "$work"
    if [ ! -f "$mark" ]; then
        cp deploy/aws-cdk/package.json deploy/aws-cdk/package-lock.json deploy/aws-cdk/.npmrc "$work/"
        (cd "$work" && npm ci --silent --no-audit --no-fund)
        : >"$mark"
    fi
}

venv() {
    mark=build/deploy-venv/.$(sha256sum tests/cloud/requirements.txt | cut -c1-16)
    [ -f "$mark" ] && return 0
    rm -rf build/deploy-venv
    python3 -m venv build/deploy-venv
    build/deploy-venv/bin/pip install -q --disable-pip-version-check -r tests/cloud/requirements.txt
    : >"$mark"
}

# The sources beside their packages. The folder is as deep as deploy/aws-cdk, so that both find the repository.
sources() {
    (cd "$work" && rm -rf lib test out synth fleet deb)
    for name in app.ts boot.sh cdk.json tsconfig.json lib test; do
        cp -R "deploy/aws-cdk/$name" "$work/"
    done
}

without_network() { # where this machine lets us take it away
    if unshare -rn true 2>/dev/null; then unshare -rn "$@"; else "$@"; fi
}

synth() { # NAME CONTEXT...: with nobody's credentials
    out=$1
    shift
    step "cdk synth $out"
    (
        cd "$work"
        without_network env -i PATH="$PATH" HOME="$work/home" AWS_EC2_METADATA_DISABLED=true CI=true \
            npx --no-install cdk synth --quiet --no-notices --app 'node out/app.js' --output "$out" "$@"
    )
}

installed
venv
sources
step types
(cd "$work" && npx --no-install tsc)
mkdir -p "$work/home"
: >"$work/freshet_0.1.0_arm64.deb"
synth fleet -c secondaryHosts=3 -c dashboardCidr=203.0.113.0/24 -c os=ubuntu-24.04 -c shards=1000 &
fleet=$!
trap wait EXIT # nothing goes on when a step fails
synth deb -c deb="$work/freshet_0.1.0_arm64.deb" -c vpcId=vpc-0123456789abcdef0 -c subnetIds=subnet-0123456789abcdef0 &
deb=$!
step assertions
(cd "$work" && node --test --test-reporter=dot out/test/*.test.js)
synth synth
wait "$fleet"
wait "$deb"
step cfn-lint
build/deploy-venv/bin/cfn-lint --non-zero-exit-code informational --include-checks I -- "$work"/*/Freshet.template.json
step shellcheck
shellcheck deploy/aws-cdk/boot.sh
[ $# -gt 0 ] || set -- tests/cloud
# What the primary is told is tried on the programs of FRESHET_BIN, where they are built.
[ -n "${FRESHET_BIN-}" ] || [ -x build/dev/bin/freshet ] || export FRESHET_BIN="$root/build/release/bin"
exec build/deploy-venv/bin/python -m pytest -q -rs --tb=short -p no:cacheprovider "$@"
