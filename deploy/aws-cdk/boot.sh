#!/bin/sh
# First boot of a freshet host on EC2: installs the program as deploy/quickstart.sh does, sets it up and starts it.
# The stack writes the BOOT_ variables in front of this; none of them is secret. Run again, it changes nothing that
# is right already. Its output is in /var/log/cloud-init-output.log, and holds no secret either.
set -eu
umask 022 # what is secret lies in folders and files of its own

: "${BOOT_ROLE:?primary or secondary}" "${BOOT_REGION:?}" "${BOOT_STREAM:?}"
: "${BOOT_PROGRAM:?the s3:// address of the source or the package}" "${BOOT_PROGRAM_KIND:?source or deb}"
etc=${BOOT_ETC:-/etc/freshet}
state=${BOOT_STATE:-/var/lib/freshet}
work=${BOOT_WORK:-/var/tmp/freshet}
web=https://127.0.0.1:${BOOT_WEB_PORT:-8089}
export AWS_REGION="$BOOT_REGION" AWS_DEFAULT_REGION="$BOOT_REGION" AWS_PAGER='' DEBIAN_FRONTEND=noninteractive
export PATH="$PATH:/snap/bin"
export HOME="${HOME:-/root}" # cloud-init sets none; npm wants one

tell() { echo "freshet-boot: $*"; }

fail() {
    echo "freshet-boot: $*" >&2
    exit 1
}

again() { # TIMES SECONDS COMMAND...: until it works
    left=$1
    pause=$2
    shift 2
    while ! "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep "$pause"
    done
}

# --- What EC2 says of this host

token() {
    curl -fsS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token
}

fact() { # PATH: nothing where there is no such fact
    curl -fsS -m 5 -H "X-aws-ec2-metadata-token: $imds" "http://169.254.169.254/latest/meta-data/$1" 2>/dev/null || true
}

# --- What CloudFormation waits for

signal() { # SUCCESS or FAILURE
    [ -n "${BOOT_STACK-}" ] || return 0
    command -v aws >/dev/null || return 0
    aws cloudformation signal-resource --stack-name "$BOOT_STACK" --logical-resource-id "$BOOT_RESOURCE" \
        --unique-id "$(fact instance-id)" --status "$1"
}

imds=''
ended() {
    code=$?
    trap - EXIT
    rm -rf "$work/secret"
    if [ "$code" -ne 0 ]; then
        echo "freshet-boot: failed with exit code $code" >&2
        signal FAILURE || true
    fi
    exit "$code"
}
trap ended EXIT

# --- Programs

packages() {
    again 6 10 apt-get update -q -o APT::Update::Error-Mode=any
    apt-get install -q -y --no-install-recommends ca-certificates curl openssl unzip
    command -v aws >/dev/null || apt-get install -q -y --no-install-recommends awscli || {
        snap wait system seed.loaded # Ubuntu has it as a snap only
        snap install aws-cli --classic
    }
}

session_manager() { # Ubuntu's image has it
    if systemctl is-active -q amazon-ssm-agent || systemctl is-active -q snap.amazon-ssm-agent.amazon-ssm-agent; then
        return 0
    fi
    again 5 5 curl -fsS -o "$work/ssm.deb" "https://s3.$BOOT_REGION.amazonaws.com/amazon-ssm-$BOOT_REGION/latest/debian_$(dpkg --print-architecture)/amazon-ssm-agent.deb"
    dpkg -i "$work/ssm.deb"
    systemctl enable --now amazon-ssm-agent
}

program() {
    tell "fetching the program"
    again 12 5 aws s3 cp --only-show-errors "$BOOT_PROGRAM" "$work/program.$BOOT_PROGRAM_KIND" ||
        fail "$BOOT_PROGRAM could not be fetched"
    package=$work/program.deb
    if [ "$BOOT_PROGRAM_KIND" = source ]; then
        tell "building it"
        apt-get install -q -y --no-install-recommends dpkg-dev # finds what the package depends on
        rm -rf "$work/tree"
        mkdir "$work/tree"
        (
            cd "$work/tree"
            unzip -q ../program.source
            sh deploy/quickstart.sh --build-only
            cmake --build --preset release --target package
        )
        package=$(find "$work/tree/build/release" -maxdepth 1 -name 'freshet_*.deb' | head -n 1)
        [ -n "$package" ] || fail "the build made no package"
    fi
    apt-get install -q -y --no-install-recommends "$package"
}

# --- Settings

setting() { # NAME VALUE: a line of the environment file
    [ -f "$etc/freshet.env" ] || fail "the package brought no $etc/freshet.env"
    {
        grep -v "^$1=" "$etc/freshet.env" || true
        echo "$1=$2"
    } >"$work/env"
    cat "$work/env" >"$etc/freshet.env" # owner and mode stay the package's
}

keep() { # FILE NAME: a secret that freshet alone may read
    install -o freshet -g freshet -m 0600 "$1" "$etc/$2"
}

read_secret() { # ID FILE: exit 1 when it has no value yet; any other trouble ends this
    if aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text >"$2" 2>"$work/secret/error"; then
        return 0
    fi
    grep -q ResourceNotFoundException "$work/secret/error" || fail "the secret could not be read: $(cat "$work/secret/error")"
    return 1
}

