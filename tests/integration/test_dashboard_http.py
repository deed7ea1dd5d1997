"""The dashboard's routes against real processes: who may do what, runs from start to history, numbers that agree."""

import base64
import contextlib
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import zlib

import pytest

import helpers
from helpers import wait_until

sys.path.insert(0, str(helpers.ROOT / "tests"))
from unpacked import unpacked  # noqa: E402

USER, PASSWORD, VIEWER_PASSWORD = "freshet", "correct horse battery 7", "only looking 8"
TOKEN = "metrics-token-9"
LOCUST_ROW = [
    "method", "name", "num_requests", "num_failures", "min_response_time", "max_response_time", "current_rps",
    "current_fail_per_sec", "avg_response_time", "median_response_time", "total_rps", "total_fail_per_sec",
    "avg_content_length", "response_time_percentile_0.95", "response_time_percentile_0.99",
]  # fmt: skip


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


class Dashboard:
    """A primary with its dashboard, and a client of it."""

    def __init__(self, freshet, state, *args, env=None, **more):
        env = {"FRESHET_WEB_PASSWORD": PASSWORD, "FRESHET_WEB_VIEWER_PASSWORD": VIEWER_PASSWORD} | (env or {})
        local = ["--web-port", 0, "--bind-port", 0, "--state-dir", state]
        self.run = freshet.start(*local, *args, env=env, **more)
        self.everything = []  # all that was ever answered
        self.url = wait_until(self._url, 20, "the dashboard's line")

    def _url(self):
        assert self.run.running(), self.run.tail()
        found = re.search(r"dashboard at (http://\S+)/", self.run.out)
        return found and found.group(1)

    def ask(self, path, method="GET", form=None, body=None, user=USER, password=PASSWORD, headers=None):
        headers = dict(headers or {})
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if user:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        if data is None and method != "GET":
            data = b""
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with OPENER.open(request, timeout=30) as got:
                answer = Answer(got.status, got.headers, got.read())
        except urllib.error.HTTPError as got:
            answer = Answer(got.code, got.headers, got.read())
        self.everything.append(str(answer.headers).encode() + answer.body)
        return answer

    def get(self, path):
        answer = self.ask(path)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer

    def state(self):
        return self.get("/api/v1/run").json

    def ready(self, secondaries=1):
        wait_until(lambda: self.get("/worker-count").json["worker_count"] >= secondaries, 20, "the secondaries")
        return self

    def start(self, **options):
        answer = self.ask("/api/v1/run", "POST", body=options)
        assert answer.status == 200, (answer.body, self.run.tail())
        return answer.json["run_id"]

    def until(self, state, timeout=20):
        return wait_until(lambda: (run := self.state())["state"] == state and run, timeout, f"the state {state}")

    def end(self, number=signal.SIGTERM):
        self.run.signal(number)
        return self.run.wait(30)


@pytest.fixture
def dashboard(freshet, tmp_path):
    def start(*args, state="state", **more):
        folder = tmp_path / state
        folder.mkdir(mode=0o700, exist_ok=True)
        return Dashboard(freshet, folder, "--processes", 1, *args, **more)

    return start


# ---- who may do what ----


def test_nothing_without_a_login(dashboard):
    board = dashboard("null://")
    openapi = board.get("/api/v1/openapi.json").json
    for path, methods in openapi["paths"].items():
        where = path.replace("{file}", "run.json").replace("{id}", "0000000000000001")
        for method in methods:
            if method not in ("get", "post", "put", "patch", "delete") or where in ("/login", "/healthz"):
                continue
            if where.startswith("/assets"):
                continue
            answer = board.ask(where, method.upper(), user=None)
            assert answer.status in (401, 405), (method, where, answer.status)
            wrong = board.ask(where, method.upper(), password="wrong") if where == "/swarm" else answer
            assert wrong.status in (401, 405)
    assert board.ask("/healthz", user=None).json == {"ok": True}
    assert board.state()["state"] == "ready"
    assert board.end().code == 0


