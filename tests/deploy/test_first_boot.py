"""The AWS stack's first-boot script in a clean Debian 12, with its own apt, dpkg and aws: up to AWS, and beyond with one
that answers. Only EC2's metadata, systemd and the time between two tries are stand-ins there."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from roots import BARE, ENTER, inside

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cloud"))
from userdata import SYNTH, user_data  # noqa: E402

pytestmark = [
    pytest.mark.skipif(os.environ.get("FRESHET_DEPLOY_SLOW") != "1", reason="takes a clean root: sh tests/run.sh deploy"),
    pytest.mark.skipif(not (SYNTH / "synth").exists(), reason="no template: sh tests/deploy/cdk.sh makes it"),
]
STAND_INS = {
    "curl": 'case "$*" in *instance-id*) echo i-0123456789abcdef0 ;; *local-ipv4*) echo 10.0.0.9 ;; *api/token*) echo token ;; esac',
    "systemctl": 'echo "$@" >>/boot-systemctl',
    "sleep": "exit 0",
    # Of an account that answers: S3 has the package, Secrets Manager what was put there.
    "answering/aws": """
case "$1 $2" in
"s3 cp") cp /tmp/freshet.deb "$5" ;;
"secretsmanager get-secret-value") cat "/boot-$4" 2>/dev/null || { echo ResourceNotFoundException >&2; exit 254; } ;;
"secretsmanager put-secret-value") cp "${6#file://}" "/boot-$4" ;;
esac
""",
}


@pytest.fixture(scope="module")
def host(copied_root):
    for name, text in STAND_INS.items():
        file = copied_root / "boot" / "stand-ins" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
    return copied_root


def boot(root, script, path):
    (root / "boot" / "user-data").write_text(script)
    env = {**BARE, "PATH": f"{path}:{BARE['PATH']}", "AWS_EC2_METADATA_DISABLED": "true"}
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        if name in os.environ:
            env[name] = os.environ[name]
    return subprocess.run(["unshare", "--mount", "sh", "-ec", ENTER, root, "sh", "/boot/user-data"], env=env,
                          capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL)  # fmt: skip


def test_it_runs_up_to_the_first_call_that_needs_aws(host):
    done = boot(host, user_data("deb", "primary"), "/boot/stand-ins")
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    assert "could not be fetched" in done.stderr and "credentials" in done.stderr, done.stderr[-3000:]
    assert inside(host, "aws --version").startswith("aws-cli/")
    assert not (host / "etc/freshet").exists()


def test_with_aws_it_sets_the_package_up(host, package):
    shutil.copy(package, host / "tmp/freshet.deb")
    done = boot(host, user_data("deb", "primary"), "/boot/stand-ins/answering:/boot/stand-ins")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "restart freshet.target" in (host / "boot-systemctl").read_text()
    told = json.loads((host / "boot-secret-Password").read_text())
    assert re.fullmatch("[0-9a-f]{32}", told["password"]) and told["password"] not in done.stdout + done.stderr
    names = ("password", "tls.crt", "tls.key", "freshet.env")
    facts = {name: inside(host, f"stat -c '%a %U:%G' /etc/freshet/{name}").strip() for name in names}
    assert facts == dict.fromkeys(names[:3], "600 freshet:freshet") | {"freshet.env": "640 root:freshet"}
    # The service's own user reads all of it, and the dashboard answers over TLS.
    said = inside(host, """
        set -a; . /etc/freshet/freshet.env; set +a
        export FRESHET_WEB_PORT=0 FRESHET_STATE_DIR=/var/lib/freshet
        timeout 60 setpriv --reuid freshet --regid freshet --init-groups \\
            freshet --autostart --autoquit 1s --processes 1 --bind-port 0 --events 2k --rate 2k null:// 2>&1""")  # fmt: skip
    assert "dashboard at https://127.0.0.1:" in said and re.search(r"^all +\S+ +2000 +2000 +0 +0 ", said, re.MULTILINE), said


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_what_a_secondary_host_is_given_lets_it_join(host, package):
    shutil.copy(package, host / "tmp/freshet.deb")
    for role in ("primary", "secondary"):  # both on this root; the build is quickstart's and has its own test
        script = user_data("fleet", role).replace("BOOT_PROGRAM_KIND='source'", "BOOT_PROGRAM_KIND='deb'")
        done = boot(host, script, "/boot/stand-ins/answering:/boot/stand-ins")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert "curve" not in done.stdout + done.stderr
    assert "fleet" in (host / "boot-secret-JoinBundle").read_text()
    assert inside(host, "stat -c '%a %U:%G' /etc/freshet/join.bundle").strip() == "600 freshet:freshet"
    assert "restart freshet-secondaries.target" in (host / "boot-systemctl").read_text()
    said = inside(host, f"""
        set -a; . /etc/freshet/freshet.env; set +a
        export FRESHET_BIND_HOST=127.0.0.1 FRESHET_PRIMARY_HOST=127.0.0.1 FRESHET_KEYS_DIR=/var/lib/freshet/keys
        export FRESHET_BIND_PORT={free_port()} FRESHET_STATE_DIR=/var/lib/freshet HOME=/var/lib/freshet
        export FRESHET_PRIMARY_PORT=$FRESHET_BIND_PORT
        as_freshet() {{ timeout 60 setpriv --reuid freshet --regid freshet --init-groups "$@"; }}
        as_freshet freshet-secondary --processes 1 >/tmp/secondary 2>&1 &
        as_freshet freshet --headless --processes 0 --expect-secondaries 1 --events 2k --rate 2k null:// 2>&1""")  # fmt: skip
    assert re.search(r"^all +\S+ +2000 +2000 +0 +0 ", said, re.MULTILINE), said + (host / "tmp/secondary").read_text()
    assert "joining with the bundle fleet" in (host / "tmp/secondary").read_text()
