"""A stock Locust master drives one freshet-secondary: join, ramp, run, stop, run again, quit."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("FRESHET_BIN", ROOT / "build" / "dev" / "bin"))
LOCUST = os.environ.get("FRESHET_LOCUST") or shutil.which("locust")

LOCUSTFILE = """
from locust import User, constant, events, task

class Sensors(User):
    wait_time = constant(1)
    @task
    def nothing(self):
        pass

@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--batch-size", type=int, default=20)
    parser.add_argument("--wait-time", default="0.1s")
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, truth, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = truth()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class Master:
    def __init__(self, folder):
        self.port, web = free_port(), free_port()
        self.url = f"http://127.0.0.1:{web}"
        file = folder / "locustfile.py"
        file.write_text(LOCUSTFILE)
        self.log = open(folder / "master.log", "w")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LOCUST_", "FRESHET_"))}
        self.process = subprocess.Popen(
            [LOCUST, "--master", "-f", file, "--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.port),
             "--web-host", "127.0.0.1", "--web-port", str(web)],
            stdout=self.log, stderr=self.log, env=environment, cwd=folder)
        until("web API", self.alive, 30)

    def alive(self):
        try:
            return self.get("/stats/requests")
        except OSError:
            return None

    def get(self, path, form=None):
        data = urllib.parse.urlencode(form).encode() if form else None
        with urllib.request.urlopen(self.url + path, data, timeout=30) as answer:
            return json.load(answer)

    def stats(self):
        return self.get("/stats/requests")

    def swarm(self, users, rate, host="null://"):
        answer = self.get("/swarm", {"user_count": users, "spawn_rate": rate, "host": host})
        assert answer["success"], answer

    def stop(self):
        try:
            return self.get("/stop")["success"]
        except urllib.error.HTTPError as refusal:  # newer releases take POST only
            assert refusal.code == 405
            return self.get("/stop", {"now": "1"})["success"]

    def row(self):
        rows = [row for row in self.stats()["stats"] if row["name"] != "Aggregated"]
        return rows[0] if rows else None

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.log.close()


@pytest.fixture
def master(tmp_path):
    if LOCUST is None:
        pytest.skip("no locust: set FRESHET_LOCUST")
    server = Master(tmp_path)
    yield server
    server.close()


@pytest.fixture
def secondary(master, tmp_path):
    log = open(tmp_path / "secondary.log", "w")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LOCUST_", "FRESHET_"))}
    process = subprocess.Popen(
        [BIN / "freshet-secondary", "--plaintext", "--primary-host", "127.0.0.1", "--primary-port", str(master.port)],
        stdout=log, stderr=log, env=environment)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()
    log.close()
    assert "ERROR: AddressSanitizer" not in (tmp_path / "secondary.log").read_text()


def test_runs_stops_runs_again_and_quits(master, secondary):
    until("one worker", lambda: master.stats()["worker_count"] == 1)
    assert master.stats()["workers"][0]["state"] == "ready"

    master.swarm(8, 4)  # a ramp of two seconds
    until("eight users", lambda: master.stats()["user_count"] == 8)
    until("the ramp's end", lambda: master.stats()["state"] == "running")
    row = until("requests", lambda: (master.row() or {}).get("num_requests", 0) > 50 and master.row())
    assert row["name"] == "null"
    assert row["num_failures"] == 0
    # Twenty readings of 110 to 125 bytes, and their keys of 38 or 39 bytes, are one request.
    assert 20 * (110 + 38) <= row["avg_content_length"] <= 20 * (125 + 39)
    assert row["response_time_percentile_0.99"] < 10000
    # Eight users with a batch every 0.1 s at most.
    assert row["total_rps"] <= 8 * 10 * 1.2
    assert master.stats()["workers"][0]["user_count"] == 8

    assert master.stop()
    until("stopped", lambda: master.stats()["state"] == "stopped")
    until("joined again", lambda: master.stats()["worker_count"] == 1)
    assert master.stats()["user_count"] == 0
    first = master.row()["num_requests"]
    time.sleep(3.5)  # a whole report interval
    assert master.row()["num_requests"] == first

    master.swarm(3, 3)
    until("three users", lambda: master.stats()["user_count"] == 3)
    until("new requests", lambda: (master.row() or {}).get("num_requests", 0) > 10)
    assert master.get("/exceptions")["exceptions"] == []

    master.process.send_signal(signal.SIGTERM)
    assert secondary.wait(20) == 0
    master.process.wait(20)


def test_a_target_that_cannot_be_used_is_an_exception(master, secondary):
    until("one worker", lambda: master.stats()["worker_count"] == 1)
    master.swarm(1, 1, host="kafka://127.0.0.1:1/topic")
    found = until("the exception", lambda: master.get("/exceptions")["exceptions"])
    assert "Kafka" in found[0]["msg"]
    assert secondary.poll() is None  # it stays
    secondary.send_signal(signal.SIGTERM)
    assert secondary.wait(20) == 143
