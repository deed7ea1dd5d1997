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
    def __init__(self, locust, environment, folder, file=None):
        self.port, web = helpers.free_port(), helpers.free_port()
        self.url = f"http://127.0.0.1:{web}"
        if file is None:
            file = folder / "locustfile.py"
            file.write_text(LOCUSTFILE)
        self.log = open(folder / "master.log", "w")
        self.process = subprocess.Popen(
            [locust, "--master", "-f", file, "--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.port),
             "--web-host", "127.0.0.1", "--web-port", str(web),
             "--stop-timeout", "5"],  # else a stop gives up what is in flight
            stdout=self.log, stderr=self.log, env=environment, cwd=folder)
        until("web API", self.alive, 60)

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

    def swarm(self, users, rate, host="null://", **more):
        answer = self.get("/swarm", {"user_count": users, "spawn_rate": rate, "host": host} | more)
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


# ---- a mixed fleet, with the locustfile that is shipped for it ----

PYTHON_WORKER = """
import os
from locust import User, constant, events, task

class SensorUser(User):
    wait_time = constant(0.05)

    @task
    def send_batch(self):
        with open(os.environ["NOTES"], "a") as notes:
            notes.write("ok ")
        events.request.fire(request_type="python", name="note", response_time=12, response_length=100, exception=None,
                            context={})
"""

FORM = dict.fromkeys(("seed", "region", "max_connections", "max_retries", "request_timeout", "kafka_property"), "")


@pytest.fixture
def fleet(locust, environment, kinesis, tmp_path):
    """Master, stream, and three workers: two of ours and one of Python's."""
    stream = kinesis("--stream", "DemoStream:2")
    master = Master(locust, environment(), tmp_path, helpers.ROOT / "deploy/locust/locustfile.py")
    arguments = ["--plaintext", "--primary-host", "127.0.0.1", "--primary-port", str(master.port), "--batch-size", "7"]
    ours = [helpers.Program("freshet-secondary", arguments, environment(), tmp_path / f"ours-{i}") for i in range(2)]
    master.notes, file = tmp_path / "notes", tmp_path / "worker.py"
    master.notes.touch()
    file.write_text(PYTHON_WORKER)
    with (tmp_path / "python.log").open("wb") as log:
        python = subprocess.Popen([locust, "--worker", "-f", file, "--master-host", "127.0.0.1", "--master-port",
                                   str(master.port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=tmp_path,
                                  env=environment(NOTES=master.notes))  # fmt: skip
    yield master, stream, ours
    for program in ours:
        program.end()
        program.check_sanitizers()
    if python.poll() is None:
        python.kill()
    python.wait(10)
    master.close()


def rows(master):
    return {row["name"]: row for row in master.stats()["stats"]}


def batches(stream, size):
    """Is every request between two looks a batch of this size?"""
    before = stream.stats()
    time.sleep(0.3)
    now = stream.stats()
    requests = now["requests"] - before["requests"]
    return requests > 0 and now["records"] - before["records"] == size * requests


def stop(master):
    assert master.stop()
    until("stopped", lambda: master.stats()["state"] == "stopped")
    assert master.stats()["user_count"] == 0


def test_a_mixed_fleet_obeys_the_fields_of_locusts_form(fleet):
    master, stream, ours = fleet
    until("three workers", lambda: master.stats()["worker_count"] == 3, 60)
    with urllib.request.urlopen(master.url + "/", timeout=30) as page:
        form = page.read().decode()
    assert all(f"&#34;{name}&#34;" in form or f'"{name}"' in form for name in (*FORM, "batch_size", "wait_time", "endpoint_url"))

    more = FORM | {"batch_size": "20", "wait_time": "0.1s", "endpoint_url": stream.url}
    master.swarm(6, 6, "DemoStream", **more)
    until("two users each", lambda: [worker["user_count"] for worker in master.stats()["workers"]] == [2, 2, 2], 40)
    until("batches of 20", lambda: batches(stream, 20))
    master.swarm(9, 9, "DemoStream", **more | {"batch_size": "50"})
    until("three users each", lambda: [worker["user_count"] for worker in master.stats()["workers"]] == [3, 3, 3], 40)
    until("batches of 50", lambda: batches(stream, 50))
    stop(master)
    assert master.get("/exceptions")["exceptions"] == []

    def agreed():
        shown, noted = rows(master), master.notes.read_text().count("ok")
        return shown["DemoStream"]["num_requests"] == stream.stats()["requests"] and shown["note"]["num_requests"] == noted

    until("the counts of all three", agreed)
    row = rows(master)["DemoStream"]
    assert (row["method"], row["num_failures"]) == ("PutRecords", 0) and row["num_requests"] > 0
    first = stream.stats()

    until("three workers again", lambda: master.stats()["worker_count"] == 3, 40)
    master.swarm(3, 3, "DemoStream", **more | {"batch_size": ""})  # as the secondaries themselves have it
    until("one user each", lambda: [worker["user_count"] for worker in master.stats()["workers"]] == [1, 1, 1], 40)
    until("batches of 7", lambda: batches(stream, 7))
    stop(master)
    until("the counts of the second run", lambda: rows(master)["DemoStream"]["num_requests"] ==
          stream.stats()["requests"] - first["requests"])  # fmt: skip

    master.process.send_signal(signal.SIGTERM)
    assert [program.wait_exit(20) for program in ours] == [0, 0]


def test_a_secondarys_own_scenario_makes_the_events_until_it_fails(master, environment, tmp_path):
    scenario = tmp_path / "own.lua"
    scenario.write_text("""
        local made = 0
        return { reading = function()
            made = made + 1
            if made > 1000 then error("out of ideas") end
            return ("x"):rep(50)
        end }""")
    program = helpers.Program(
        "freshet-secondary",
        ["--plaintext", "--primary-host", "127.0.0.1", "--primary-port", str(master.port), "--scenario", scenario],
        environment(), tmp_path)
    try:
        until("one worker", lambda: master.stats()["worker_count"] == 1)
        master.swarm(2, 2)
        told = until("the failure", lambda: master.get("/exceptions")["exceptions"])
        assert "out of ideas" in told[0]["msg"] and "own.lua" in told[0]["msg"], told
        row = until("the last request", lambda: (master.row() or {}).get("num_requests", 0) == 50 and master.row())
        assert 20 * (50 + 38) <= row["avg_content_length"] <= 20 * (50 + 39)
        assert master.stats()["worker_count"] == 1 and program.running()  # it stays, for another run
        assert master.stop()
        master.process.send_signal(signal.SIGTERM)
        assert program.wait_exit(20) == 0
        assert program.err.count("the load stops: ") == 1
    finally:
        program.end()
    program.check_sanitizers()
