"""deploy/grafana and deploy/prometheus, held against a real run: each name is there, each panel has something to show."""

import json
import re
import shutil
import subprocess
import urllib.parse

import helpers
from helpers import wait_until
from test_dashboard_http import TOKEN, dashboard  # noqa: F401 is a fixture
from test_prometheus import needed, prometheus  # noqa: F401 is a fixture

DEPLOY = helpers.ROOT / "deploy"
BOARD = DEPLOY / "grafana" / "freshet.json"
RULES = DEPLOY / "prometheus" / "rules.yml"
NAME = re.compile(r"\b((?:freshet|locust)_[a-z0-9_]+)(?:\{([^}]*)\})?")


def promtool(*args, cwd=None):
    done = subprocess.run([needed("promtool"), *map(str, args)], cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def panels():
    return json.loads(BOARD.read_text())["panels"]


def expressions():
    """(panel, expression) of the board, with what Grafana would put for its variables."""
    for panel in panels():
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "30s")
            yield panel["title"], expression.replace("$job", ".*").replace("$instance", ".*")


def test_the_rules_are_rules_and_fire_when_they_should(tmp_path):
    assert "7 rules found" in promtool("check", "rules", RULES)
    promtool("check", "config", "--syntax-only", DEPLOY / "prometheus" / "prometheus.yml")
    shutil.copy(RULES, tmp_path)
    shutil.copy(helpers.ROOT / "tests" / "deploy" / "alerts.yml", tmp_path)
    promtool("test", "rules", "alerts.yml", cwd=tmp_path)


def test_the_board_is_whole():
    board = json.loads(BOARD.read_text())
    assert board["uid"] == "freshet" and board["title"] == "freshet" and board["id"] is None
    assert len({panel["id"] for panel in panels()}) == len(panels()) >= 15
    for panel in panels():
        assert panel["title"] and panel["description"] and panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    cells = [(x, y) for p in panels() for x in range(p["gridPos"]["x"], p["gridPos"]["x"] + p["gridPos"]["w"])
             for y in range(p["gridPos"]["y"], p["gridPos"]["y"] + p["gridPos"]["h"])]  # fmt: skip
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) < 24, "panels lie over each other"


def test_what_they_ask_for_is_what_a_run_tells(dashboard, kinesis, prometheus, tmp_path):  # noqa: F811
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    server = kinesis("--stream", "DemoStream:2")
    board = dashboard("--metrics-token-file", token, "--max-retries", 0, "DemoStream", endpoint=server).ready()
    reader = prometheus(urllib.parse.urlsplit(board.url).netloc)
    server.faults(refuse_rate=0.2)
    board.start(target="DemoStream", rate="1k", run_time="5m")
    wait_until(lambda: board.state()["events"]["failed"] > 0, 30, "failed events")
    told = board.get("/metrics").text
    there = {line.split("{")[0].split(" ")[0] for line in told.splitlines() if line and not line.startswith("#")}
    whole = json.loads(BOARD.read_text())
    beside = [one["expr"] for one in whole["annotations"]["list"]] + [one.get("definition", "") for one in whole["templating"]["list"]]
    text = "\n".join([RULES.read_text(), *beside, *(expression for _, expression in expressions())])
    asked = set(NAME.findall(text))
    assert len(asked) > 20
    for name, labels in asked:
        assert name in there, f"{name} is not in /metrics"
        for label in re.findall(r'(\w+="[^"]*")', labels):
            assert re.search(rf"^{name}\{{.*{re.escape(label)}", told, re.MULTILINE), f"{name} has no {label}"
    # Every line of every panel shows something while a run is going on.
    for panel, expression in expressions():
        wait_until(lambda e=expression: reader.query(e), 60, f"{panel}: {expression}")
    board.ask("/api/v1/run/stop", "POST")
    board.until("stopped", 30)
    board.end()
