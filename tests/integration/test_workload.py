"""Templates and scenarios on their way: from a file or a form, compiled before anything is sent, run by every secondary,
and what becomes of a run whose script fails."""

import json
import re
import subprocess
import threading
import time

import msgpack
import pytest

import helpers
from helpers import check_ledger, finished, read_all, readings, wait_until
from test_dashboard_http import Dashboard
from test_fleet_garbage import Peers, template

# As it was published with the enrichment sample of the Kinesis Data Generator's users.
PUBLISHED = (
    '{"sensorId": {{random.number(100000)}}, "temperature": {{random.number({"min":10,"max":150})}}, '
    '"status": "{{random.arrayElement(["OK","FAIL","WARN"])}}", "timestamp": "{{date.now("x")}}"}'
)
LOCAL = ["--headless", "--bind-port", "0"]


def fits(event):
    """Is it one that PUBLISHED makes?"""
    return (
        0 <= event["sensorId"] <= 100000
        and 10 <= event["temperature"] <= 150
        and event["status"] in ("OK", "FAIL", "WARN")
        and abs(int(event["timestamp"]) / 1000 - time.time()) < 600
    )


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def show(environment, *args, **env):
    """What --preview or --list prints: no target, no secondaries."""
    done = subprocess.run([*helpers.UNDER, helpers.program("freshet"), *map(str, args)], capture_output=True, text=True, timeout=120,
                          env=environment(False, **env), stdin=subprocess.DEVNULL)  # fmt: skip
    assert not helpers.SANITIZER.search(done.stderr), done.stderr
    return done


@pytest.fixture
def board(freshet, tmp_path):
    boards = []

    def start(*args, **more):
        state = tmp_path / f"state-{len(boards)}"
        state.mkdir(mode=0o700)
        boards.append(Dashboard(freshet, state, *args, **more))
        return boards[-1]

    return start


# ---- without a run ----


def test_preview_prints_each_event_after_its_key(environment, tmp_path):
    done = show(environment, "--preview", 3, "--seed", 7)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [len(row) for row in rows] == [2, 2, 2]
    for key, event in rows:
        assert json.loads(event)["sensorId"] == key
    again = show(environment, "--preview", 3, "--seed", 7)
    assert [line.split("\t")[0] for line in again.stdout.splitlines()] == [key for key, _ in rows]

    done = show(environment, "--preview", 200, "--template", write(tmp_path, "kdg.json", PUBLISHED))
    assert done.returncode == 0, done.stderr
    events = [json.loads(line.split("\t")[1]) for line in done.stdout.splitlines()]
    assert len(events) == 200 and all(map(fits, events))


def test_preview_ends_quietly_when_nobody_reads_on(environment):
    command = [*helpers.UNDER, helpers.program("freshet"), "--preview", "200k"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(False)) as shown:
        shown.stdout.readline()
        shown.stdout.close()
        assert (shown.wait(120), shown.stderr.read()) == (0, b"")


def test_list_names_what_there_is(environment):
    done = show(environment, "--list")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("null://", "kafka://", "sensor", "--replay", "zipf:N:S", "explicit", "sine", "daily", "random.arrayElement",
                 "random.weightedArrayElement", "internet.ip", "date.now", "sensor.id", "walk"):  # fmt: skip
        assert name in done.stdout, name


def test_what_is_wrong_is_told_before_anything_is_sent(environment, tmp_path):
    nothing_else = re.compile(r"freshet: [^\n]*\n")
    bad = write(tmp_path, "bad.json", '{"a": 1,\n "b":      {{random.nmber(5)}}}')
    lua = write(tmp_path, "bad.lua", "return {\n  rate = 5,\n  reading = function( end\n}")
    for args, told in [
        (["--template", bad], f"{bad}:2:"),
        (["--template", bad, "--preview", 1], f"{bad}:2:"),
        (["--template-text", "{{random.nmber(5)}}"], "template:1:"),
        (["-f", lua], "bad.lua:3:"),
        (["--template", bad, "-f", lua], "--template: excludes --scenario"),
        (["--template", tmp_path / "none"], "No such file"),
        (["-f", write(tmp_path, "unknown.lua", "return { rte = 5 }")], "rte"),
        (["-f", write(tmp_path, "self.lua", 'return { scenario = "x.lua" }')], "scenario"),
        (["-f", write(tmp_path, "value.lua", 'return { rate = "many" }')], "value.lua"),
    ]:
        done = show(environment, "--headless", *args, "null://")
        assert done.returncode == 2 and done.stdout == "", (args, done)
        assert told in done.stderr and nothing_else.fullmatch(done.stderr), (args, done.stderr)
    done = show(environment, "--headless", "--template", bad, "null://")
    assert "did you mean random.number?" in done.stderr


# ---- into the stream ----


