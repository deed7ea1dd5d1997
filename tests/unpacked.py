"""Programs of Debian packages that are never installed, since installing them would start a service."""

import fcntl
import shutil
import subprocess
from pathlib import Path

PEERS = Path(__file__).resolve().parents[1] / "build" / "peers"


def unpacked(package, program):
    """The program of this machine, or that of the package, fetched and unpacked below build/peers. None: not to be had."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is not None:
        return found
    folder = PEERS / package
    folder.mkdir(parents=True, exist_ok=True)
    places = [folder / place / program for place in ("usr/bin", "usr/sbin")]
    with open(folder / ".lock", "w") as lock:  # stories of several files run at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(place.exists() for place in places):
            fetch(package, folder)
    return next((str(place) for place in places if place.exists()), None)


def fetch(package, folder):
    try:
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True, capture_output=True, timeout=120)
        for file in folder.glob(f"{package}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", file, folder], check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return