def test_a_session_needs_its_token_and_a_viewer_only_looks(dashboard):
    board = dashboard("null://").ready()
    refused = board.ask("/login", "POST", form={"user": USER, "password": "no"}, user=None)
    assert refused.status == 401
    login = board.ask("/login", "POST", form={"user": USER, "password": PASSWORD}, user=None)
    assert login.status == 303
    cookie = login.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    session = {"Cookie": cookie.split(";")[0]}
    token = board.ask("/api/v1/session", user=None, headers=session).json["csrf_token"]
    body = {"target": "null://", "rate": "100"}
    assert board.ask("/api/v1/run", "POST", body=body, user=None, headers=session).status == 403
    wrong = board.ask("/api/v1/run", "POST", body=body, user=None, headers=session | {"X-CSRF-Token": "x"})
    assert wrong.status == 403 and board.state()["state"] == "ready"
    good = session | {"X-CSRF-Token": token}
    assert board.ask("/stop", user=None, headers=good).status == 405  # GET changes nothing for a browser
    assert board.ask("/api/v1/run", "POST", body=body, user=None, headers=good).status == 200
    viewer = {"user": "viewer", "password": VIEWER_PASSWORD}
    assert board.ask("/api/v1/run", **viewer).json["state"] in ("spawning", "running")
    for path, method in (("/api/v1/run/stop", "POST"), ("/stop", "POST"), ("/api/v1/run", "PATCH"), ("/swarm", "POST")):
        assert board.ask(path, method, form={}, **viewer).status == 403, path
    assert board.state()["state"] in ("spawning", "running")
    assert board.ask("/api/v1/run/stop", "POST", user=None, headers=good).status == 200
    board.until("stopped")
    assert board.end().code == 0


# ---- runs ----


def test_locusts_way(dashboard, kinesis):
    """curl's commands of the README: swarm, look, stop; Locust's JSON field for field."""
    server = kinesis("--stream", "DemoStream:4")
    board = dashboard("DemoStream", endpoint=server).ready()
    denied = board.ask("/swarm", "POST", form={"user_count": 10, "spawn_rate": 5, "host": "DemoStream"}, user=None)
    assert denied.status == 401 and board.state()["state"] == "ready"
    answer = board.ask("/swarm", "POST", form={"user_count": 10, "spawn_rate": 5, "host": "DemoStream"})
    assert answer.json == {"success": True, "message": "Swarming started", "host": "DemoStream"}
    stats = wait_until(
        lambda: (s := board.get("/stats/requests").json)["user_count"] == 10 and s["stats"][0]["num_requests"] and s,
        15,
        "ten users",
    )
    assert [row["name"] for row in stats["stats"]] == ["DemoStream", "Aggregated"]
    for row in stats["stats"]:
        assert set(LOCUST_ROW) <= set(row)
        for name in ("num_requests", "num_failures"):
            assert type(row[name]) is int
    assert stats["stats"][0]["method"] == "PutRecords" and stats["stats"][1]["method"] == ""
    assert stats["state"] == "running" and type(stats["user_count"]) is int and stats["worker_count"] == 1
    assert set(stats["workers"][0]) == {"id", "state", "user_count", "cpu_usage", "memory_usage"}
    assert set(stats["current_response_time_percentiles"]) == {
        "response_time_percentile_0.5",
        "response_time_percentile_0.95",
    }
    edited = board.ask("/swarm", "POST", form={"user_count": 4, "spawn_rate": 5, "host": "DemoStream"})
    assert edited.json["success"]
    wait_until(lambda: board.get("/stats/requests").json["user_count"] == 4, 15, "four users")
    wrong = board.ask("/swarm", "POST", form={"user_count": "many", "spawn_rate": 5, "host": "DemoStream"})
    assert wrong.status == 200 and wrong.json["success"] is False and "users" in wrong.json["message"]
    assert board.get("/stop").json == {"success": True, "message": "Test stopped"}
    assert board.state()["state"] == "stopped"  # it answers when it has stopped
    last = board.state()
    assert last["events"]["delivered"] == server.stats()["records"] > 0
    assert board.get("/stats/requests/csv").text.startswith("Type,Name,Request Count,Failure Count,Median")
    assert board.get("/exceptions").json == {"exceptions": []}
    assert set(board.get("/tasks").json) == {"per_class", "total"}
    assert set(board.get("/logs").json) == {"master", "workers"}
    assert board.get("/stats/reset").text == "ok"
    after = wait_until(lambda: (r := board.state())["state"] == "ready" and r, 5, "the reset")
    assert after["events"]["delivered"] == 0 and after["run_id"] is None
    assert after["settings"]["target"] == "DemoStream" and after["settings"]["users"] == 4
    board.end()


