"""freshet under a service manager: it tells when it is ready, that it lives and that it leaves; and a run
that nobody watches."""

import json
import signal
import socket

import pytest

from helpers import wait_until


class Manager:
    """What systemd is to a service: a socket that hears datagrams of VARIABLE=value lines."""

    def __init__(self, path):
        self.path = path
        self.heard = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(str(path))

    def listen(self):
        while True:
            try:
                self.heard += self.socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self.heard

    def hears(self, line, times=1):
        wait_until(lambda: self.listen().count(line) >= times, 30, f"{line} in {self.heard}")


@pytest.fixture
def manager(tmp_path):
    one = Manager(tmp_path / "notify")
    yield one
    one.socket.close()


def test_a_manager_hears_ready_alive_and_leaving(freshet, manager, tmp_path):
    report = tmp_path / "report.json"
    run = freshet.start("--processes", "1", "--autostart", "--web-port", "0", "--state-dir", tmp_path / "state",
                        "--rate", "1k", "--stop-timeout", "7s", "--json", report, "null://",
                        env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": 1000000})  # fmt: skip
    manager.hears("READY=1")
    assert "dashboard at http" in run.out, "ready means that it listens"
    manager.hears("WATCHDOG=1", times=3)
    assert "STOPPING=1" not in manager.heard
    wait_until(lambda: "run starts" in run.err, 20, "the run")
    run.signal(signal.SIGTERM)
    assert run.wait_exit(30) == 143
    manager.hears("STOPPING=1")
    # Twice the stop timeout and 2 s, for the run and for the secondaries to end, and 30 s for reports.
    manager.hears("EXTEND_TIMEOUT_USEC=48000000")
    assert manager.heard.count("STOPPING=1") == manager.heard.count("READY=1") == 1
    assert json.loads(report.read_text())["exit_code"] == 143


def test_an_unattended_run_whose_target_is_refused_ends_too(freshet, tmp_path):
    run = freshet("--processes", "1", "--autostart", "--autoquit", "1s", "--web-port", "0", "--state-dir", tmp_path / "state",
                  "--rate", "1k", "-t", "1s", "--endpoint-url", "http://127.0.0.1:9", "DemoStream")  # fmt: skip
    assert run.code == 6, run.tail()
    assert "target refused" in run.err
