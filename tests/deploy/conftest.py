"""What the stories of tests/deploy share: the release that was built, its package, clean roots.

FRESHET_BUILD is the release's build folder, with its package in it; FRESHET_DEPLOY_SLOW=1 asks for the stories that take
clean roots, too.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import roots

SLOW = os.environ.get("FRESHET_DEPLOY_SLOW") == "1"
collect_ignore = [] if SLOW else ["test_clean_root.py", "test_booted.py"]

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FRESHET_BUILD", ROOT / "build/release")).resolve()


def run(*command, **more):
    more.setdefault("timeout", 300)
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)


def said(*command, **more):
    done = run(*command, **more)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def build():
    return BUILD


@pytest.fixture(scope="session")
def package():
    found = sorted(BUILD.glob("freshet_*.deb"))
    assert len(found) == 1, f"one package in {BUILD}: cmake --build --preset release --target package"
    return found[0]


@pytest.fixture(scope="session")
def staged(tmp_path_factory):
    """The tree that cmake --install leaves."""
    folder = tmp_path_factory.mktemp("staged")
    said("cmake", "--install", BUILD, env={**os.environ, "DESTDIR": str(folder)})
    return folder


@pytest.fixture(scope="session")
def clean_root():
    """A Debian 12 as debootstrap leaves it, to be copied; kept between calls of the tests."""
    if os.geteuid() != 0:
        pytest.skip("making a root takes root")
    return roots.debian(ROOT / "build/deploy")


@pytest.fixture(scope="module")
def copied_root(clean_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("root") / "root"
    roots.copy(clean_root, folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
