"""A fleet of three hosts on a wire, mid-run: one is cut off for a while; the wire of one loses and delays."""

import time

import pytest

from fleet import Fleet, distinct
from helpers import wait_until
from test_fleet_losses import check_sum, delivers, stop

RATE = 1000
RUN = {"target": "DemoStream", "batch_size": 20, "rate": RATE}


@pytest.fixture
def hosts(network, freshet, environment, kinesis, tmp_path):
    """A network, a stream on its host `primary`, and a fleet with a secondary on each of the others."""
    (tmp_path / "state").mkdir(mode=0o700)
    wire = network("primary", "one", "two")
    fleet = Fleet(freshet, environment, tmp_path, host=wire.address["primary"], port=5557)
    with wire.inside("primary"):
        fleet.stream = kinesis("--host", wire.address["primary"], "--stream", "DemoStream:2")
        fleet.primary("--endpoint-url", fleet.stream.url)
        for host in ("one", "two"):
            with wire.inside(host):
                pass
        fleet.wire = wire
        for host in ("one", "two"):
            setattr(fleet, host, start_on(fleet, host))
        yield fleet
        fleet.dashboard.end()
        fleet.close()


def start_on(fleet, host):
    with fleet.wire.inside(host):
        return fleet.secondary(name=host)


def test_a_host_is_cut_off_for_a_while(hosts):
    hosts.dashboard.start(**RUN)
    for one in (hosts.one, hosts.two):
        delivers(hosts, one, 0.4 * RATE)
    cut_ms = time.time() * 1000
    hosts.wire.cut("one")
    wait_until(lambda: hosts.of(hosts.one)["state"] == "missing", 30, "the silence of the host")
    lost = hosts.events()["unknown"]
    delivers(hosts, hosts.two, 0.9 * RATE)
    time.sleep(max(0, cut_ms / 1000 + 20 - time.time()))
    hosts.wire.heal("one")
    healed = time.time()
    wait_until(lambda: hosts.of(hosts.one)["state"] == "running", 40, "the return")
    print("returned after", time.time() - healed)
    delivers(hosts, hosts.one, 0.4 * RATE)
    events = stop(hosts)
    print(lost, events, hosts.run.err, hosts.one.err)
    timestamps = distinct(hosts.stream.client())
    check_sum(events, timestamps)


def test_a_wire_that_loses_and_delays(hosts):
    hosts.dashboard.start(**RUN)
    for one in (hosts.one, hosts.two):
        delivers(hosts, one, 0.4 * RATE)
    hosts.wire.netem("one", "loss 30% delay 200ms")
    end = time.time() + 25
    while time.time() < end:
        print(hosts.of(hosts.one)["state"], hosts.of(hosts.one)["rtt_us"], hosts.of(hosts.one)["delivered_per_s"], hosts.events())
        time.sleep(1)
    hosts.wire.heal("one")
    events = stop(hosts)
    print(events, hosts.run.err, hosts.one.err)
    timestamps = distinct(hosts.stream.client())
    check_sum(events, timestamps)
    assert not hosts.told("missing")
