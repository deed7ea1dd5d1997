"""Clean roots made with debootstrap, commands in them, and one booted with systemd-nspawn."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

PACKAGES = "systemd,systemd-sysv,dbus,ca-certificates,adduser"
BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def mirror():
    """Where this machine's own packages come from: (URI, release)."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    for line in told.splitlines():
        uri, release = line.split()[:2]
        if release == "bookworm":
            return uri
    pytest.skip("this machine's packages do not come from a Debian 12 archive")


def debian(folder):
    root = folder / "bookworm"
    mark = folder / ".bookworm-made"
    if not mark.exists():
        shutil.rmtree(root, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root, mirror()],
            capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        mark.touch()
    return root


def copy(root, folder):
    subprocess.run(["cp", "-a", "--reflink=auto", root, folder], check=True, timeout=300)
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    # A machine that was started before: systemd does not enable everything by itself.
    (folder / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")


# With /proc and /dev, for as long as the command runs.
ENTER = 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; exec chroot "$0" "$@"'


def inside(root, command, timeout=600, more=None):
    """Run a shell command in the root, which is not booted; its output. It must succeed."""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", ENTER, root, "sh", "-ec", command], capture_output=True, text=True, timeout=timeout,
        stdin=subprocess.DEVNULL, env={**BARE, **(more or {})},
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\nexit code {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def install(root, package):
    shutil.copy(package, root / "tmp")
    inside(root, f"apt-get update -q && apt-get install -q -y --no-install-recommends /tmp/{package.name}")


def newer(package, folder):
    """The package again, of a later version and with another freshet.env."""
    tree = folder / "newer"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True, timeout=60)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: (.*)$", r"Version: \1+newer", control.read_text(), flags=re.MULTILINE))
    with open(tree / "etc/freshet/freshet.env", "a") as file:
        file.write("# of the newer version\n")
    out = folder / "freshet_newer.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, out], check=True, timeout=120, stdout=subprocess.DEVNULL)
    return out


def wait_for(condition, seconds, why):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, why() if callable(why) else why
        time.sleep(0.2)


class Machine:
    """A root that systemd has booted, without a network but its loopback."""

    def __init__(self, root, log):
        self.root = Path(root)
        self.log = Path(log)
        # Nobody configures a network here, so nobody may wait for one.
        (self.root / "etc/systemd/system/systemd-networkd-wait-online.service").symlink_to("/dev/null")
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", f"--directory={root}", "--register=no", "--keep-unit",
                 "--private-network", "--machine=freshet-test", "--boot"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.init = None
        try:
            self.init = wait_for(self._find_init, 60, self._said)
            wait_for(lambda: self.run("systemctl is-system-running").stdout.strip() in ("running", "degraded"), 180, self._said)
        except AssertionError:
            self.off()
            raise

    def _said(self):
        return "the root does not boot:\n" + self.log.read_text(errors="replace")[-4000:]

    def _find_init(self):
        assert self.process.poll() is None, self._said()
        waiting = [self.process.pid]
        while waiting:
            pid = waiting.pop()
            try:
                children = [
                    int(child)
                    for task in Path(f"/proc/{pid}/task").iterdir()
                    for child in (task / "children").read_text().split()
                ]
            except OSError:
                continue
            for child in children:
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return child
            waiting += children
        return None

    def run(self, command, timeout=240):
        return subprocess.run(
            ["nsenter", "-t", str(self.init), "-a", "sh", "-c", command],
            capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, env=BARE,
        )  # fmt: skip

    def said(self, command, timeout=240):
        done = self.run(command, timeout)
        assert done.returncode == 0, f"{command}\nexit code {done.returncode}\n{done.stdout}\n{done.stderr}\n{self.journal()}"
        return done.stdout.strip()

    def show(self, unit, what):
        return self.said(f"systemctl show -P {what} '{unit}'")

    def journal(self, more=""):
        return self.run(f"journalctl --no-pager -q -o cat {more} | tail -n 300").stdout

    def curl(self, *words):
        """curl of the machine that tests, on the loopback of the booted one."""
        return subprocess.run(
            ["nsenter", "-t", str(self.init), "-n", "curl", "-sS", "--max-time", "20", *words],
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def write(self, path, text, mode=None):
        path = self.root / path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if mode is not None:
            os.chmod(path, mode)

    def off(self):
        if self.init is not None:
            self.run("systemctl poweroff --no-block")
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
