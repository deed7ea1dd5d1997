"""A fleet of all kinds under a freshet primary: its own secondary, a stock Python Locust worker, and Boomer.

What every peer counted by itself is held against what freshet shows of it.
"""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from test_dashboard_http import Dashboard

import helpers
from helpers import wait_until

BOOMER = Path(os.environ.get("FRESHET_BOOMER") or helpers.ROOT / "build" / "boomer" / "worker")
LONG = "/sensors?query=" + "é" * 400  # 815 bytes: a request is often named by its URL
CLASS = "Sensors" + "OfTheNorthernValley" * 8  # 159 bytes

LOCUSTFILE = f"""
import os
from locust import User, constant, events, task

class {CLASS}(User):
    wait_time = constant(0.05)
    number = 0

    @task
    def one(self):
        cls = type(self)
        cls.number += 1
        failed = cls.number % 5 == 0
        with open(os.environ["NOTES"], "a") as notes:
            notes.write("failed\\n" if failed else "ok\\n")
        events.request.fire(request_type="GET", name={LONG!r}, response_time=347 if failed else 12.4, response_length=100,
                            exception=ValueError("no such valley") if failed else None, context={{}})

class Idle(User):
    wait_time = constant(1)

    @task
    def nothing(self):
        pass
"""


class Peer:
    """A stock peer and what it noted of its own requests."""

    def __init__(self, folder, command, **more):
        folder.mkdir(parents=True)
        self.notes, self.log = folder / "notes", folder / "log"
        self.notes.touch()
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NOTES": str(self.notes), "LANG": "C.UTF-8"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(list(map(str, command)), cwd=folder, env=environment | more,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # fmt: skip

    def counted(self):
        """(requests, failures)"""
        lines = self.notes.read_text().split()
        return len(lines), lines.count("failed")

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)


@pytest.fixture
def peers(tmp_path, locust):
    started = []

    def python(port):
        folder = tmp_path / f"python-{len(started)}"
        file = tmp_path / "stock.py"
        file.write_text(LOCUSTFILE)
        peer = Peer(folder, [locust, "--worker", "-f", file, "--master-host", "127.0.0.1", "--master-port", port])
        started.append(peer)
        return peer

    def boomer(port, limit):
        if not BOOMER.exists() and shutil.which("go") is None:
            pytest.skip("no go here to build Boomer with")
        assert BOOMER.exists(), f"{BOOMER} is missing: sh tests/integration/boomer/build.sh"
        folder = tmp_path / f"boomer-{len(started)}"
        peer = Peer(folder, [BOOMER, "--master-host", "127.0.0.1", "--master-port", port], LIMIT=str(limit))
        started.append(peer)
        return peer

    yield python, boomer
    for peer in started:
        peer.end()


@pytest.fixture
def primary(freshet, tmp_path):
    (tmp_path / "state").mkdir(mode=0o700)
    port = helpers.free_port()
    board = Dashboard(freshet, tmp_path / "state", "--processes", 1, "--plaintext", "--bind-port", port,
                      "--stop-timeout", "1s")  # fmt: skip
    board.bind_port = port
    return board


def rows(board):
    return {row["name"]: row for row in board.get("/stats/requests").json["stats"]}


def stock_row(board, method):
    found = [row for row in board.get("/stats/requests").json["stats"] if row["method"] == method]
    return found[0] if found else {"num_requests": 0, "num_failures": 0}


def shown(board, method):
    row = stock_row(board, method)
    return row["num_requests"], row["num_failures"]


def users(board):
    return sorted(worker["user_count"] for worker in board.get("/stats/requests").json["workers"])