write_secret() { # ID FILE: by a file, so that it is in no process list
    aws secretsmanager put-secret-value --secret-id "$1" --secret-string "file://$2" >/dev/null
}

certificate() {
    if [ ! -s "$etc/tls.key" ]; then
        names="DNS:localhost,IP:127.0.0.1"
        for name in "$(fact public-hostname)" "$(fact local-hostname)"; do
            [ -z "$name" ] || names="$names,DNS:$name"
        done
        for address in "$(fact public-ipv4)" "$(fact local-ipv4)"; do
            [ -z "$address" ] || names="$names,IP:$address"
        done
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj /CN=freshet \
            -addext "subjectAltName=$names" -keyout "$work/secret/key" -out "$work/secret/certificate" 2>/dev/null
        keep "$work/secret/certificate" tls.crt
        keep "$work/secret/key" tls.key
    fi
    openssl x509 -in "$etc/tls.crt" -noout -fingerprint -sha256 >"$work/secret/fingerprint"
    sed 's/.*=//' "$work/secret/fingerprint"
}

login() { # the password that the secret has, or a new one; with the certificate's fingerprint beside it
    if read_secret "$BOOT_PASSWORD_SECRET" "$work/secret/before"; then
        password=$(sed -n 's/.*"password":"\([0-9a-f]*\)".*/\1/p' "$work/secret/before")
        [ -n "$password" ] || fail "the password's secret holds something else"
        tell "the password is the one in Secrets Manager"
    else
        password=$(openssl rand -hex 16)
        tell "a password is made and kept in Secrets Manager"
    fi
    fingerprint=$(certificate)
    [ -n "$fingerprint" ] || fail "the certificate could not be made"
    printf '{"user":"freshet","password":"%s","certificate_sha256":"%s"}' "$password" "$fingerprint" >"$work/secret/login"
    if ! echo | cat "$work/secret/login" - | cmp -s - "$work/secret/before"; then
        write_secret "$BOOT_PASSWORD_SECRET" "$work/secret/login"
    fi
    printf '%s\n' "$password" >"$work/secret/password"
    keep "$work/secret/password" password
}

bundle() { # what other hosts join with; one of its own, so that it can be revoked by itself
    file=$state/keys/bundles/fleet.bundle
    [ -f "$file" ] || runuser -u freshet -- freshet-ctl keys "$state/keys" --host fleet >/dev/null
    cp "$file" "$work/secret/bundle"
    if ! read_secret "$BOOT_BUNDLE_SECRET" "$work/secret/before" ||
        ! echo | cat "$work/secret/bundle" - | cmp -s - "$work/secret/before"; then
        write_secret "$BOOT_BUNDLE_SECRET" "$work/secret/bundle"
    fi
}

primary() {
    login
    setting FRESHET_TARGET "$BOOT_STREAM"
    setting FRESHET_REGION "$BOOT_REGION"
    setting FRESHET_WEB_HOST "$BOOT_WEB_HOST"
    setting FRESHET_WEB_PORT "$BOOT_WEB_PORT"
    setting FRESHET_WEB_PASSWORD_FILE "$etc/password"
    setting FRESHET_TLS_CERT "$etc/tls.crt"
    setting FRESHET_TLS_KEY "$etc/tls.key"
    if [ -n "${BOOT_BUNDLE_SECRET-}" ]; then # the port is open to the secondary hosts only, and guarded by keys
        setting FRESHET_BIND_HOST 0.0.0.0
        setting FRESHET_BIND_PORT "$BOOT_LINK_PORT"
    fi
    systemctl enable freshet.target
    systemctl restart freshet.target
    again 60 1 curl -fsS -m 5 --cacert "$etc/tls.crt" -o /dev/null "$web/healthz" || fail "the dashboard does not answer"
    tell "the dashboard answers"
    [ -z "${BOOT_BUNDLE_SECRET-}" ] || bundle
}

secondary() {
    : "${BOOT_PRIMARY_HOST:?}" "${BOOT_BUNDLE_SECRET:?}"
    again 60 10 read_secret "$BOOT_BUNDLE_SECRET" "$work/secret/bundle" || fail "the primary made no bundle"
    keep "$work/secret/bundle" join.bundle
    setting FRESHET_PRIMARY_HOST "$BOOT_PRIMARY_HOST"
    setting FRESHET_PRIMARY_PORT "$BOOT_LINK_PORT"
    setting FRESHET_JOIN "$etc/join.bundle"
    systemctl enable freshet-secondaries.target
    systemctl restart freshet-secondaries.target
    tell "the secondaries are started"
}

install -d -m 0700 "$work/secret"
printf 'DPkg::Lock::Timeout "600";\n' >"$work/apt.conf"
export APT_CONFIG="$work/apt.conf"
case $BOOT_ROLE in
primary | secondary) ;;
*) fail "BOOT_ROLE is '$BOOT_ROLE', and only primary and secondary are known" ;;
esac
packages
imds=$(again 10 2 token) || fail "the instance's metadata does not answer"
session_manager
program
"$BOOT_ROLE"
signal SUCCESS
tell "done"