def test_a_rate_is_started_edited_reset_and_stopped(dashboard, kinesis):
    server = kinesis("--stream", "DemoStream:4")
    board = dashboard("DemoStream", endpoint=server).ready()
    wrong = board.ask("/api/v1/run", "POST", body={"target": "DemoStream", "rate": "abc", "batch-size": 900})
    assert wrong.status == 422 and set(wrong.json["error"]["fields"]) == {"rate", "batch-size"}
    assert board.ask("/api/v1/run", "PATCH", body={"rate": "5k"}).status == 409
    run_id = board.start(target="DemoStream", rate="2k")
    assert board.ask("/api/v1/run", "POST", body={"target": "DemoStream", "rate": "2k"}).status == 409
    assert board.ask("/api/v1/run", "PATCH", body={"users": 5}).status == 422
    wait_until(lambda: board.state()["now_per_s"]["delivered"] > 1500, 15, "2,000 events/s")
    assert board.ask("/api/v1/run", "PATCH", body={"rate": 4000}).status == 200
    wait_until(lambda: board.state()["now_per_s"]["delivered"] > 3500, 15, "4,000 events/s")
    before = board.state()["events"]["delivered"]
    assert board.ask("/api/v1/run/reset", "POST").status == 200
    fresh = board.state()["events"]
    assert before + fresh["delivered"] <= server.stats()["records"]  # they count anew
    assert fresh["generated"] == fresh["delivered"] + fresh["failed"] + fresh["unknown"] + fresh["in_flight"]
    wait_until(lambda: board.state()["events"]["delivered"] > 0, 15, "events after the reset")
    assert board.ask("/api/v1/run/stop", "POST").status == 200
    run = board.until("stopped")
    events = run["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"]
    assert 0 < events["delivered"] < server.stats()["records"]  # what came before the reset is not in it
    assert run["run_id"] == run_id and run["exit_code"] is not None
    assert [mark["kind"] for mark in run["marks"]] == ["start", "edit", "stop"]
    second = board.start(target="DemoStream", rate="3k", events="3000")
    done = board.until("stopped", 30)
    assert done["run_id"] == second != run_id
    assert done["events"]["delivered"] == done["events"]["generated"] == 3000
    assert done["ended_by"] == "all events generated"
    assert {s["id"]: s["events"] for s in board.get("/api/v1/shards").json["shards"]} != {}
    board.end()


def test_the_ledger_equals_the_stream(dashboard, kinesis):
    server = kinesis("--stream", "DemoStream:3")
    board = dashboard("DemoStream", endpoint=server).ready()
    board.start(target="DemoStream", rate="5k", **{"run-time": "3s"})
    run = board.until("stopped", 30)
    stats = server.stats()
    assert run["events"]["delivered"] == stats["records"] and run["events"]["unknown"] == 0
    shards = {s["id"]: s["events"] for s in board.get("/api/v1/shards?run=current").json["shards"]}
    assert shards == stats["shards"]
    series = board.get("/api/v1/series?run=current&points=2").json
    assert len(series["at_s"]) == 2 and all(len(values) == 2 for values in series["columns"].values())
    assert run["bytes"]["payload"] == stats["bytes"]
    board.end()


