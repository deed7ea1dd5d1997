"""Runs that must meet something: thresholds, conditions that end a run early, and what is written about them."""

import json
import subprocess
import xml.etree.ElementTree as ElementTree

import jsonschema_rs  # comes with schemathesis

from helpers import check_ledger, program, wait_until
from test_dashboard_http import dashboard  # noqa: F401


def states(run):
    return {threshold["text"]: threshold["state"] for threshold in run.json["thresholds"]}


def check_form(board, run):
    """The document is as openapi.json says."""
    components = board.get("/api/v1/openapi.json").json["components"]
    jsonschema_rs.validate({"$ref": "#/components/schemas/Run", "components": components}, run)


def steadily(server, records=500):
    wait_until(lambda: server.stats()["records"] >= records, 20, "load on the stream")


def test_a_missed_threshold_is_3_and_a_failed_case(kinesis, freshet, tmp_path):
    server = kinesis("--stream", "DemoStream:2")
    junit = tmp_path / "out.xml"
    running = freshet.start(
        "--headless", "--processes", 1, "--rate", "1k", "--batch-size", 50, "--max-retries", 0, "-t", "6s",
        "--threshold", "failed<1%, max<10m", "--threshold", "e.code(InternalFailure)<10",
        "--threshold", "e.code(Nonsense)==0", "--junit", junit, "DemoStream", endpoint=server,
    )  # fmt: skip
    steadily(server)
    server.faults(refuse_rate=0.5)
    run = running.wait()
    check_ledger(run.json)
    assert run.code == run.json["exit_code"] == 3, run.tail()
    assert states(run) == {
        "failed<1%": "missed",
        "max<10m": "met",
        "e.code(InternalFailure)<10": "missed",
        "e.code(Nonsense)==0": "met",
    }
    failed = run.json["thresholds"][0]
    steady = run.json["phases"]["steady"]["events"]
    settled = steady["delivered"] + steady["failed"] + steady["unknown"]
    assert (failed["metric"], failed["op"], failed["unit"], failed["limit"]) == ("failed", "<", "share", 0.01)
    assert abs(failed["value"] - steady["failed"] / settled) < 1e-6
    assert "MISSED  failed<1%: " in run.out and "ok      max<10m: " in run.out
    suite = ElementTree.parse(junit).getroot()
    assert suite.tag == "testsuite" and suite.get("tests") == "5" and suite.get("failures") == "2"
    cases = {case.get("name"): case.find("failure") for case in suite.iter("testcase")}
    assert set(cases) == {*states(run), "run"}
    assert {name for name, failure in cases.items() if failure is not None} == {
        "failed<1%",
        "e.code(InternalFailure)<10",
    }
    assert cases["failed<1%"].get("message").startswith("failed ") and "not < 1 %" in cases["failed<1%"].get("message")


