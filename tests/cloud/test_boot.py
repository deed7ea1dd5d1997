"""User data as the stack gives it, run with stand-ins for what changes a machine: up to AWS, and with AWS answering."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from userdata import allowed, user_data

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ["aws", "curl", "apt-get", "install", "runuser", "systemctl", "dpkg", "unzip", "cmake"]
QUICKSTART = 'echo "$@" >"$BOOT_FAKE/quickstart"\n'
PACKAGED_ENV = "# of the package\n#FRESHET_TARGET=\nFRESHET_RATE=5k\n"


class Host:
    """A machine in a folder, which boots again and again."""

    def __init__(self, folder, secrets=None):
        self.folder, self.fake = folder, folder / "fake"
        self.etc, self.state = folder / "etc", folder / "state"
        self.secrets = secrets or self.fake / "secrets"
        (self.fake / "bin").mkdir(parents=True)
        if secrets:
            (self.fake / "secrets").symlink_to(secrets)
        else:
            self.secrets.mkdir()
        for name in COMMANDS:
            self.command(name, f'exec {sys.executable} -IS {Path(__file__).with_name("fakes.py")} {name} "$@"')
        self.command("sleep", "exit 0")
        with zipfile.ZipFile(self.fake / "program", "w") as tree:
            tree.writestr("deploy/quickstart.sh", QUICKSTART)
        (self.fake / "freshet.env").write_text(PACKAGED_ENV)

    def command(self, name, line):
        (self.fake / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (self.fake / "bin" / name).chmod(0o755)

    def breaks(self, *lines):
        (self.fake / "broken").write_text("\n".join(lines))

    def boot(self, stack, role):
        """As the stack has it: with its script, and with what its role may do."""
        script = user_data(stack, role)
        (self.fake / "allowed").write_text(json.dumps(allowed(stack, role)))
        (self.fake / "calls").write_text("")
        env = {
            "PATH": f"{self.fake}/bin:{Path(sys.executable).parent}:/usr/bin:/bin",
            "BOOT_FAKE": str(self.fake),
            "BOOT_ETC": str(self.etc),
            "BOOT_STATE": str(self.state),
            "BOOT_WORK": str(self.folder / "work"),
        }
        done = subprocess.run(["sh"], input=script, env=env, cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.output = done.stdout + done.stderr
        return done.returncode

    @property
    def calls(self):
        return [json.loads(line) for line in (self.fake / "calls").read_text().splitlines()]

    def named(self, *start):
        return [call for call in self.calls if call[: len(start)] == list(start)]

    @property
    def login(self):
        return json.loads((self.secrets / "secret-Password").read_text())

    def env(self):
        lines = (self.etc / "freshet.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path / "host")


def test_up_to_the_first_call_that_needs_aws(host):
    host.breaks("s3 cp", "cloudformation signal-resource")
    assert host.boot("synth", "primary") == 1
    assert "s3://" in host.output and "could not be fetched" in host.output, host.output
    assert host.named("apt-get", "update") and host.named("apt-get", "install") and host.named("dpkg", "-i")
    assert [call[1:3] for call in host.named("aws")] == [["s3", "cp"]] * 12 + [["cloudformation", "signal-resource"]]
    assert host.calls[-1][-1] == "FAILURE"
    assert not (host.etc / "freshet.env").exists() and not host.named("systemctl", "restart")


def test_a_first_boot_of_the_primary(host):
    assert host.boot("synth", "primary") == 0, host.output
    assert (host.fake / "quickstart").read_text() == "--build-only\n"
    assert host.named("cmake", "--build", "--preset", "release", "--target", "package")
    assert host.named("apt-get", "install")[-1][-1].endswith("/build/release/freshet_0.1.0_arm64.deb")
    password = host.login["password"]
    assert re.fullmatch("[0-9a-f]{32}", password) and host.login["user"] == "freshet"
    assert (host.etc / "password").read_text() == password + "\n"
    for name in ("password", "tls.key"):
        assert (host.etc / name).stat().st_mode & 0o777 == 0o600, name
    assert (host.etc / "freshet.env").stat().st_mode & 0o777 == 0o640
    assert host.env() == {
        "FRESHET_RATE": "5k",  # what was there stays
        "FRESHET_TARGET": "DemoStream",
        "FRESHET_REGION": "eu-central-1",
        "FRESHET_WEB_HOST": "127.0.0.1",
        "FRESHET_WEB_PORT": "8089",
        "FRESHET_WEB_PASSWORD_FILE": f"{host.etc}/password",
        "FRESHET_TLS_CERT": f"{host.etc}/tls.crt",
        "FRESHET_TLS_KEY": f"{host.etc}/tls.key",
    }
    started = host.calls.index(["systemctl", "restart", "freshet.target"])
    assert started > host.calls.index(host.named("aws", "secretsmanager", "put-secret-value")[0])
    assert host.named("systemctl", "enable", "freshet.target")
    signal = host.calls[-1]
    assert signal[1:3] == ["cloudformation", "signal-resource"] and signal[-1] == "SUCCESS"
    assert signal[signal.index("--unique-id") + 1] == "i-0123456789abcdef0" and "Primary" in signal
    # Neither the log nor any list of processes shows the password, and no copy of it is left behind.
    assert password not in host.output and password not in (host.fake / "calls").read_text()
    holders = [path for path in host.folder.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert sorted(holders) == sorted([host.etc / "password", host.secrets / "secret-Password"])


def openssl(*args):
    return subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, text=True, timeout=30).stdout


def test_the_certificate_is_the_one_that_the_login_tells_of(host):
    assert host.boot("synth", "primary") == 0, host.output
    shown = openssl("x509", "-in", host.etc / "tls.crt", "-noout", "-fingerprint", "-sha256", "-ext", "subjectAltName")
    assert host.login["certificate_sha256"] in shown and len(host.login["certificate_sha256"]) == 95
    for name in ("DNS:localhost", "IP Address:127.0.0.1", "DNS:ec2-203-0-113-9.compute.example", "IP Address:203.0.113.9"):
        assert name in shown, shown
    assert openssl("pkey", "-in", host.etc / "tls.key", "-pubout") == openssl("x509", "-in", host.etc / "tls.crt", "-noout", "-pubkey")


def test_booting_again_changes_nothing(host):
    assert host.boot("fleet", "primary") == 0, host.output
    before = {path: path.read_bytes() for path in [*host.etc.iterdir(), *host.secrets.iterdir()]}
    assert host.boot("fleet", "primary") == 0, host.output
    assert {path: path.read_bytes() for path in [*host.etc.iterdir(), *host.secrets.iterdir()]} == before
    assert not host.named("aws", "secretsmanager", "put-secret-value")


def test_a_host_that_takes_its_place_keeps_the_password(host, tmp_path):
    assert host.boot("synth", "primary") == 0, host.output
    first = host.login
    second = Host(tmp_path / "second", secrets=host.secrets)
    assert second.boot("synth", "primary") == 0, second.output
    assert second.login["password"] == first["password"] == (second.etc / "password").read_text().strip()
    assert second.login["certificate_sha256"] != first["certificate_sha256"]


def test_a_password_that_cannot_be_read_is_not_replaced(host):
    (host.secrets / "secret-Password").write_text('{"user":"freshet","password":"aa"}')
    host.breaks("secretsmanager get-secret-value:An error occurred (AccessDeniedException)")
    assert host.boot("synth", "primary") == 1
    assert "AccessDeniedException" in host.output and host.calls[-1][-1] == "FAILURE"
    assert host.login["password"] == "aa" and not host.named("aws", "secretsmanager", "put-secret-value")


def test_a_fleet_joins_with_the_bundle_of_the_primary(host, tmp_path):
    assert host.boot("fleet", "primary") == 0, host.output
    env = host.env()
    assert (env["FRESHET_BIND_HOST"], env["FRESHET_BIND_PORT"], env["FRESHET_WEB_HOST"]) == ("0.0.0.0", "5557", "*")
    bundle = (host.secrets / "secret-JoinBundle").read_text()
    assert bundle == (host.state / "keys/bundles/fleet.bundle").read_text()
    assert "secret-key" not in host.output + (host.fake / "calls").read_text()
    second = Host(tmp_path / "second", secrets=host.secrets)
    assert second.boot("fleet", "secondary") == 0, second.output
    joined = second.etc / "join.bundle"
    assert joined.read_text().rstrip("\n") == bundle.rstrip("\n") and joined.stat().st_mode & 0o777 == 0o600
    assert second.env() == {
        "FRESHET_RATE": "5k",
        "FRESHET_PRIMARY_HOST": "10.0.0.9",
        "FRESHET_PRIMARY_PORT": "5557",
        "FRESHET_JOIN": str(joined),
    }
    assert second.named("systemctl", "restart") == [["systemctl", "restart", "freshet-secondaries.target"]]
    assert not second.named("aws", "cloudformation") and not (second.etc / "password").exists()


def test_a_secondary_without_a_bundle_gives_up(host):
    assert host.boot("fleet", "secondary") == 1
    assert "made no bundle" in host.output and not host.named("systemctl", "restart")


def test_a_given_package_is_installed_as_it_is(host):
    assert host.boot("deb", "primary") == 0, host.output
    assert host.named("apt-get", "install")[-1][-1].endswith("/program.deb")
    assert not host.named("cmake") and not (host.fake / "quickstart").exists()


def test_what_the_primary_is_told_it_understands(host):
    program = Path(os.environ.get("FRESHET_BIN") or ROOT / "build" / "dev" / "bin") / "freshet"
    if not program.exists():
        pytest.skip("freshet is not built (FRESHET_BIN chooses a folder)")
    assert host.boot("synth", "primary") == 0, host.output
    env = {"PATH": "/usr/bin:/bin", "HOME": str(host.folder)} | host.env() | {"FRESHET_WEB_PORT": "0"}
    command = [program, "--processes", "0", "--bind-port", "0", "--state-dir", host.folder / "kept"]
    (host.folder / "kept").mkdir(mode=0o700)
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            found = re.search(r"dashboard at (https://\S+)/", line)
            if found:
                break
        else:
            pytest.fail("no dashboard")
        for path, login, status in (("healthz", "", "200"), ("api/v1/run", "", "401"), ("api/v1/run", f"freshet:{host.login['password']}", "200")):
            asked = ["/usr/bin/curl", "-sS", "-m", "20", "--cacert", host.etc / "tls.crt", "-o", "/dev/null", "-w", "%{http_code}"]
            asked += ["-u", login] if login else []
            done = subprocess.run([*asked, f"{found.group(1)}/{path}"], capture_output=True, text=True, timeout=30)
            assert done.stdout == status, (path, done)
    finally:
        process.terminate()
        process.communicate(timeout=30)
