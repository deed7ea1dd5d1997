"""A real Prometheus reads /metrics: every name and value arrives, with the token, during a run with failures."""

import json
import subprocess
import sys
import urllib.parse
import urllib.request

import helpers
import pytest
from helpers import wait_until
from test_dashboard_http import TOKEN, dashboard  # noqa: F401 is a fixture

sys.path.insert(0, str(helpers.ROOT / "tests"))
from unpacked import unpacked  # noqa: E402

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: freshet
    metrics_path: /metrics
    authorization: {{type: Bearer, credentials: "{token}"}}
    static_configs: [{{targets: ["{target}"]}}]
  - job_name: wrong
    authorization: {{type: Bearer, credentials: "no token"}}
    static_configs: [{{targets: ["{target}"]}}]
"""
# Names that the exporter gave to the world and promtool would not have chosen.
EXPORTERS_OWN = "current_fail_per_sec metric names should not contain"


def needed(program):
    path = unpacked("prometheus", program)
    if path is None:
        pytest.skip(f"no {program}: apt-get gives no package prometheus")
    return path


class Prometheus:
    def __init__(self, folder, config):
        folder.mkdir()
        (folder / "prometheus.yml").write_text(config)
        self.url = f"http://127.0.0.1:{helpers.free_port()}"
        self.log = folder / "log"
        command = [needed("prometheus"), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
        command += [f"--web.listen-address={urllib.parse.urlsplit(self.url).netloc}", "--log.level=debug"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def ask(self, path):
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.read()
        except OSError:
            return None  # not there yet

    def query(self, expression):
        """{labels without the usual ones: value}"""
        found = self.ask("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        rows = json.loads(found)["data"]["result"] if found else []
        usual = ("__name__", "instance", "job")
        return {tuple(sorted(i for i in row["metric"].items() if i[0] not in usual)): float(row["value"][1]) for row in rows}

    def shows(self, expression, expected):
        """On a busy machine a scrape may come too late and leave a gap: the next one fills it."""
        wait_until(lambda: self.query(expression) == expected, 15, f"{expression} as {expected} in Prometheus")

    def targets(self):
        found = self.ask("/api/v1/targets")
        return {t["labels"]["job"]: t for t in json.loads(found)["data"]["activeTargets"]} if found else {}

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture
def prometheus(tmp_path):
    started = []

    def start(target):
        started.append(Prometheus(tmp_path / "prometheus", CONFIG.format(token=TOKEN, target=target)))
        return started[-1]

    yield start
    for one in started:
        one.end()


def check(text):
    checked = subprocess.run([needed("promtool"), "check", "metrics"], input=text, capture_output=True, timeout=30)
    found = (checked.stdout + checked.stderr).decode().splitlines()
    assert [line for line in found if EXPORTERS_OWN not in line] == []


def test_prometheus_reads_a_run(dashboard, kinesis, prometheus, tmp_path):  # noqa: F811
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    server = kinesis("--stream", "DemoStream:2")
    board = dashboard("--metrics-token-file", token, "DemoStream", endpoint=server).ready()
    check(board.get("/metrics").body)  # before the first run
    reader = prometheus(urllib.parse.urlsplit(board.url).netloc)
    wait_until(lambda: reader.query("freshet_run_state == 1") == {(("state", "ready"),): 1}, 30, "the first values in Prometheus")
    server.faults(error_rate=0.2, refuse_rate=0.1)
    board.start(target="DemoStream", rate="1k")
    reader.shows("freshet_run_state == 1", {(("state", "running"),): 1})
    check(board.get("/metrics").body)
    wait_until(lambda: (e := board.state()["events"])["retried"] > 0 and e["delivered"] > 0, 30, "events sent again")
    assert board.ask("/api/v1/run/stop", "POST").status == 200
    run = board.until("stopped", 60)
    events = run["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"]
    reader.shows("freshet_run_state == 1", {(("state", "stopped"),): 1})
    for name in ("generated", "delivered", "failed", "unknown", "retried", "throttled"):
        reader.shows(f"freshet_events_{name}_total", {(): events[name]})
    reader.shows("freshet_latency_seconds_count", {(): events["delivered"]})
    reader.shows('freshet_latency_seconds_bucket{le="+Inf"}', {(("le", "+Inf"),): events["delivered"]})
    slowest = wait_until(lambda: reader.query("histogram_quantile(0.99, freshet_latency_seconds_bucket)"), 10, "a percentile")
    assert 0 < next(iter(slowest.values())) < 60
    rows = wait_until(lambda: reader.query("locust_requests_num_requests"), 10, "the requests")
    assert rows[("method", "PutRecords"), ("name", "DemoStream")] == rows[("name", "Aggregated"),] > 0  # an empty label is none
    reader.shows("locust_workers_count", {(): 1})
    reader.shows("locust_up", {(): 1})
    check(board.get("/metrics").body)

    def judged():
        health = {name: (target["health"], target["lastError"]) for name, target in reader.targets().items()}
        return health.get("freshet") == ("up", "") and health["wrong"][0] == "down" and "401" in health["wrong"][1]

    wait_until(judged, 10, "the one target up and the other refused")
    own = reader.ask("/metrics").decode()
    for trouble in ("duplicate_timestamp", "out_of_order", "out_of_bounds"):
        assert f"prometheus_target_scrapes_sample_{trouble}_total 0\n" in own, trouble
    board.end()