def test_a_condition_that_holds_for_so_long_ends_the_run(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:2")
    running = freshet.start(
        "--headless", "--processes", 1, "--rate", "1k", "--batch-size", 50, "--max-retries", 0, "-t", "10m",
        "--abort-on", "e.code(Nonsense)>0:1s, failed>5%:2s", "DemoStream", endpoint=server,
    )  # fmt: skip
    steadily(server, 2000)
    assert running.running()
    server.faults(refuse_rate=0.5)
    run = running.wait()
    check_ledger(run.json)
    assert run.code == 3, run.tail()
    assert run.json["ended_by"] == "aborted: failed>5%:2s"
    assert run.json["duration_s"] < 500
    assert run.json["events"]["failed"] > 500  # of two seconds of 1,000/s, half
    assert "stopping: aborted: failed>5%:2s" in run.err


def test_a_rate_that_is_not_delivered_ends_the_run(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:2")
    running = freshet.start(
        "--headless", "--processes", 1, "--rate", "2k", "-t", "10m", "--max-connections", 4, "--stop-timeout", "1s",
        "--abort-below", "50%:2s", "DemoStream", endpoint=server,
    )  # fmt: skip
    steadily(server, 4000)
    assert running.running()
    server.faults(service_rate=200)  # answers now come later and later
    run = running.wait()
    check_ledger(run.json)
    assert run.code == 3, run.tail()
    assert run.json["ended_by"] == "aborted: delivered below 50%:2s"


def test_a_wrong_condition_is_told_before_anything_starts(environment):
    for args, words in (
        (["--threshold", "p99<250ms,p98<1s"], ('--threshold: "p98<1s"', "p99.9")),
        (["--abort-on", "failed>5%"], ('--abort-on: "failed>5%"', "failed>5%:10s")),
        (["--abort-below", "95%:30s"], ("--abort-below", "needs --rate")),
        (["--find-capacity", "p99<1s", "--rate", "1k"], ("--find-capacity", "excludes --rate")),
        (["--junit", "/nowhere/out.xml"], ("/nowhere/out.xml",)),
    ):
        said = subprocess.run(
            [program("freshet"), "--headless", *args, "null://"], env=environment(), capture_output=True, timeout=60
        )
        assert said.returncode == 2, (args, said)
        for word in words:
            assert word in said.stderr.decode(), (args, said.stderr)


def test_the_dashboard_judges_while_it_runs(dashboard):  # noqa: F811
    board = dashboard("null://").ready()
    wrong = board.ask("/api/v1/run", "POST", body={"rate": "1k", "threshold": "p98<1s"})
    assert wrong.status == 422 and "p98" in wrong.json["error"]["fields"]["threshold"]
    wrong = board.ask("/api/v1/run", "POST", body={"users": "1", "abort-below": "95%:1s"})
    assert wrong.status == 422 and set(wrong.json["error"]["fields"]) == {"abort-below"}
    first = board.start(rate="1k", run_time="10m", threshold="failed==0\nservice.max<1us")
    run = wait_until(
        lambda: (r := board.state())["thresholds"][1]["state"] != "none" and r, 20, "a judgement while it runs"
    )
    check_form(board, run)
    assert run["state"] == "running"
    assert [t["state"] for t in run["thresholds"]] == ["met", "missed"]
    assert run["thresholds"][1]["unit"] == "us" and run["thresholds"][1]["limit"] == 1
    assert board.ask("/api/v1/run/stop", "POST").status == 200
    board.until("stopped")
    # It stays in the history; the next run has none of it.
    board.start(rate="1k", run_time="1s")
    assert board.until("stopped")["thresholds"] == []
    kept = board.get(f"/api/v1/runs/{first}").json["run"]
    assert [t["state"] for t in kept["thresholds"]] == ["met", "missed"] and kept["exit_code"] == 3
    assert kept["search"] is None
    board.end()


def test_a_search_from_the_dashboard(dashboard):  # noqa: F811
    board = dashboard("null://").ready()
    both = board.ask("/api/v1/run", "POST", body={"rate": "1k", "find-capacity": "p99<1s"})
    assert both.status == 422 and "excludes --rate" in both.json["error"]["fields"]["find-capacity"]
    board.start(find_capacity="delivered>0", hold="1s", **{"from": "1k", "to": "2k"})
    run = wait_until(lambda: (r := board.state())["search"] and r["search"]["steps"] and r, 20, "the first hold")
    check_form(board, run)
    assert run["search"]["state"] in ("raising", "confirming", "found") and run["settings"]["model"] == "rate"
    edit = board.ask("/api/v1/run", "PATCH", body={"rate": "5k"})
    assert edit.status == 422 and "search" in edit.json["error"]["fields"]["rate"]
    check_form(board, run := board.until("stopped", 60))
    search = run["search"]
    assert search["state"] == "found" and search["found"] == 2000 and search["activity"] == "over"
    assert search["conditions"] == ["delivered>0"] and search["remaining_s"] == 0
    steps = [step for step in search["steps"] if step["held"]]
    assert [step["rate"] for step in steps] == [1000, 2000, 2000]
    assert [step["confirming"] for step in steps] == [False, False, True]
    assert all(step["seconds"] >= 1 for step in steps) and steps[-1]["seconds"] >= 2
    report = board.get("/api/v1/download/report.html").text
    data = report.split('id="data">', 1)[1].split("</script>", 1)[0]
    assert json.loads(data)["run"]["search"]["found"] == 2000
    board.end()
