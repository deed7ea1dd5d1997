"""A fleet of three hosts on a wire, mid-run: one is cut off for 20 s; the wire of one loses a third and delays.

When load stood and who took over is read from the events' own times in the stream.
"""

import time

import pytest

from fleet import Fleet, distinct
from helpers import wait_until
from test_fleet_losses import check_sum, delivers, stop

RATE = 1000
RUN = {"target": "DemoStream", "batch_size": 20, "rate": RATE}


@pytest.fixture
def hosts(network, freshet, environment, kinesis, tmp_path):
    """A primary and a stream on one host, a secondary on each of two others: .one and .two."""
    (tmp_path / "state").mkdir(mode=0o700)
    wire = network("primary", "one", "two")
    fleet = Fleet(freshet, environment, tmp_path, host=wire.address["primary"], port=5557)
    fleet.wire = wire
    with wire.inside("primary"):
        fleet.stream = kinesis("--host", wire.address["primary"], "--stream", "DemoStream:2")
        fleet.primary("--endpoint-url", fleet.stream.url)
        for host in ("one", "two"):
            with wire.inside(host):
                setattr(fleet, host, fleet.secondary(name=host))
        yield fleet
        fleet.dashboard.end()
        fleet.close()


def start(hosts):
    hosts.dashboard.start(**RUN)
    for one in (hosts.one, hosts.two):
        delivers(hosts, one, 0.4 * RATE)


def share_of_rate(timestamps, begin_ms, from_s, to_s):
    """Events in this window, as a part of what was asked."""
    count = sum(begin_ms + from_s * 1000 <= t < begin_ms + to_s * 1000 for t in timestamps)
    return count / (RATE * (to_s - from_s))


def test_a_host_is_cut_off_for_a_while(hosts):
    start(hosts)
    cut_ms = time.time() * 1000
    hosts.wire.cut("one")
    wait_until(lambda: hosts.of(hosts.one)["state"] == "missing", 30, "the silence of the host")
    lost = hosts.events()["unknown"]
    assert 0 < lost <= 4 * RATE, "at most what its share allows: half of the rate for some report intervals"
    delivers(hosts, hosts.two, 0.9 * RATE)
    time.sleep(max(0.0, cut_ms / 1000 + 20 - time.time()))
    hosts.wire.heal("one")
    wait_until(lambda: hosts.of(hosts.one)["state"] == "running", 40, "the return")
    delivers(hosts, hosts.one, 0.4 * RATE)
    events = stop(hosts)

    timestamps = distinct(hosts.stream.client())
    check_sum(events, timestamps)
    assert events["failed"] + events["unknown"] <= lost, "what was counted there is known again"
    assert hosts.one.err.count("the load stops until it is back") == 1
    assert share_of_rate(timestamps, cut_ms, 5.7, 7.2) < 0.75, "load there stops within 5 s, and nobody has taken over yet"
    assert share_of_rate(timestamps, cut_ms, 12, 19) > 0.85, "the other has taken over within 10 s"
    for line in (f"secondary is missing: {hosts.one.id}", f"secondary is back: {hosts.one.id}"):
        assert len(hosts.told(line)) == 1, hosts.run.err
    assert not hosts.told(rf"(missing|back|left|refused).*{hosts.two.id}")


def test_a_wire_that_loses_and_delays(hosts):
    start(hosts)
    hosts.wire.netem("one", "loss 30% delay 200ms")
    begun = time.time()
    trips = []
    while time.time() < begun + 15 or not trips:
        seen = hosts.of(hosts.one)
        assert seen["state"] == "running", hosts.run.err
        trips += [seen] if seen["rtt_us"] >= 400_000 else []
        assert time.time() < begun + 60, "no heartbeat passes there and back"
        time.sleep(0.5)
    for seen in trips:  # the same clock on all hosts
        assert abs(seen["clock_offset_us"]) <= seen["clock_error_us"] + 1
    hosts.wire.heal("one")
    delivers(hosts, hosts.one, 0.1 * RATE)
    events = stop(hosts)
    timestamps = distinct(hosts.stream.client())
    check_sum(events, timestamps)
    assert events["generated"] == events["delivered"] == len(timestamps), "nothing is lost"
    assert not hosts.told("missing|back|left|no final report"), "nobody is declared dead"
