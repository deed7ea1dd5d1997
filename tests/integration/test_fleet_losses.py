"""Parts of a fleet that join, leave, hang, die, come back and go by each other's names: what becomes of the load and of
the counts."""

import os
import signal
import time

import msgpack
import pytest
import zmq

from fleet import Fleet, Secondary, distinct
from helpers import children, free_port, wait_until

RUN = {"target": "DemoStream", "batch_size": 20}


@pytest.fixture
def fleet(freshet, environment, tmp_path):
    (tmp_path / "state").mkdir(mode=0o700)
    made = Fleet(freshet, environment, tmp_path)
    yield made
    made.close()


def delivers(fleet, one, at_least):
    def enough():
        seen = fleet.of(one)
        return seen and seen["state"] == "running" and seen["delivered_per_s"] >= at_least

    wait_until(enough, 30, f"{at_least} events/s of {one.id}")


def check_sum(events, timestamps):
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"], events
    assert events["delivered"] <= len(timestamps) <= events["delivered"] + events["unknown"], events


def stop(fleet):
    assert fleet.dashboard.ask("/api/v1/run/stop", "POST").status == 200
    return fleet.dashboard.until("stopped", 30)["events"]


def impostor(fleet, name):
    """Another process that greets under a name that is taken; what it is answered."""
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.setsockopt(zmq.IDENTITY, name.encode())
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(f"tcp://127.0.0.1:{fleet.port}")
    try:
        for _ in range(3):
            socket.send(msgpack.packb(["client_ready", "freshet/0.1.0", name]))
            socket.send(msgpack.packb(["heartbeat", {"state": "ready", "current_cpu_usage": 0.0}, name]))
            if socket.poll(300):
                return socket.recv()
        return None
    finally:
        socket.close()


def test_one_hangs_and_returns_one_joins_one_leaves_and_every_event_is_accounted_for(kinesis, fleet):
    server = kinesis("--stream", "DemoStream:2")
    fleet.primary("--stop-timeout", "1s", endpoint=server)
    one, two = fleet.secondary(), fleet.secondary()
    fleet.dashboard.start(**RUN, rate=800)
    delivers(fleet, one, 300)
    delivers(fleet, two, 300)

    # Its clock is the primary's own here: what is measured must be nought, within the error that it admits.
    for secondary in (one, two):
        seen = wait_until(lambda s=secondary: (f := fleet.of(s))["rtt_us"] and f, 10, "the round trip")
        assert 0 < seen["rtt_us"] < 10_000_000 and seen["clock_error_us"] <= seen["rtt_us"]
        assert abs(seen["clock_offset_us"]) <= seen["clock_error_us"] + 1, seen

    assert impostor(fleet, two.id) is None
    one.signal(signal.SIGSTOP)
    wait_until(lambda: fleet.of(one)["state"] == "missing", 30, "the silence of the one that hangs")
    lost = fleet.events()["unknown"]
    assert 0 < lost <= 4000, "at most what its share allows: 400/s for some report intervals"
    delivers(fleet, two, 700)
    one.signal(signal.SIGCONT)
    wait_until(lambda: fleet.events()["unknown"] == 0, 30, "what it has counted")
    delivers(fleet, one, 300)
    assert one.said("the load stops until it is back")
    assert len(fleet.told(f"secondary is missing: {one.id}")) == len(fleet.told(f"secondary is back: {one.id}")) == 1
    assert not fleet.told(rf"secondary (is missing|is back|left|refused): {two.id}"), "the one whose name was used was not disturbed"

    three = fleet.secondary()
    delivers(fleet, three, 200)
    two.signal(signal.SIGTERM)
    two.wait_exit(30)
    wait_until(lambda: fleet.of(two)["state"] == "left", 10, "the leave")
    assert len(fleet.told(f"secondary left: {two.id}")) == 1
    delivers(fleet, one, 300)
    delivers(fleet, three, 300)

    # A stop does not wait for ever, and says for whom it did not; who returns afterwards is still heard.
    three.signal(signal.SIGSTOP)
    events = stop(fleet)
    check_sum(events, distinct(server.client()))
    assert len(fleet.told(f"no final report from 1 of 3 secondaries: {three.id}$")) == 1
    three.signal(signal.SIGCONT)
    wait_until(lambda: fleet.events()["unknown"] == 0, 20, "its last word")
    events = fleet.events()
    assert events["generated"] == events["delivered"] == len(distinct(server.client()))
    kept = lambda: fleet.dashboard.get("/api/v1/runs").json["runs"][0]  # noqa: E731
    wait_until(lambda: kept()["unknown"] == 0 and kept()["delivered"] == events["delivered"], 10, "the history")
    fleet.dashboard.end()
    for secondary in (one, three):
        secondary.signal(signal.SIGTERM)
        secondary.wait_exit(20)


