"""Joining: keys, bundles, refusals and revocation between hosts; what the wire shows; what operators are told."""

import base64
import json
import shutil
import signal
import stat
import subprocess
import urllib.parse
import urllib.request

import msgpack
import pytest
import zmq

import helpers
from helpers import wait_until

PASSWORD = "correct horse battery 7"
STREAM = "SecretOrders"
VERSION = subprocess.run(
    [helpers.program("freshet"), "--version"], capture_output=True, text=True, timeout=20, check=True
).stdout.split()[1]


@pytest.fixture
def secondary(tmp_path, environment):
    """secondary(*args): a freshet-secondary of its own, ended and judged after the test."""
    started = []

    def start(*args, env=None):
        folder = tmp_path / f"secondary-{len(started)}"
        one = helpers.Program("freshet-secondary", args, environment(**(env or {})), folder)
        started.append(one)
        return one

    yield start
    for one in started:
        one.end()
        one.check_sanitizers()


@pytest.fixture
def ctl(tmp_path, environment):
    """ctl(*args): freshet-ctl to its end."""
    numbers = iter(range(1000))

    def run(*args, env=None):
        one = helpers.Program("freshet-ctl", args, environment(False, **(env or {})), tmp_path / f"ctl-{next(numbers)}")
        one.code = one.wait_exit(60)
        one.check_sanitizers()
        return one

    return run


def left(one, code, timeout=30):
    assert one.wait_exit(timeout) == code, one.tail()
    return one.err


def said(one, *words, timeout=30):
    """The first line of its log with all these words."""

    def find():
        lines = [line for line in one.err.splitlines() if all(word in line for word in words)]
        return lines[0] if lines else None

    try:
        return wait_until(find, timeout, f"a line with {words}")
    except AssertionError as problem:
        raise AssertionError(f"{problem}\n{one.tail()}") from None


def dashboard(freshet, state, *args, **more):
    run = freshet.start("--state-dir", state, "--web-port", 0, *args, env={"FRESHET_WEB_PASSWORD": PASSWORD}, **more)
    wait_until(lambda: "dashboard at " in run.out, 30, "the dashboard's line")
    run.url = run.out.split("dashboard at ")[1].split()[0]
    return run


def end(run):
    run.signal(signal.SIGTERM)
    return run.wait(60)


