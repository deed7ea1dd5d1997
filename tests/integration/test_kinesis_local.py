"""Against a Kinesis that others wrote: kinesis-local (kinesis-mock).

It binds every address of the machine, so each story runs in a network of its own, with nothing but a loopback.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STORIES = Path(__file__).resolve().parent / "kinesis_local_stories.py"


def own_network():
    """The command that runs another in a new network, or None where the system lets nobody have one."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    try:
        done = subprocess.run([*unshare, "ip", "link", "set", "lo", "up"], capture_output=True, timeout=10)
    except OSError:
        return None
    return unshare if done.returncode == 0 else None


@pytest.mark.parametrize(
    "story",
    [
        "test_every_delivered_reading_is_there_once",
        "test_users_send_whole_batches_of_their_sensors",
        "test_a_certificate_nobody_vouches_for_is_refused",
    ],
)
def test_in_a_network_of_its_own(story, tmp_path):
    network = own_network()
    if network is None:
        pytest.skip("no network namespaces here (unshare -n), and kinesis-local binds every address")
    peers = os.environ.get("FRESHET_PEERS", "")
    if shutil.which("node") is None or not (Path(peers) / "node_modules/kinesis-local/main.js").exists():
        pytest.skip("kinesis-local is not installed (tests/run.sh does it, with node and npm)")
    pytest_run = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", f"{STORIES}::{story}"]
    done = subprocess.run(
        [*network, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *pytest_run, f"--basetemp={tmp_path / 'inner'}"],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