def test_a_killed_local_one_is_known_at_once_and_replaced(kinesis, fleet):
    server = kinesis("--stream", "DemoStream:2")
    board = fleet.primary(processes=2, endpoint=server)
    board.ready(2)
    board.start(**RUN, rate=1000)
    wait_until(lambda: fleet.events()["delivered"] > 0, 20, "events")
    victim = children(fleet.run.pid)[0]
    os.kill(victim, signal.SIGKILL)

    def replaced():
        states = sorted(s["state"] for s in board.state()["secondaries"])
        return states == ["replaced", "running", "running"]

    wait_until(replaced, 30, "the one in its place")
    (died,) = fleet.told(f"local secondary died: pid={victim} .*, secondary=")
    name = died.split("secondary=")[1]
    assert len(fleet.told(f"secondary joined: .* in place of {name}$")) == 1
    assert not fleet.told("secondary is missing"), "it is told once, and not only after a time of silence"
    check_sum(stop(fleet), distinct(server.client()))
    board.end()


def test_a_primary_that_hangs_blames_nobody_and_a_run_that_all_have_left_ends(fleet):
    fleet.primary()
    one = fleet.secondary()
    fleet.dashboard.start(target="null://", rate=1000, batch_size=20)
    delivers(fleet, one, 500)
    fleet.run.signal(signal.SIGSTOP)
    wait_until(lambda: one.said("the load stops until it is back"), 20, "the end of the lease")
    fleet.run.signal(signal.SIGCONT)
    wait_until(lambda: one.err.count("joined a freshet primary") == 2, 20, "its return")  # what is shown may be older
    delivers(fleet, one, 500)
    wait_until(lambda: fleet.told("the primary stood still for") and fleet.told("lost touch"), 10, "its words")
    assert not fleet.told("secondary is missing")

    one.signal(signal.SIGTERM)
    one.wait_exit(20)
    run = fleet.dashboard.until("stopped", 20)
    assert run["events"]["unknown"] == 0
    assert fleet.told("stopping: all secondaries lost")
    fleet.dashboard.end()


def test_a_killed_primary_is_started_again(kinesis, fleet):
    server = kinesis("--stream", "DemoStream:2")
    fleet.primary(endpoint=server)
    both = [fleet.secondary(), fleet.secondary()]
    first = fleet.dashboard.start(**RUN, rate=800)
    for one in both:
        delivers(fleet, one, 300)
    wait_until(lambda: fleet.dashboard.get("/api/v1/runs").json["runs"], 20, "the run in the history")
    killed_ms = time.time() * 1000
    fleet.run.kill()
    for one in both:
        wait_until(lambda one=one: one.said("the load stops until it is back"), 20, "the end of the lease")
    # By the events' own times: the lease is 5 s, and it was granted before the primary was killed.
    timestamps = distinct(server.client())
    assert timestamps[-1] <= killed_ms + 6_500, timestamps[-1] - killed_ms

    fleet.primary(endpoint=server)
    wait_until(lambda: sorted(fleet.names()) == sorted(one.id for one in both), 20, "both, by their names")
    (kept,) = fleet.dashboard.get("/api/v1/runs").json["runs"]
    assert (kept["id"], kept["state"]) == (first, "interrupted")
    assert len(fleet.told(f"interrupted.*: {first}")) == 1
    assert len(distinct(server.client())) == len(timestamps), "nobody takes up the old run"

    second = fleet.dashboard.start(**RUN, rate=800)
    for one in both:
        delivers(fleet, one, 300)
    fleet.run.kill()
    fleet.primary(endpoint=server)  # at once: their leases may still hold
    wait_until(lambda: sorted(fleet.names()) == sorted(one.id for one in both), 20, "both again")
    for one in both:
        wait_until(lambda one=one: one.err.count("the load stops") >= 2, 20, "the end of the second run")
    states = {run["id"]: run["state"] for run in fleet.dashboard.get("/api/v1/runs").json["runs"]}
    assert states.get(second, "interrupted") == states[first] == "interrupted"
    fleet.dashboard.start(**RUN, rate=800, events=400)
    events = fleet.dashboard.until("stopped", 30)["events"]
    assert events["delivered"] == events["generated"] == 400
    fleet.dashboard.end()


def test_a_name_that_is_never_answered_is_given_up(environment, tmp_path):
    """So it is for a process whose name another one has: the primary's socket does not even hand its words on."""
    port = free_port()
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.bind(f"tcp://127.0.0.1:{port}")
    one = Secondary(environment(True), tmp_path / "one", "127.0.0.1", port)
    try:
        names = []
        while len(set(names)) < 2:
            assert socket.poll(20_000), one.tail()
            identity, message = socket.recv_multipart()
            kind, _, name = msgpack.unpackb(message)
            assert kind == "client_ready" and name.encode() == identity
            names.append(name)
        assert names[:-1] == names[:1] * (len(names) - 1) and len(names) >= 3, names
        wait_until(lambda: one.err.count(f"no answer of the primary to {names[0]}") == 1, 5, "its word")
        socket.send_multipart([names[-1].encode(), msgpack.packb(["ack", {"index": 0}, names[-1]])])
        wait_until(lambda: one.said("joined a Locust primary"), 10, "the join")
    finally:
        one.end()
        socket.close()