def get(run, path, form=None):
    login = base64.b64encode(f"freshet:{PASSWORD}".encode()).decode()
    body = urllib.parse.urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(run.url + path, body, {"Authorization": f"Basic {login}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


class Capture:
    """What passes a host's port at the switch."""

    def __init__(self, network, host, path):
        if shutil.which("tcpdump") is None:
            pytest.skip("no tcpdump here")
        self.path = path
        argv = ["tcpdump", "-i", network.port(host), "-U", "--immediate-mode", "-s", 0, "-Z", "root", "-w", path, "tcp", "port", 5557]
        self.process = network.popen("switch", *argv, stderr=subprocess.PIPE)
        for line in self.process.stderr:
            if b"listening on" in line:
                return
        raise AssertionError("tcpdump does not listen")

    def bytes(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.process.stderr.close()
        return self.path.read_bytes()


def test_the_wire_between_hosts_shows_nothing(network, freshet, kinesis, secondary, ctl, tmp_path):
    """The stream is on the secondaries' own host, so all that passes is what primary and secondaries say."""
    hosts = network("primary", "one")
    keys, state, text = tmp_path / "keys", tmp_path / "state", tmp_path / "reading.json"
    text.write_text('{"sensorId": "{{sensor.id}}"}')  # travels to the secondaries
    assert ctl("keys", keys).code == 0
    with hosts.inside("one"):
        stream = kinesis("--stream", f"{STREAM}:2")
    seen = {}
    for how, at_primary, at_secondary in (
        ("curve", ["--keys-dir", keys], ["--join", keys / "bundles" / "join.bundle"]),
        ("plaintext", ["--plaintext"], ["--plaintext"]),
    ):
        capture = Capture(hosts, "one", tmp_path / f"{how}.pcap")
        with hosts.inside("primary"):
            run = dashboard(
                freshet, state, "--bind-host", hosts.address["primary"], "--bind-port", 5557, "--processes", 0,
                "--expect-secondaries", 2, "--autostart", "--endpoint-url", stream.url, "-n", 3000, "--rate", "2k",
                "--template", text, *at_primary, STREAM,
            )  # fmt: skip
        with hosts.inside("one"):
            agent = secondary("--primary-host", hosts.address["primary"], "--processes", 2, *at_secondary)
        with hosts.inside("primary"):
            document = wait_until(lambda: over(get(run, "api/v1/run")), 60, "the end of the run")
            end(run)
        assert document["events"]["delivered"] == 3000, run.tail()
        assert len(document["secondaries"]) == 2
        left(agent, 0)
        seen[how] = capture.bytes()
        assert ("neither encrypted nor guarded" in run.err) == (how == "plaintext")
        assert ("neither encrypted nor guarded" in agent.err) == (how == "plaintext")
    assert len(seen["curve"]) > 10000  # there was something to see
    for word in (STREAM.encode(), b"sensorId", b"parsed_options", b"delivered"):
        assert word in seen["plaintext"], word
        assert word not in seen["curve"], word
    with hosts.inside("one"):
        assert stream.stats()["records"] == 6000


def test_who_has_no_key_is_refused_and_shown(network, freshet, secondary, ctl, tmp_path):
    hosts = network("primary", "one")
    keys, state, other = tmp_path / "keys", tmp_path / "state", tmp_path / "other"
    to = ["--primary-host", hosts.address["primary"]]
    with hosts.inside("primary"):
        run = dashboard(freshet, state, "--bind-host", "*", "--bind-port", 5557, "--keys-dir", keys, "--processes", 1)
    bundle = keys / "bundles" / "join.bundle"
    assert str(bundle) in said(run, "keys are made in")
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    assert stat.S_IMODE((keys / "primary.secret").stat().st_mode) == 0o600
    with hosts.inside("one"):
        nothing, without = secondary(*to), secondary("--plaintext", *to)
    assert "--join BUNDLE" in left(nothing, 2)
    assert "asks for keys: --join BUNDLE" in left(without, 6)
    said(run, "secondary refused")

    def refused(words):
        with hosts.inside("primary"):
            shown = ctl("status", "--json", "--state-dir", state)
        assert shown.code == 0, shown.tail()
        document = json.loads(shown.out)["refused"]
        return document if document and words in document["reason"] else None

    wait_until(lambda: refused("keys"), 20, "the refusal in the status")
    # another primary's bundle: nothing answers, and both say what that may mean
    assert ctl("keys", other).code == 0
    with hosts.inside("one"):
        stranger = secondary("--join", other / "bundles" / "join.bundle", *to)
    said(stranger, "no answer from the primary at", "another primary's bundle, or a wrong host or port")
    assert stranger.running()
    assert hosts.address["one"] in said(run, "its bundle is of another primary", f"address={hosts.address['one']}")
    stranger.signal(signal.SIGTERM)
    stranger.wait_exit(30)
    # the right primary's key, and a key of its own that nobody allowed
    own = bundle.read_text().replace('name = "join"', 'name = "forged"').splitlines()
    pair = {line.split(" = ")[0]: line for line in (other / "bundles" / "join.bundle").read_text().splitlines()}
    forged = tmp_path / "forged.bundle"
    forged.touch(0o600)
    forged.write_text("\n".join(pair.get(line.split(" = ")[0], line) if "-key" in line else line for line in own) + "\n")
    with hosts.inside("one"):
        liar = secondary("--join", forged, *to)
    assert "refuses this key" in left(liar, 6)
    document = wait_until(lambda: refused("not one that this primary allows"), 20, "the forged key in the status")
    assert document["address"] == hosts.address["one"] and document["count"] >= 3
    with hosts.inside("primary"):
        table = ctl("status", "--state-dir", state)
        assert "last from 10.99.0.2" in table.out and "secondaries  1, 0 missing" in table.out
        end(run)
    secret = bundle.read_text().split('secret-key = "')[1].split('"')[0]
    for text in (run.out, run.err, liar.err, without.err, table.out):
        assert secret not in text and "secret-key" not in text


@pytest.mark.parametrize("spoil, words", [
    (lambda path: path.chmod(0o644), "chmod 600"),
    (lambda path: path.write_text("curve\n    public-key = \"x\"\n"), "line 2: not a key"),
    (lambda path: path.write_text(""), "no curve/public-key in it"),
    (lambda path: path.unlink(), "No such file"),
])  # fmt: skip
def test_a_bundle_that_is_none_is_named(secondary, ctl, tmp_path, spoil, words):
    assert ctl("keys", tmp_path / "keys").code == 0
    path = tmp_path / "keys" / "bundles" / "join.bundle"
    spoil(path)
    error = left(secondary("--join", path, "--primary-host", "10.0.0.1"), 2)
    assert words in error and str(path) in error


def test_a_bundle_is_revoked_while_the_primary_runs(network, freshet, kinesis, secondary, ctl, tmp_path):
    hosts = network("primary", "one", "two")
    keys, state = tmp_path / "keys", tmp_path / "state"
    for host in ("one", "two"):
        assert ctl("keys", keys, "--host", host).code == 0
    assert ctl("keys", keys, "--host", "one").code == 1  # the name is in use
    with hosts.inside("primary"):
        stream = kinesis("--stream", "DemoStream:2", "--host", hosts.address["primary"])
        run = dashboard(
            freshet, state, "--bind-host", hosts.address["primary"], "--bind-port", 5557, "--keys-dir", keys,
            "--processes", 0, "--expect-secondaries", 2, "--autostart", "--endpoint-url", stream.url,
            "--rate", "1k", "--batch-size", 20, "-t", "10m", "DemoStream",
        )  # fmt: skip
    agents = {}
    for host in ("one", "two"):
        with hosts.inside(host):
            bundle = keys / "bundles" / f"{host}.bundle"
            agents[host] = secondary("--join", bundle, "--primary-host", hosts.address["primary"], "--processes", 1)

    def status():
        with hosts.inside("primary"):
            return json.loads(ctl("status", "--json", "--state-dir", state).out)

    wait_until(lambda: status()["events"]["delivered"] > 500, 60, "the load of both")
    assert ctl("revoke", keys, "one").code == 0
    assert ctl("revoke", keys, "one").code == 1
    assert "its bundle one is revoked" in left(agents["one"], 6)
    said(run, "key revoked: bundle=one")
    said(run, "secondary refused", f"address={hosts.address['one']}", "its bundle one is revoked")

    def alone():
        there = [one for one in status()["secondaries"] if one["state"] not in ("missing", "left")]
        return len(there) == 1 and there[0]["share"]["rate"] == 1000

    wait_until(alone, 30, "the whole rate with the other host")
    assert agents["two"].running()
    assert "bundle one is revoked" in status()["refused"]["reason"]
    # its bundle is gone from the primary's folder; a copy elsewhere opens nothing any more
    assert not (keys / "bundles" / "one.bundle").exists()
    with hosts.inside("primary"):
        assert ctl("stop", "--state-dir", state).code == 0
    events = status()["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"]
    with hosts.inside("primary"):
        stored = stream.stats()["records"]
        assert events["delivered"] <= stored <= events["delivered"] + events["unknown"]
        end(run)
    left(agents["two"], 0)


def test_keys_are_made_when_the_port_is_opened_to_others(network, freshet, tmp_path):
    hosts = network("primary")
    state = tmp_path / "state"
    for first in (True, False):
        with hosts.inside("primary"):
            run = freshet(
                "--headless", "--bind-host", "0.0.0.0", "--bind-port", 5557, "--state-dir", state, "--processes", 2,
                "--rate", "1k", "-t", "1s", "null://",
            )  # fmt: skip
        assert helpers.finished(run), run.tail()
        assert run.json["secondaries"] == 2  # local ones need no bundle
        assert ("keys are made in" in run.err) == first
    assert (state / "keys" / "bundles" / "join.bundle").exists()


def test_other_versions_are_refused_on_both_sides(freshet, secondary, tmp_path):
    port = helpers.free_port()
    state = tmp_path / "state"
    run = dashboard(freshet, state, "--plaintext", "--bind-port", port, "--processes", 0)
    context = zmq.Context()
    try:
        for version, name in (("freshet/0.0.1", "old_1"), ("2.46.3", "locust_1"), (-1, "boomer_1")):
            with context.socket(zmq.DEALER) as peer:
                peer.set(zmq.LINGER, 0)
                peer.set(zmq.IDENTITY, name.encode())
                peer.connect(f"tcp://127.0.0.1:{port}")
                peer.send(msgpack.packb(["client_ready", version, name]))
                assert peer.poll(20000), name
                kind, data, to = msgpack.unpackb(peer.recv())
                assert to == name
                if name == "old_1":
                    line = f"versions differ: the secondary is freshet 0.0.1, the primary freshet {VERSION}"
                    assert (kind, data) == ("freshet_refused", {"reason": line})
                    said(run, "secondary refused: address=127.0.0.1", line)
                    assert get(run, "api/v1/run")["secondaries"] == []
                else:
                    assert kind == "ack"
        with context.socket(zmq.ROUTER) as primary:
            primary.set(zmq.LINGER, 1000)
            other = primary.bind_to_random_port("tcp://127.0.0.1")
            one = secondary("--primary-port", other)
            assert primary.poll(30000)
            name, hello = primary.recv_multipart()
            kind, version, _ = msgpack.unpackb(hello)
            assert (kind, version) == ("client_ready", f"freshet/{VERSION}")
            reason = f"versions differ: the secondary is freshet {VERSION}, the primary freshet 9.0.0"
            primary.send_multipart([name, msgpack.packb(["freshet_refused", {"reason": reason}, name.decode()])])
            assert f"the primary refuses this secondary: {reason}" in left(one, 6)
    finally:
        context.destroy(linger=0)
    end(run)


def test_warnings_of_a_secondary_are_shown_with_its_name(freshet, secondary, ctl, tmp_path):
    keys, port = tmp_path / "keys", helpers.free_port()
    assert ctl("keys", keys).code == 0
    one = secondary("--join", keys / "bundles" / "join.bundle", "--primary-port", port)
    said(one, "WARNING", "no answer from the primary at 127.0.0.1", "nothing listens there")
    run = dashboard(freshet, tmp_path / "state", "--keys-dir", keys, "--bind-port", port, "--processes", 0)
    name = wait_until(lambda: get(run, "api/v1/run")["secondaries"], 30, "the secondary")[0]["id"]

    def lines():
        return [line for line in get(run, "api/v1/logs")["lines"] if line["who"] == name]

    line = wait_until(lines, 30, "its line")[0]
    assert line["level"] == "WARNING" and "no answer from the primary" in line["message"]
    assert "no answer from the primary" in get(run, "logs")["workers"][name][0]
    assert name in said(run, "WARNING", "no answer from the primary")  # and in the primary's own log
    end(run)
    left(one, 0)
    assert run.err.count("no answer from the primary") == 1  # once


def test_a_host_that_is_told_to_leave_leaves_in_order(freshet, secondary, ctl, tmp_path):
    keys, port = tmp_path / "keys", helpers.free_port()
    assert ctl("keys", keys).code == 0
    run = dashboard(
        freshet, tmp_path / "state", "--keys-dir", keys, "--bind-port", port, "--processes", 0, "--autostart",
        "--expect-secondaries", 3, "--rate", "1k", "-t", "10m", "null://",
    )  # fmt: skip
    agent = secondary("--join", keys / "bundles" / "join.bundle", "--primary-port", port, "--processes", 3)
    wait_until(lambda: get(run, "api/v1/run")["events"]["delivered"] > 0, 40, "the load")
    assert len(helpers.children(agent.pid)) == 3
    for child in helpers.children(agent.pid):
        with open(f"/proc/{child}/cmdline", "rb") as cmdline:
            words = cmdline.read()
        assert b"freshet-secondary" in words
        assert (keys / "bundles" / "join.bundle").read_text().split('secret-key = "')[1][:40].encode() not in words
    agent.signal(signal.SIGTERM)
    left(agent, 143)
    document = wait_until(lambda: all_gone(get(run, "api/v1/run")), 30, "their leaving")
    events = document["events"]
    assert events["generated"] == events["delivered"] and events["unknown"] == 0
    end(run)


def over(document):
    return document if document["state"] == "stopped" else None


def all_gone(document):
    return document if all(one["state"] in ("missing", "left") for one in document["secondaries"]) else None
