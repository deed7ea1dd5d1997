"""A fleet for the stories: a primary with its dashboard, and secondaries that are started one by one."""

import re

import helpers
from helpers import Program, read_all, readings, wait_until
from test_dashboard_http import Dashboard

JOINED = r"secondary joined: (\S+),"


class Secondary(Program):
    """A freshet-secondary that the test started."""

    def __init__(self, env, folder, host, port, *args):
        words = ["--primary-host", host, "--primary-port", port, "--plaintext", *args]
        super().__init__("freshet-secondary", words, env, folder)

    def said(self, text):
        return text in self.err


class Fleet:
    """`inside`: how to be where the primary is (network.inside), or None."""

    def __init__(self, freshet, environment, folder, host="127.0.0.1", port=None):
        self.freshet, self.environment, self.folder = freshet, environment, folder
        self.host, self.port = host, port or helpers.free_port()
        self.secondaries = []
        self.dashboard = None

    def primary(self, *args, processes=0, **more):
        """Start it; again, where it was before."""
        link = ["--processes", processes, "--bind-host", self.host, "--bind-port", self.port, "--plaintext"]
        self.dashboard = Dashboard(self.freshet, self.folder / "state", *link, *args, **more)
        self.run = self.dashboard.run
        return self.dashboard

    def secondary(self, *args, name=None):
        """Start one and return it, with its .id, once it has joined."""
        before = set(self.names())
        env = self.environment(True)
        folder = self.folder / (name or f"secondary-{len(self.secondaries)}")
        one = Secondary(env, folder, self.host, self.port, *args)
        self.secondaries.append(one)

        def joined():
            assert one.running(), one.tail()
            return set(self.names()) - before

        (one.id,) = wait_until(joined, 30, "the secondary")
        return one

    def names(self):
        return re.findall(JOINED, self.run.err)

    def told(self, pattern):
        """Lines of the primary's log."""
        return [line for line in self.run.err.splitlines() if re.search(pattern, line)]

    def of(self, one):
        """What the dashboard says of a secondary."""
        return next((s for s in self.dashboard.state()["secondaries"] if s["id"] == one.id), None)

    def events(self):
        return self.dashboard.state()["events"]

    def close(self):
        for one in self.secondaries:
            one.end()
            one.check_sanitizers()


def distinct(client):
    """Readings in the stream, those that came twice counted once: [timestamp in ms]."""
    found = {(reading["sensorId"], reading["timestamp"]) for reading in readings(read_all(client, "DemoStream"))}
    return sorted(timestamp for _, timestamp in found)