def test_a_template_travels_to_every_secondary(freshet, kinesis, tmp_path):
    server = kinesis("--stream", "DemoStream:2")
    path = write(tmp_path, "kdg.json", PUBLISHED)
    run = freshet(*LOCAL, "--processes", 2, "--template", path, "--rate", "2k", "-n", 2000, "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    check_ledger(run.json)
    assert run.json["secondaries"] == 2
    events = readings(read_all(server.client(), "DemoStream"))
    assert len(events) == 2000 and all(map(fits, events))
    assert {event["status"] for event in events} == {"OK", "FAIL", "WARN"}
    assert len({event["sensorId"] for event in events}) > 1500  # the two make different ones


def test_a_scenarios_options_give_way_to_variables_and_arguments(freshet, tmp_path):
    path = write(tmp_path, "s.lua", """
        return {
            target = "null://", users = 3, batch_size = 7, wait_time = "0s", events = 70, json = "elsewhere.json",
            reading = function(sensor_id, n) return { id = sensor_id, n = n } end,
        }""")  # fmt: skip
    run = freshet(*LOCAL, "--processes", 1, "-f", path)
    assert run.code == 0, run.tail()
    assert run.json["events"]["delivered"] == 70 and run.json["requests"]["sent"] == 10
    run = freshet(*LOCAL, "--processes", 1, "-f", path, env={"FRESHET_EVENTS": 21})
    assert run.json["events"]["delivered"] == 21
    run = freshet(*LOCAL, "--processes", 1, "-n", 14, env={"FRESHET_EVENTS": 21, "FRESHET_SCENARIO": path})
    assert run.json["events"]["delivered"] == 14 and run.json["requests"]["sent"] == 2, run.tail()


# ---- a script that fails in mid-run ----

LOOP = "while true do end"
FAILING = """
local made = 0
return {
    reading = function(sensor_id, n)
        made = made + 1
        if made > 1000 then
            %s
        end
        return { id = sensor_id, made = made }
    end,
}"""


@pytest.mark.parametrize(
    "what", ['error("out of ideas")', LOOP, 'return ("x"):rep(1e9)', "return nil .. 1"],
    ids=["error", "endless loop", "huge string", "wrong type"],
)  # fmt: skip
def test_a_script_that_fails_ends_the_run_in_order(freshet, kinesis, tmp_path, what):
    server = kinesis("--stream", "DemoStream:2")
    path = write(tmp_path, "s.lua", FAILING % what)
    # Keys of the scenario's own would be tried before the run, and the error found there.
    run = freshet(*LOCAL, "--processes", 2, "-f", path, "--keys", "uniform:1000", "--rate", "4k", "-t", "60s", "--stop-timeout",
                  "20s", "DemoStream", endpoint=server, timeout=50)  # fmt: skip
    assert run.code == 1, run.tail()
    assert f"{path}:" in run.json["ended_by"] and run.json["ended_by"].startswith("workload failed: "), run.json["ended_by"]
    assert run.json["exit_code"] == 1 and run.json["duration_s"] < 45
    check_ledger(run.json)
    events, there = run.json["events"], len(readings(read_all(server.client(), "DemoStream")))
    assert events["delivered"] <= there <= events["delivered"] + events["unknown"]
    assert run.out.startswith("verdict   result incomplete: workload failed")
    if what != LOOP:  # which may keep it from all else for so long that it counts as missing
        assert events["unknown"] == 0 and events["delivered"] >= 1000 and "no final report" not in run.err


def test_one_of_two_fails_and_the_other_stops_with_it(freshet, tmp_path):
    """Only the first secondary on this machine finds the file that makes its script fail."""
    path = write(tmp_path, "s.lua", FAILING % 'if sensor_id:find("^[0-7]") then error("not this one") end')
    run = freshet(*LOCAL, "--processes", 2, "-f", path, "--rate", "4k", "-t", "60s", "null://", timeout=50)
    assert run.code == 1 and "not this one" in run.json["ended_by"], run.tail()
    check_ledger(run.json)
    assert run.json["events"]["generated"] == run.json["events"]["delivered"]


# ---- the dashboard ----


def test_a_script_that_failed_keeps_nobody_from_the_next_run(board, tmp_path):
    path = write(tmp_path, "s.lua", FAILING % 'error("out of ideas")')
    page = board("--processes", 1, "-f", path, "--rate", "4k", "null://").ready()
    for _ in range(2):
        run_id = page.start()
        over = page.until("stopped", 30)
        assert over["run_id"] == run_id and over["ended_by"].startswith("workload failed: "), over
        assert over["events"]["delivered"] >= 1000
    page.end()


def test_the_form_takes_a_template_and_tells_where_it_is_wrong(board, kinesis):
    server = kinesis("--stream", "DemoStream:2")
    page = board("--processes", 1, "--rate", "500", "DemoStream", endpoint=server).ready()
    wrong = {"template-text": '{"a": 1,\n "b":      {{random.nmber(5)}}}'}
    for path in ("/api/v1/preview", "/api/v1/run", "/api/v1/preflight"):
        answer = page.ask(path, "POST", body=wrong)
        assert answer.status == 422, answer.text
        error = answer.json["error"]
        assert error["line"] == 2 and error["column"] > 1
        assert re.match(rf"line 2, column {error['column']}: .*random\.nmber", error["fields"]["template-text"])
        assert "did you mean random.number?" in error["fields"]["template-text"]
    assert page.state()["state"] == "ready"

    events = page.ask("/api/v1/preview", "POST", body={"template-text": PUBLISHED}).json["events"]
    assert len(events) == 5 and all(fits(json.loads(event["data"])) for event in events)
    assert page.ask("/api/v1/preview", "POST", form={"template-text": PUBLISHED + "\n" * 60000}).status == 200
    assert page.ask("/api/v1/preview", "POST", body={"template-text": PUBLISHED + " " * 65536}).status in (400, 422)

    page.start(**{"template-text": PUBLISHED, "events": "300"})
    assert page.until("stopped")["events"]["delivered"] == 300
    assert all(map(fits, readings(read_all(server.client(), "DemoStream"))))
    run_id = page.get("/api/v1/runs").json["runs"][0]["id"]
    assert page.get(f"/api/v1/runs/{run_id}").json["settings"]["template-text"] == PUBLISHED

    page.start(events="20", rate="100")  # the next one is of the default again
    page.until("stopped")
    assert "sensorId" in readings(read_all(server.client(), "DemoStream"))[-1]
    page.end()


def test_previews_need_no_secondary_and_scenarios_come_from_no_browser(board, tmp_path):
    path = write(tmp_path, "kdg.json", PUBLISHED)
    page = board("--processes", 0, "--template", path)
    options = {option["name"]: option for option in page.get("/api/v1/options").json}
    assert options["template-text"]["current"] == PUBLISHED and options["template-text"]["type"] == "lines"
    assert options["scenario"]["form"] is False and options["template"]["form"] is False
    assert "scenario-text" not in options
    events = page.ask("/api/v1/preview", "POST", body={}).json["events"]
    assert all(fits(json.loads(event["data"])) for event in events)
    events = page.ask("/api/v1/preview", "POST", body={"template-text": ""}).json["events"]  # taken out of the form
    assert json.loads(events[0]["data"])["sensorId"] == events[0]["key"]
    for name in ("scenario", "template", "scenario-text", "f"):
        answer = page.ask("/api/v1/preview", "POST", body={name: "/etc/passwd"})
        assert answer.status == 422 and "no such option" in answer.json["error"]["fields"][name]
    page.end()


def test_the_text_is_sent_until_it_is_known_to_be_there(board, tmp_path):
    """A peer that speaks the protocol by hand sees it with its first shares, and only its hash once it has obeyed one."""
    port = helpers.free_port()
    pulse = {"sent_us": 1, "wall_us": 1, "echo_us": 0, "held_us": 0, "acknowledged": 0}
    page = board("--processes", 0, "--plaintext", "--bind-port", port)
    with Peers(f"tcp://127.0.0.1:{port}") as peers:
        peer = peers.join("freshet/0.1.0")
        asked, shares = [], []

        def listen():
            peers.send(peer, "heartbeat", {"state": "ready", "freshet": pulse})
            while peer.poll(100):
                kind, data, _ = msgpack.unpackb(peer.recv(), strict_map_key=False)
                if kind == "spawn":
                    shares.append(data["freshet"])
                elif kind == "freshet_preflight":
                    asked.append(data)
                    answer = {"id": data["id"], "ok": True, "event_bytes": 100.0}
                    peers.send(peer, "freshet_preflight_answer", answer)
            return shares

        wait_until(lambda: not listen() and page.get("/worker-count").json["worker_count"], what="its welcome")
        form = {"target": "null://", "rate": "100", "template-text": PUBLISHED}
        starting = threading.Thread(target=page.start, kwargs=form)  # it is answered once the preflight is
        starting.start()
        wait_until(lambda: len(listen()) >= 2, 30, "a share, said again since nobody obeys")
        starting.join()
        assert asked[0]["freshet"]["workload"]["text"] == PUBLISHED
        for share in shares:
            assert share["workload"]["text"] == PUBLISHED and share["workload"]["kind"] == 1
        report = template("report")[1]
        report["freshet"] |= {"run_id": shares[-1]["run_id"], "epoch": shares[-1]["epoch"], "sequence": 1, "final": False}
        peers.send(peer, "stats", report)
        wait_until(lambda: listen() and page.state()["state"] == "running", what="the report to be taken")
        before = len(shares)
        assert page.ask("/api/v1/run", "PATCH", body={"rate": "200"}).status == 200
        wait_until(lambda: len(listen()) > before, what="the new share")
        assert "text" not in shares[-1]["workload"] and shares[-1]["workload"]["hash"] == shares[0]["workload"]["hash"]
