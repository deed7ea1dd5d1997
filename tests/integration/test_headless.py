"""The headless run, from the first option to the exit code."""

import csv
import os
import pty
import re
import select
import signal
import termios
import time

import msgpack
import pytest
import zmq

import helpers
from helpers import check_ledger, finished, wait_until

LOCAL = ["--headless", "--bind-port", "0"]
SHORT = [*LOCAL, "--processes", "1", "--stop-timeout", "5s"]


def lines(text, pattern):
    return [line for line in text.splitlines() if re.search(pattern, line)]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def progress(run):
    """Events delivered by the newest plain progress line, 0 before the first."""
    found = re.findall(r"delivered=(\d+)", run.err)
    return int(found[-1]) if found else 0


# ---- nothing but ourselves: null:// ----


def test_a_rate_is_held_and_every_event_accounted_for(freshet):
    run = freshet(*LOCAL, "--processes", 2, "--rate", "2k", "-t", "3s", "null://")
    report = run.json
    assert finished(run), run.tail()
    assert report["model"] == "rate" and report["secondaries"] == 2 and report["exit_code"] == run.code
    assert report["events"]["failed"] == report["events"]["unknown"] == 0
    check_ledger(report)
    assert report["events"]["delivered"] >= 4000 or run.code == 4  # 2,000/s for 3 s, the start of the processes left out
    assert report["events"]["delivered"] <= 2000 * (report["duration_s"] + 0.3)
    assert "seed=" in run.err
    assert run.out.startswith("verdict")


def test_exactly_n_events_end_the_run(freshet):
    run = freshet(*LOCAL, "--processes", 2, "-n", 12347, "--rate", "10k", "null://")
    assert finished(run), run.tail()
    assert run.json["events"]["generated"] == run.json["events"]["delivered"] == 12347


def test_users_ramp_as_locust_adds_them(freshet, tmp_path):
    prefix = tmp_path / "run"
    run = freshet(*SHORT, "-u", 6, "-r", 2, "--batch-size", 10, "--wait-time", "100ms", "-t", "5s", "--csv", prefix,
                  "--csv-full-history", "null://")
    assert run.code == 0, run.tail()
    check_ledger(run.json)
    with open(f"{prefix}_stats_history.csv", newline="") as file:
        users = [int(row["User Count"]) for row in csv.DictReader(file) if row["Name"] == "Aggregated"]
    steps = users[:-1]  # the last point is after the stop
    assert steps == sorted(steps) and max(users) == 6, users
    assert users[0] < 6, users  # a ramp, not a step
    with open(f"{prefix}_stats.csv", newline="") as file:
        total = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated"][0]
    assert int(total["Request Count"]) == run.json["requests"]["sent"]
    assert int(total["Failure Count"]) == 0
    for part in ("failures", "exceptions"):
        with open(f"{prefix}_{part}.csv", newline="") as file:
            assert len(list(csv.reader(file))) == 1  # the header alone
    assert not list(tmp_path.glob("*.tmp"))


def test_the_same_seed_is_told_and_kept(freshet):
    run = freshet(*SHORT, "-n", 10, "--rate", "100", "--seed", 42, "null://")
    assert finished(run), run.tail()
    assert "seed=42" in run.err


def test_only_summary_is_quiet_until_the_end(freshet):
    run = freshet(*SHORT, "--only-summary", "--rate", "1k", "-t", "2s", "null://")
    assert finished(run), run.tail()
    assert "elapsed=" not in run.err
    assert run.out.strip()


# ---- what is said before anything starts ----