def test_a_target_that_refuses(dashboard, kinesis):
    server = kinesis("--stream", "DemoStream:1")
    board = dashboard(endpoint=server).ready()
    refused = board.ask("/api/v1/run", "POST", body={"target": "NoSuchStream", "rate": "1k"})
    assert refused.status == 422 and "ResourceNotFoundException" in refused.json["error"]["message"]
    assert board.state()["state"] == "ready"
    swarm = board.ask("/swarm", "POST", form={"user_count": 1, "spawn_rate": 1, "host": "NoSuchStream"})
    assert swarm.json["success"] is False and "ResourceNotFoundException" in swarm.json["message"]
    none = board.ask("/api/v1/run", "POST", body={"rate": "1k"})
    assert none.status == 422 and "target" in none.json["error"]["fields"]
    asked = board.ask("/api/v1/preflight", "POST", body={"target": "DemoStream", "rate": "5k"}).json
    assert asked["ok"] and asked["mode"] == "PROVISIONED" and asked["shards"] == 1 and asked["warnings"]
    missing = board.ask("/api/v1/preflight", "POST", body={"target": "NoSuchStream"}).json
    assert missing["ok"] is False and missing["code"] == "ResourceNotFoundException"
    events = board.ask("/api/v1/preview", "POST", body={"target": "kinesis://eu-central-1/Nowhere"}).json["events"]
    assert len(events) == 5
    for event in events:
        assert json.loads(event["data"])["sensorId"] == event["key"]
    board.start(target="DemoStream", rate="500", events="500")  # and nothing of it stays in the way
    assert board.until("stopped")["events"]["delivered"] == 500
    board.end()


def test_autostart_and_autoquit(dashboard, tmp_path):
    board = dashboard("--autostart", "--autoquit", "1s", "--rate", "1k", "-t", "2s", "null://")
    run = board.run.wait(60)
    assert run.code in (0, 4) and "verdict" in run.out  # 4: a busy machine
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "history.db")) as database:
        ((state, delivered),) = database.execute("SELECT state, delivered FROM runs")
    assert state == "finished" and delivered > 0


def test_a_signal_stops_the_run_in_order(dashboard):
    board = dashboard("--autostart", "--rate", "1k", "null://").ready()
    board.until("running")
    run = board.end(signal.SIGINT)
    assert run.code == 130, run.tail()


# ---- history ----


def test_history_lives_on(dashboard):
    board = dashboard("null://").ready()
    first = board.start(target="null://", rate="1k", events="2000")
    board.until("stopped", 30)
    listed = wait_until(
        lambda: (r := board.get("/api/v1/runs").json["runs"]) and r[0]["state"] == "finished" and r, 10, "the list"
    )
    assert listed[0]["id"] == first and listed[0]["delivered"] == 2000
    assert listed[0]["exit_code"] in (0, 4)  # 4: a busy machine
    assert board.ask(f"/api/v1/runs/{first}", "PATCH", body={"name": "night <run>"}).status == 200
    second = board.start(target="null://", rate="1k")
    wait_until(lambda: board.state()["elapsed_s"] > 1.5, 15, "some seconds")
    assert board.ask(f"/api/v1/runs/{second}", "DELETE").status == 409
    pids = board.run.secondaries()
    board.run.signal(signal.SIGKILL)
    board.run.process.wait(10)
    assert pids

    again = dashboard("null://")
    runs = again.get("/api/v1/runs").json["runs"]
    assert [(r["id"], r["state"]) for r in runs] == [(second, "interrupted"), (first, "finished")]
    assert again.get(f"/api/v1/runs?before={second}").json["runs"][0]["name"] == "night <run>"
    kept = again.get(f"/api/v1/runs/{first}").json
    assert kept["run"]["events"]["delivered"] == 2000 and kept["run"]["name"] == "night <run>"
    assert kept["host"]["cores"] >= 1 and kept["settings"]["events"] == "2000"
    assert len(again.get(f"/api/v1/series?run={first}&points=100").json["at_s"]) >= 2
    for name in ("stats.csv", "history.csv", "failures.csv", "exceptions.csv", "run.json", "latency.hlog"):
        answer = again.get(f"/api/v1/download/{name}?run={first}")
        assert "attachment" in answer.headers["Content-Disposition"], name
        assert answer.body
    assert ",2000," in again.get(f"/api/v1/download/stats.csv?run={first}").text
    check_hlog(again.get(f"/api/v1/download/latency.hlog?run={first}").text, 2000)
    assert again.ask(f"/api/v1/runs/{first}", "DELETE").status == 200
    assert again.ask(f"/api/v1/runs/{first}").status == 404
    assert again.ask("/api/v1/runs/../../etc/passwd").status in (400, 404)
    again.end()


