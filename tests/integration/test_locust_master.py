"""A stock Locust master drives one freshet-secondary: join, ramp, run, stop, run again, quit."""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

import helpers

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


def until(what, truth, seconds=20):
    return helpers.wait_until(truth, seconds, what)


class Master:
    def __init__(self, locust, environment, folder):
        self.port, web = helpers.free_port(), helpers.free_port()
        self.url = f"http://127.0.0.1:{web}"
        file = folder / "locustfile.py"
        file.write_text(LOCUSTFILE)
        self.log = open(folder / "master.log", "w")
        self.process = subprocess.Popen(
            [locust, "--master", "-f", file, "--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.port),
             "--web-host", "127.0.0.1", "--web-port", str(web),
             "--stop-timeout", "5"],  # else a stop gives up what is in flight
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
def master(locust, environment, tmp_path):
    server = Master(locust, environment(), tmp_path)
    yield server
    server.close()


@pytest.fixture
def secondary(master, environment, tmp_path):
    program = helpers.Program(
        "freshet-secondary", ["--plaintext", "--primary-host", "127.0.0.1", "--primary-port", str(master.port)],
        environment(), tmp_path)
    yield program
    program.end()
    program.check_sanitizers()


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
    time.sleep(3.5)  # the last report of a stopped worker comes within its interval
    first = master.row()["num_requests"]
    time.sleep(3.5)  # a whole report interval
    assert master.row()["num_requests"] == first

    master.swarm(3, 3)
    until("three users", lambda: master.stats()["user_count"] == 3)
    until("new requests", lambda: (master.row() or {}).get("num_requests", 0) > 10)
    assert master.get("/exceptions")["exceptions"] == []

    master.process.send_signal(signal.SIGTERM)
    assert secondary.wait_exit(20) == 0
    master.process.wait(20)


def test_a_target_that_cannot_be_used_is_an_exception(master, secondary):
    until("one worker", lambda: master.stats()["worker_count"] == 1)
    master.swarm(1, 1, host="Demo!Stream")
    found = until("the exception", lambda: master.get("/exceptions")["exceptions"])
    assert "is no target" in found[0]["msg"]
    assert secondary.running()  # it stays
    secondary.signal(signal.SIGTERM)
    assert secondary.wait_exit(20) == 143


def test_the_streams_refusals_are_locusts_failures(master, environment, kinesis, tmp_path):
    """Every third record is refused and nothing is sent again: counts and words arrive in Locust's failures."""
    stream = kinesis("--stream", "DemoStream:2", "--refuse-rate", "0.3")
    program = helpers.Program(
        "freshet-secondary",
        ["--plaintext", "--primary-host", "127.0.0.1", "--primary-port", str(master.port), "--endpoint-url", stream.url,
         "--max-retries", "0"],
        environment(), tmp_path)
    try:
        until("one worker", lambda: master.stats()["worker_count"] == 1)
        master.swarm(5, 5, host="DemoStream")
        until("failures", lambda: (master.row() or {}).get("num_failures", 0) > 20)
        assert master.stop()
        until("stopped", lambda: master.stats()["state"] == "stopped")
        until("the last report", lambda: master.row()["num_requests"] == stream.stats()["requests"])
        stats, row = master.stats(), master.row()
        assert (row["method"], row["name"]) == ("PutRecords", "DemoStream")
        # Of 20 records at least one is refused in all requests but one in 0.7^-20 = 1,253.
        assert row["num_failures"] >= 0.95 * row["num_requests"]
        assert row["num_requests"] == stream.stats()["requests"]
        assert 0 < row["median_response_time"] <= row["response_time_percentile_0.99"] <= row["max_response_time"] + 1
        assert sum(error["occurrences"] for error in stats["errors"]) == stream.stats()["refused"]
        assert all("InternalFailure" in error["error"] for error in stats["errors"])
    finally:
        program.end()
        program.check_sanitizers()