@pytest.mark.parametrize(
    "args, words",
    [
        (["--headless"], "target"),
        (["--headless", "--rate", "many", "null://"], "many"),
        (["--headless", "--rate", "5", "-u", "3", "null://"], "--rate"),
        (["--headless", "--batch-size", "501", "null://"], "501"),
        (["--headless", "--processes", "-2", "null://"], "-2"),
        (["--headless", "--loglevel", "LOUD", "null://"], "LOUD"),
        (["--headless", "--no-such-flag", "null://"], "--no-such-flag"),
        (["--headless", "--keys-dir", "somewhere", "--plaintext", "null://"], "--keys-dir"),
        (["--headless", "--csv", "/no-such-folder/run", "null://"], "/no-such-folder"),
        (["--headless", "-t", "1x", "null://"], "1x"),
        (["--headless", "kafka:/x"], "kafka:/x"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(freshet, args, words):
    run = freshet(*args, timeout=20)
    assert run.code == 2, run.tail()
    assert len(run.err.splitlines()) == 1 and words in run.err, run.tail()
    assert run.out == ""


def test_a_bad_variable_is_named(freshet):
    run = freshet("--headless", "null://", env={"FRESHET_RATE": "lots"}, timeout=20)
    assert run.code == 2
    assert "FRESHET_RATE" in run.err and "lots" in run.err


def test_a_report_that_cannot_be_written_is_told_before_the_run(freshet):
    run = freshet("--headless", "--json", "/no-such-folder/report.json", "null://", timeout=20)
    assert run.code == 2
    assert "/no-such-folder/report.json" in run.err


def test_help_version_and_list(freshet):
    help_text = freshet("--help", timeout=20)
    assert help_text.code == 0 and help_text.out.startswith("usage: freshet")
    assert "--rate" in help_text.out
    version = freshet("--version", timeout=20)
    assert version.code == 0 and re.match(r"freshet \d+\.\d+", version.out)
    assert "|" in freshet("--help-markdown", timeout=20).out


def test_a_port_in_use_is_told(freshet):
    first = freshet.start("--headless", "--processes", "0", "--bind-port", "0", "null://")
    port = wait_until(lambda: re.search(r"port=(\d+)", first.err), what="the port").group(1)
    second = freshet("--headless", "--bind-port", port, "null://", timeout=20)
    assert second.code == 2
    assert port in second.err and "in use" in second.err
    first.signal(signal.SIGTERM)
    assert first.wait(20).code == 143


def test_secondaries_that_do_not_come_end_in_exit_5(freshet):
    run = freshet(*SHORT, "--expect-secondaries", 2, "--expect-secondaries-max-wait", "3s", "null://")
    assert run.code == 5, run.tail()
    joined = len(lines(run.err, "secondary joined"))  # 0 on a machine that needs longer to start one
    assert lines(run.err, rf"\b{joined} of 2 expected secondaries") and joined < 2, run.tail()
    assert run.json is None


# ---- signals ----


def test_ctrl_c_stops_in_order_and_writes_every_report(freshet):
    run = freshet.start(*LOCAL, "--processes", 2, "--rate", "1k", "null://")
    wait_until(lambda: progress(run) > 0, 30, "progress")
    run.signal(signal.SIGINT)
    run.wait(30)
    assert run.code == 130, run.tail()
    assert run.json["exit_code"] == 130
    check_ledger(run.json)
    assert run.json["events"]["unknown"] == 0
    assert run.out.strip()


def test_sigterm_while_waiting_for_secondaries(freshet):
    run = freshet.start("--headless", "--processes", "0", "--bind-port", "0", "null://")
    wait_until(lambda: "port=" in run.err, what="the port")
    run.signal(signal.SIGTERM)
    assert run.wait(20).code == 143


def test_a_second_signal_stops_at_once(freshet):
    """A secondary that can't answer any more would hold the orderly stop for its full timeout."""
    run = freshet.start(*LOCAL, "--processes", 1, "--stop-timeout", "50s", "--rate", "1k", "null://")
    wait_until(lambda: progress(run) > 0, 30, "progress")
    (secondary,) = run.secondaries()
    os.kill(secondary, signal.SIGSTOP)
    run.signal(signal.SIGINT)
    wait_until(lambda: "stopping" in run.err, what="the orderly stop")
    run.signal(signal.SIGINT)
    run.wait(20)
    assert run.code == 130, run.tail()
    check_ledger(run.json)
    assert not alive(secondary)


# ---- losses ----


def test_a_killed_secondary_is_replaced_and_its_loss_told(freshet):
    run = freshet.start(*LOCAL, "--processes", 2, "--rate", "2k", "-t", "9s", "null://")
    wait_until(lambda: progress(run) > 0, 30, "progress")
    victim = run.secondaries()[0]
    os.kill(victim, signal.SIGKILL)
    run.wait(60)
    report = run.json
    check_ledger(report)
    assert run.code in (1, 7), run.tail()
    (died,) = lines(run.err, rf"local secondary died: pid={victim} .*signal 9.*, secondary=")
    name = died.split("secondary=")[1]
    assert lines(run.err, r"local secondary restarted"), run.tail()
    assert lines(run.err, rf"secondary joined: .* in place of {name}$"), run.tail()
    assert not lines(run.err, r"secondary is missing"), "told once"
    assert "lost" in run.out, run.out
    assert report["events"]["failed"] == 0


def test_a_secondary_lost_and_not_replaced_ends_in_exit_7(freshet):
    """Frozen, not dead: nobody is started in its place, its share goes to the other, its books stay open."""
    run = freshet.start(*LOCAL, "--processes", 2, "--rate", "2k", "-t", "16s", "--stop-timeout", "1s", "null://")
    wait_until(lambda: progress(run) > 0, 30, "progress")
    os.kill(run.secondaries()[0], signal.SIGSTOP)
    run.wait(60)
    assert run.code == 7, run.tail()
    check_ledger(run.json)
    assert run.json["events"]["unknown"] > 0 and run.json["events"]["failed"] == 0
    (missing,) = lines(run.err, "secondary is missing: ")
    name = missing.split("missing: ")[1]
    assert lines(run.err, rf"no final report from 1 of 2 secondaries: {name}$"), run.tail()
    _, anew, later = run.err.partition("load is shared out anew: secondaries=1")
    assert anew, run.tail()
    rates = [float(rate) for rate in re.findall(r"state=running .*?events_per_s=(\d+)", later)]
    assert max(rates) > 1500, rates  # the other carries the whole rate


def test_secondaries_stop_when_the_primary_is_killed(freshet, kinesis):
    server = kinesis("--stream", "DemoStream:4", "--discard")
    run = freshet.start(*LOCAL, "--processes", 2, "--rate", "2k", "DemoStream", endpoint=server)
    wait_until(lambda: server.stats()["records"] > 0, 30, "records")
    secondaries = run.secondaries()
    assert len(secondaries) == 2
    os.kill(run.pid, signal.SIGKILL)
    run.killed = True
    wait_until(lambda: not any(alive(pid) for pid in secondaries), 15, "the end of the secondaries")


# ---- a stream ----


def test_counts_equal_the_servers_own(freshet, kinesis, tmp_path):
    server = kinesis("--stream", "DemoStream:4")
    prefix = tmp_path / "run"
    run = freshet(*LOCAL, "--processes", 2, "--rate", "5k", "-t", "3s", "--csv", prefix, "DemoStream", endpoint=server)
    report, stats = run.json, server.stats()
    assert finished(run), run.tail()
    check_ledger(report)
    assert report["events"]["delivered"] == stats["records"]
    assert report["requests"]["sent"] == stats["requests"] or report["requests"]["sent"] > 0
    assert {shard["id"]: shard["events"] for shard in report["shards"]} == {
        name: count for name, count in stats["shards"].items() if count > 0
    }
    assert report["target"].endswith("DemoStream")
    assert lines(run.err, r"DemoStream: PROVISIONED, 4 shards, 4,000 events/s and 4\.2 MB/s write capacity")
    assert lines(run.err, r"WARNING.*5,000 events/s are asked for")  # more than 4 shards take
    with open(f"{prefix}_stats.csv", newline="") as file:
        total = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated"][0]
    assert int(total["Request Count"]) == report["requests"]["sent"]


def test_exactly_n_arrive(freshet, kinesis):
    server = kinesis("--stream", "DemoStream:4", "--discard")
    run = freshet(*LOCAL, "--processes", 2, "-n", 34567, "--rate", "20k", "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    assert run.json["events"]["delivered"] == server.stats()["records"] == 34567


def test_limits_of_the_stream_are_seen_and_told(freshet, kinesis):
    server = kinesis("--stream", "DemoStream:4", "--enforce-limits")
    run = freshet(*LOCAL, "--processes", 2, "--rate", "20k", "--max-retries", 3, "-t", "4s", "DemoStream",
                  endpoint=server)
    report = run.json
    check_ledger(report)
    assert run.code in (1, 4), run.tail()
    assert report["events"]["retried"] > 0 and report["events"]["throttled"] > 0
    assert report["events"]["delivered"] == server.stats()["records"]
    assert report["schedule"]["achieved_ratio"] < 0.95
    assert lines(run.out, r"stream"), run.out


def test_failures_end_in_exit_1_or_the_code_that_was_asked_for(freshet, kinesis):
    server = kinesis("--stream", "DemoStream:1", "--enforce-limits")
    run = freshet(*SHORT, "-u", 8, "-r", 8, "--wait-time", "0.2s", "--max-retries", 0, "-t", "3s",
                  "--exit-code-on-error", 9, "DemoStream", endpoint=server)
    assert run.code == 9, run.tail()
    assert run.json["events"]["failed"] > 0
    check_ledger(run.json)
    assert any(error["code"] == "ProvisionedThroughputExceededException" for error in run.json["errors"])


def test_no_such_stream_is_refused_before_anything_is_sent(freshet, kinesis):
    server = kinesis("--stream", "DemoStream:4")
    run = freshet(*SHORT, "--rate", "1k", "-t", "2s", "NoSuchStream", endpoint=server)
    assert run.code == 6, run.tail()
    assert lines(run.err, r"target refused: ResourceNotFoundException"), run.tail()
    assert server.stats()["records"] == 0
    assert run.json is None


def test_wrong_secret_is_refused_in_the_services_words(freshet, kinesis):
    server = kinesis("--stream", "DemoStream:4", "--access-key", helpers.ACCESS_KEY, "--secret-key", "other")
    run = freshet(*SHORT, "--rate", "1k", "-t", "2s", "DemoStream", endpoint=server)
    assert run.code == 6, run.tail()
    assert lines(run.err, r"target refused: .*Signature"), run.tail()
    assert server.stats()["records"] == 0


def test_no_credentials_are_refused(freshet, kinesis):
    server = kinesis("--stream", "DemoStream:4")
    run = freshet(*SHORT, "--rate", "1k", "-t", "2s", "DemoStream", endpoint=server, credentials=False)
    assert run.code == 6, run.tail()
    assert lines(run.err, r"target refused: .*[Cc]redentials"), run.tail()
    assert server.stats()["records"] == 0


def test_server_down_at_start_is_refused(freshet):
    run = freshet(*SHORT, "--rate", "1k", "-t", "2s", "DemoStream", endpoint="http://127.0.0.1:9")
    assert run.code == 6, run.tail()
    assert lines(run.err, r"target refused"), run.tail()


def test_the_old_env_file_works(freshet, kinesis):
    server = kinesis("--stream", "DemoStream:4")
    env = {
        "LOCUST_NUMBER_OF_SECONDARIES": 2,
        "LOCUST_BATCH_SIZE": 10,
        "REGION": "eu-central-1",
        "KINESIS_DEFAULT_STREAM_NAME": "DemoStream",
        "LOCUST_DASHBOARD_USER": "locust-user",
        "LOCUST_DASHBOARD_PWD": "locust-dashboard-pwd",
        "AWS_REGION": None,
    }
    run = freshet(*LOCAL, "-u", 10, "-r", 10, "-t", "3s", endpoint=server, env=env)
    assert run.code == 0, run.tail()
    assert run.json["secondaries"] == 2
    assert run.json["events"]["delivered"] == server.stats()["records"] > 0
    assert run.json["events"]["delivered"] % 10 == 0


# ---- a terminal ----


def test_keys_change_the_users_while_it_runs(environment):
    """A terminal of its own: the live line is redrawn, w adds a user, and the terminal is given back as it was."""
    program = str(helpers.program("freshet"))
    args = [program, *SHORT, "-u", "2", "-r", "10", "--wait-time", "100ms", "null://"]
    env = environment() | {"TERM": "xterm"}
    gate, opens = os.pipe()
    pid, ours = pty.fork()
    if pid == 0:
        os.read(gate, 1)
        os.execve(program, args, env)
    text, pressed, stopped, end = "", False, False, time.monotonic() + 120
    before = termios.tcgetattr(ours)[3]
    os.write(opens, b"!")
    try:
        while time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    text += os.read(ours, 65536).decode(errors="replace")
                except OSError:
                    break  # it has ended
            if not pressed and text.count("\x1b[K") > 2:
                assert not termios.tcgetattr(ours)[3] & termios.ECHO
                os.write(ours, b"w")
                pressed = True
            if pressed and not stopped and "users: 3" in text:
                os.write(ours, b"\x03")  # Ctrl-C, through the terminal
                stopped = True
        _, status = wait_until(lambda: (ended := os.waitpid(pid, os.WNOHANG))[0] and ended, 20, f"its end after {text!r}")
    finally:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        for handle in (ours, gate, opens):
            os.close(handle)
    assert stopped, text
    assert os.waitstatus_to_exitcode(status) == 130, text
    assert before & termios.ECHO
    assert not helpers.SANITIZER.search(text), text


# ---- the link ----


def test_a_stranger_without_keys_is_not_let_in(freshet):
    """Local secondaries get throw-away keys by themselves; whoever else knocks on the port stays outside."""
    run = freshet.start(*LOCAL, "--processes", 1, "--rate", "1k", "-t", "4s", "null://")
    port = wait_until(lambda: re.search(r"port=(\d+)", run.err), what="the port").group(1)
    with zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.setsockopt(zmq.IDENTITY, b"stranger_1")
        stranger.connect(f"tcp://127.0.0.1:{port}")
        stranger.send(msgpack.packb(["client_ready", "2.47.0", "stranger_1"]))
        run.wait(30)
        assert not stranger.poll(0)
    assert finished(run), run.tail()
    assert len(lines(run.err, "secondary joined")) == 1, run.tail()


def test_garbage_on_a_plaintext_port_is_dropped_and_told(freshet):
    run = freshet.start(*LOCAL, "--plaintext", "--processes", 1, "--rate", "1k", "-t", "4s", "null://")
    port = wait_until(lambda: re.search(r"port=(\d+)", run.err), what="the port").group(1)
    with zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.setsockopt(zmq.IDENTITY, b"stranger_1")
        stranger.connect(f"tcp://127.0.0.1:{port}")
        for message in (b"", b"\xc1", b"\x93", msgpack.packb(["client_ready", "2.47.0", "somebody_else"]), b"x" * 70000):
            stranger.send(message)
        stranger.send_multipart([b"two", b"frames"])
        run.wait(30)
    assert finished(run), run.tail()
    assert len(lines(run.err, "secondary joined")) == 1, run.tail()
    assert lines(run.err, "bad message dropped"), run.tail()