def check_hlog(text, events):
    """HdrHistogram's own reader (PyPI) finds our counts."""
    hdrh = pytest.importorskip("hdrh.histogram")
    lines = [line for line in text.splitlines() if line.startswith(("0.000,", "Tag="))]
    assert len(lines) == 2 and lines[1].startswith("Tag=service,")
    for line in lines:
        read = hdrh.HdrHistogram.decode(line.rsplit(",", 1)[1])
        assert read.get_total_count() == events
        assert read.get_max_value() >= read.get_value_at_percentile(50) > 0


def test_what_is_shared_between_those_who_ask_is_never_older_than_a_change(dashboard):
    board = dashboard().ready()
    run = board.start(target="null://", rate="1k", run_time="1s")
    board.until("stopped")
    for path in (f"/api/v1/runs/{run}", "/api/v1/runs?limit=5"):
        for name in ("first", "second", "third"):  # faster than the primary publishes
            board.get(path)
            assert board.ask(f"/api/v1/runs/{run}", "PATCH", body={"name": name}).status == 200
            found = board.get(path).json
            assert (found["run"] if "run" in found else found["runs"][0])["name"] == name
    viewer = board.ask("/api/v1/runs?limit=5", user="viewer", password=VIEWER_PASSWORD)
    assert viewer.json["runs"][0]["name"] == "third"
    assert board.ask("/api/v1/runs?limit=5", user=None).status == 401, "what is kept is nobody's who may not look"
    assert board.ask(f"/api/v1/runs/{run}", "DELETE").status == 200
    assert board.get("/api/v1/runs?limit=5").json["runs"] == []
    assert board.ask(f"/api/v1/runs/{run}").status == 404


def test_a_local_secondary_is_known_by_its_core(dashboard):
    board = dashboard().ready()
    core = wait_until(lambda: (at := board.get("/api/v1/secondaries").json[0]["core"]) is not None and [at], 20, "its core")
    assert core == [min(os.sched_getaffinity(0))], "the first core is the first secondary's"


def test_the_full_history_is_there_when_asked_for_as_with_locust(dashboard):
    path = "/stats/requests_full_history/csv"
    assert dashboard("--processes", "0").ask(path).status == 404
    assert dashboard("--processes", "0", "--csv-full-history").ask(path).status == 200


def test_a_history_that_can_not_be_kept_stops_no_run(dashboard, tmp_path):
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "history.db").write_bytes(b"no database" * 1000)
    board = dashboard("null://").ready()
    board.start(target="null://", rate="1k", events="1000")
    run = board.until("stopped", 30)
    assert run["events"]["delivered"] == 1000
    assert "history" in run["history_error"]
    board.end()


# ---- documents ----


