"""In a clean Debian 12: the package is installed, upgraded, purged; quickstart builds. Made with debootstrap."""

import os
import re
import shutil
import subprocess

from conftest import ROOT, run, said
from roots import inside, install, newer


def test_lintian_finds_no_error(package):
    done = run("lintian", "--fail-on", "error", "--allow-root", package)
    assert (done.returncode, [line for line in done.stdout.splitlines() if line.startswith("E:")]) == (0, []), done.stdout


def files(root):
    """Every path but what apt, dpkg and a boot keep for themselves."""
    listed = inside(root, "find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /run -o -path /var/cache "
                          "-o -path /var/lib/apt -o -path /var/log \\) -prune -o -print")  # fmt: skip
    return {path for path in listed.splitlines() if not path.endswith("-old")}


def accounts(root):
    return [(root / path).read_text() for path in ("etc/passwd", "etc/group")]


def facts(root, path):
    return inside(root, f"stat -c '%a %U:%G' {path}").strip()


def test_the_package_is_installed_and_its_programs_run(copied_root, package):
    root = copied_root
    install(root, package)
    for name in ("freshet", "freshet-secondary", "freshet-kinesis", "freshet-kafka"):
        assert name in inside(root, f"{name} --help")
    assert re.match(r"freshet \d", inside(root, "freshet --version"))
    assert facts(root, "/etc/freshet/freshet.env") == "640 root:freshet"
    assert facts(root, "/etc/freshet") == "750 root:freshet"
    assert facts(root, "/etc/freshet/runs") == "750 root:freshet"
    assert facts(root, "/var/lib/freshet") == "700 freshet:freshet"
    told = inside(root, "mkdir -p /tmp/state && freshet --headless --only-summary --processes 1 --rate 10k --run-time 1s null://", timeout=60)
    assert "verdict" in told


def test_an_upgrade_keeps_the_configuration(copied_root, package, tmp_path):
    root = copied_root
    before = (root / "etc/freshet/freshet.env").read_text()
    (root / "etc/freshet/freshet.env").write_text("FRESHET_WEB_PASSWORD=mine-and-kept\n")
    (root / "etc/freshet/runs/nightly.env").write_text("FRESHET_RATE=1k\n")
    (root / "var/lib/freshet/history.db").write_text("runs")
    shutil.copy(newer(package, tmp_path), root / "tmp")
    inside(root, "dpkg --force-confdef --force-confold -i /tmp/freshet_newer.deb")
    assert inside(root, "dpkg-query -W -f '${Version}' freshet").endswith("+newer")
    assert (root / "etc/freshet/freshet.env").read_text() == "FRESHET_WEB_PASSWORD=mine-and-kept\n"
    assert facts(root, "/etc/freshet/freshet.env") == "640 root:freshet"
    assert (root / "etc/freshet/freshet.env.dpkg-dist").read_text() == before + "# of the newer version\n"
    assert "0 " not in facts(root, "/etc/freshet/freshet.env.dpkg-dist").split(" ")[0]
    assert (root / "etc/freshet/runs/nightly.env").exists()
    assert (root / "var/lib/freshet/history.db").exists()


def test_removal_keeps_what_is_the_users_and_a_purge_nothing(copied_root, package):
    root = copied_root
    inside(root, "dpkg --remove freshet")
    assert not (root / "usr/bin/freshet").exists()
    assert (root / "etc/freshet/freshet.env").exists()
    assert (root / "var/lib/freshet/history.db").exists()
    inside(root, "dpkg --purge freshet")
    assert [path for path in files(root) if "freshet" in path] == []
    # Once more, now that what it depends on is there: no difference is left at all.
    paths, users = files(root), accounts(root)
    assert not any("freshet" in text for text in users)
    shutil.copy(package, root / "tmp")
    inside(root, f"dpkg -i /tmp/{package.name} && systemctl enable freshet.target freshet-run@nightly.timer")
    assert files(root) > paths
    inside(root, "dpkg --purge freshet")
    assert files(root) == paths
    assert accounts(root) == users


def npm_here(root):
    """What npm of this machine is configured with, for the one in the root: where its registry is."""
    told = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, timeout=60, check=True)
    given = {name: value for name, value in os.environ.items() if name.lower().startswith("npm_config_") and "/" not in name}
    authorities = os.environ.get("NODE_EXTRA_CA_CERTS")
    if authorities:
        shutil.copy(authorities, root / "tmp/authorities.pem")
        given["NODE_EXTRA_CA_CERTS"] = "/tmp/authorities.pem"
    return {**given, "npm_config_registry": told.stdout.strip(), "npm_config_cache": "/tmp/npm"}


def test_quickstart_installs_and_builds_there(copied_root):
    root = copied_root
    tree = root / "src/freshet"
    tree.mkdir(parents=True)
    listed = said("git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    told = inside(root, "cd /src/freshet && sh deploy/quickstart.sh --build-only", timeout=1800, more=npm_here(root))
    assert "freshet-secondary" in told.splitlines()[-1]
    told = inside(root, "cd /src/freshet && build/release/bin/freshet --headless --only-summary --processes 1 --rate 10k -t 1s null://", timeout=60)
    assert "verdict" in told
    inside(root, "cd /src/freshet && cmake --build --preset release --target package", timeout=600, more=npm_here(root))
    inside(root, "apt-get install -q -y --no-install-recommends /src/freshet/build/release/freshet_*.deb && freshet --version")