def test_a_mixed_fleet_starts_is_edited_and_stops(primary, peers):
    python, boomer = (start(primary.bind_port, *more) for start, more in zip(peers, ([], [200]), strict=True))
    wait_until(lambda: primary.get("/worker-count").json["worker_count"] == 3, 60, "all three")  # Python takes its time

    primary.start(target="null://", users="9", **{"spawn-rate": "9", "wait-time": "0.1s", "batch-size": "20"})
    wait_until(lambda: users(primary) == [3, 3, 3], 30, "three users each")
    secondaries = primary.state()["secondaries"]
    versions = {row["id"]: row["version"] for row in secondaries}
    assert sum(version is None for version in versions.values()) == 1  # Boomer names none
    assert sum(str(version).startswith("freshet/") for version in versions.values()) == 1

    wait_until(lambda: boomer.counted() == (200, 50), 30, "all of Boomer's requests")
    wait_until(lambda: shown(primary, "go") == (200, 50), 10, "all of Boomer's requests in the dashboard")
    row = stock_row(primary, "go")
    # Boomer rounds 347 ms to 350, and a quarter took so long.
    assert (row["name"], row["min_response_time"], row["max_response_time"]) == ("note", 12, 347)
    assert (row["median_response_time"], row["response_time_percentile_0.95"]) == (12, 350)
    assert row["avg_response_time"] == pytest.approx((150 * 12 + 50 * 347) / 200)

    edited = primary.ask("/api/v1/run", "PATCH", body={"users": "6"})
    assert edited.status == 200, edited.body
    wait_until(lambda: users(primary) == [2, 2, 2], 30, "two users each")
    assert primary.ask("/api/v1/run", "PATCH", body={"users": "13"}).status == 200
    wait_until(lambda: users(primary) == [4, 4, 5], 30, "thirteen users")
    wait_until(lambda: python.counted()[0] > 50, 30, "some of Python's requests")
    wait_until(lambda: stock_row(primary, "GET").get("current_rps", 0) > 0, 30, "a rate of Python's requests")

    assert primary.ask("/stop", "POST").status == 200
    over = primary.until("stopped", 30)
    assert python.counted() == shown(primary, "GET")  # at once: the stop waits for its last report
    assert boomer.counted() == shown(primary, "go") == (200, 50)
    row = stock_row(primary, "GET")
    # Cut at 511 bytes, whole characters only, with an ellipsis: 15 + 246 * 2 + 3.
    assert row["name"] == LONG[: 15 + 246] + "…"
    assert (row["median_response_time"], row["response_time_percentile_0.95"]) == (12, 350)
    assert row["avg_content_length"] == 100
    errors = {error["error"]: error for error in primary.get("/stats/requests").json["errors"]}
    assert errors["refused by the story"]["occurrences"] == 50
    told = [error for text, error in errors.items() if "no such valley" in text]
    assert [error["occurrences"] for error in told] == [python.counted()[1]]

    events = over["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"]
    assert (events["failed"], events["unknown"]) == (0, 0) and events["delivered"] > 0
    assert rows(primary)["null"]["num_requests"] * 20 == events["delivered"]
    assert users(primary) == [0, 0, 0]

    before = python.counted()[0]
    primary.start(target="null://", users="3", **{"spawn-rate": "3", "wait-time": "0.1s", "batch-size": "20"})
    wait_until(lambda: users(primary) == [1, 1, 1], 40, "one user each")
    wait_until(lambda: python.counted()[0] > before, 30, "new requests")
    assert primary.ask("/stop", "POST").status == 200
    primary.until("stopped", 30)
    assert shown(primary, "GET")[0] == python.counted()[0] - before  # a new run, a new count
    python.process.send_signal(signal.SIGTERM)
    assert python.process.wait(30) == 0, python.log.read_text()
    wait_until(lambda: len(users(primary)) == 2, 20, "the worker's leave")
    assert primary.end().code == 0
    assert "bad message" not in primary.run.err


def test_headless_run_with_stock_workers_only(freshet, peers, tmp_path):
    port = helpers.free_port()
    run = freshet.start("--headless", "--plaintext", "--processes", 0, "--bind-port", port, "--expect-secondaries", 2,
                        "-u", 4, "-r", 4, "-t", "5s", "--stop-timeout", "1s", "--csv", tmp_path / "out", "null://")  # fmt: skip
    workers = [peers[0](port), peers[0](port)]
    run.wait(60)
    requests, failures = (sum(counts) for counts in zip(*(peer.counted() for peer in workers), strict=True))
    assert requests > 20 and failures > 0
    assert run.code == 1, run.tail()  # failed requests are failures
    assert f"{requests} requests, {failures} failed" in run.out
    report = json.loads(run.json_path.read_text())
    assert report["events"]["generated"] == 0
    told = [(row["method"], row["requests"], row["failures"], row["p50_ms"], row["p99_ms"]) for row in report["stock"]]
    assert told == [("GET", requests, failures, 12, 350)]
    for peer in workers:  # told to leave, they did
        assert peer.process.wait(30) is not None