def test_metrics_please_prometheus(dashboard, tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    board = dashboard("--metrics-token-file", token, "null://").ready()
    board.start(target="null://", rate="1k", events="1000")
    board.until("stopped", 30)
    answer = board.ask("/metrics", user=None, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain")
    assert board.ask("/metrics", user=None, headers={"Authorization": "Bearer x"}).status == 401
    assert board.ask("/api/v1/run", user=None, headers={"Authorization": f"Bearer {TOKEN}"}).status == 401
    assert "freshet_events_delivered_total 1000" in answer.text
    assert 'locust_requests_num_requests{method="",name="Aggregated"}' in answer.text
    promtool = unpacked("prometheus", "promtool")
    if promtool is None:
        pytest.skip("no promtool: apt-get gives no package prometheus")
    checked = subprocess.run([promtool, "check", "metrics"], input=answer.body, capture_output=True, timeout=30)
    found = (checked.stdout + checked.stderr).decode().splitlines()
    # The one name that the exporter gave to the world and promtool would not have chosen.
    assert [line for line in found if "current_fail_per_sec metric names should not contain" not in line] == []
    board.end()


def test_every_route_is_described(dashboard):
    board = dashboard("null://").ready()
    paths = board.get("/api/v1/openapi.json").json["paths"]
    for path, methods in paths.items():
        if "get" not in methods or "{" in path or path in ("/api/v1/live", "/stop", "/stats/reset"):
            continue
        answer = board.ask(path)
        assert answer.status in (200, 404), (path, answer.status, answer.body[:300])
    options = {option["name"]: option for option in board.get("/api/v1/options").json}
    assert options["rate"]["type"] == "rate" and options["endpoint-url"]["form"]
    assert board.get("/api/v1/logs?after=0").json["lines"][0]["n"] == 1
    assert board.get("/api/v1/secondaries").json[0]["local"]
    board.end()


def test_no_secret_anywhere(dashboard, kinesis, tmp_path):
    server = kinesis("--stream", "DemoStream:1")
    board = dashboard("DemoStream", endpoint=server).ready()
    with_login = {"target": "DemoStream", "rate": "500", "endpoint-url": server.url.replace("//", "//u:pw4711@")}
    assert board.ask("/api/v1/run", "POST", body=with_login).status == 422
    board.start(target="DemoStream", rate="500", events="500")
    board.until("stopped", 30)
    run_id = wait_until(lambda: board.get("/api/v1/runs").json["runs"], 10, "the kept run")[0]["id"]
    for path in ("/api/v1/run", "/api/v1/options", f"/api/v1/runs/{run_id}", "/api/v1/logs", "/logs", "/metrics"):
        board.get(path)
    board.ask("/login", "POST", form={"user": USER, "password": PASSWORD}, user=None)
    board.ask("/api/v1/run", "POST", body={"target": "DemoStream", "rate": PASSWORD[:3]})
    children = b"".join(open(f"/proc/{pid}/environ", "rb").read() for pid in board.run.secondaries())
    arguments = b"".join(open(f"/proc/{pid}/cmdline", "rb").read() for pid in [board.run.pid, *board.run.secondaries()])
    board.end()
    heap = io.BytesIO()
    for file in (tmp_path / "state").iterdir():
        heap.write(file.read_bytes())
    database = sqlite3.connect(tmp_path / "state" / "history.db")
    for (packed,) in database.execute("SELECT bytes FROM parts"):
        heap.write(zlib.decompress(packed[4:]))
    database.close()
    for name, content in {
        "answers": b"".join(board.everything),
        "log": (board.run.out + board.run.err).encode(),
        "state": heap.getvalue(),
        "children": children,
        "arguments": arguments,
    }.items():
        for secret in (PASSWORD, VIEWER_PASSWORD):
            assert secret.encode() not in content, name
        if name != "children":  # they sign with it
            assert helpers.SECRET_KEY.encode() not in content, name
        assert b"pw4711" not in content, name
