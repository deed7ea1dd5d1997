"""Against a real Apache Kafka, read back by clients that are not ours: confluent-kafka, kcat, the broker's own offsets."""

import collections
import json
import re
import signal
import subprocess

import pytest

import kafka_broker
from helpers import check_ledger, children, finished, wait_until

pytestmark = pytest.mark.skipif(not kafka_broker.installed(), reason="no Kafka: tests/integration/kafka/fetch.sh")

LOCAL = ["--headless", "--bind-port", "0"]
ONCE = ["-X", "enable.idempotence=true"]


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory):
    cluster = kafka_broker.Cluster(tmp_path_factory.mktemp("kafka"))
    try:
        cluster.wait()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def cluster(shared_cluster):
    shared_cluster.restart()
    return shared_cluster


def target(cluster, topic, bootstrap=None):
    return f"kafka://{bootstrap or cluster.bootstrap}/{topic}"


def properties(values):
    return [word for name, value in values.items() for word in ("-X", f"{name}={value}")]


def times_seen(partitions):
    """How often each reading lies in the topic, by its id and time; its key is its id."""
    seen = collections.Counter()
    for messages in partitions.values():
        for key, value in messages:
            reading = json.loads(value)
            assert key.decode() == reading["sensorId"]
            seen[reading["sensorId"], reading["timestamp"]] += 1
    return seen


def wait_for(running, cluster, topic, count):
    """Until `count` events have arrived, while the run goes on."""

    def enough():
        assert running.running(), f"{running} ended early\n{running.tail()}"
        return arrived(cluster, topic) >= count

    wait_until(enough, 30, f"{count} events in {topic}")


def reported_partitions(report):
    return {int(re.search(r"\d+$", shard["id"]).group()): shard["events"] for shard in report["shards"]}


def arrived(cluster, topic):
    return sum(cluster.end_offsets(topic).values())


def check_exactly_once(cluster, topic, report):
    """Each delivered event lies there once; one whose end is unknown, or that ran out of time, may lie there once."""
    check_ledger(report)
    events = report["events"]
    seen = times_seen(cluster.read_all(topic))
    assert set(seen.values()) <= {1}, seen.most_common(3)
    assert events["delivered"] <= len(seen) <= events["delivered"] + events["unknown"] + events["failed"]
    return seen


# ---- all is well ----


@pytest.mark.parametrize("codec", ["none", "lz4", "gzip", "snappy", "zstd"])
def test_every_delivered_reading_is_there_once(cluster, freshet, codec):
    topic = cluster.create(f"once-{codec}", 4)
    run = freshet(*LOCAL, "--processes", 2, "-n", 20_000, "--rate", "10k", *ONCE, "-X", f"compression.type={codec}",
                  target(cluster, topic))  # fmt: skip
    assert finished(run), run.tail()
    assert run.json["events"]["delivered"] == run.json["events"]["generated"] == 20_000
    found = cluster.read_all(topic)
    counts = {partition: len(messages) for partition, messages in found.items()}
    assert counts == cluster.end_offsets(topic)
    assert {p: n for p, n in reported_partitions(run.json).items() if n} == {p: n for p, n in counts.items() if n}
    seen = check_exactly_once(cluster, topic, run.json)
    assert len(seen) == 20_000
    homes = collections.defaultdict(set)
    for partition, messages in found.items():
        for key, _value in messages:
            homes[key].add(partition)
    assert all(len(partitions) == 1 for partitions in homes.values())  # a sensor keeps its partition


def test_kcat_reads_what_was_delivered(cluster, freshet):
    topic = cluster.create("for-kcat", 3)
    run = freshet(*LOCAL, "--processes", 1, "-u", 5, "-r", 5, "--batch-size", 50, "--wait-time", "100ms", "-t", "3s",
                  *ONCE, target(cluster, topic))  # fmt: skip
    assert run.code == 0, run.tail()
    check_ledger(run.json)
    read = subprocess.run(
        ["kcat", "-q", "-b", cluster.bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-f", "%p %k %s\n"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    lines = [line.split(" ", 2) for line in read.stdout.splitlines()]
    readings = [(reading["sensorId"], reading["timestamp"]) for reading in (json.loads(value) for _, _, value in lines)]
    assert [key for _, key, _ in lines] == [sensor for sensor, _ in readings]
    assert len(readings) == len(set(readings)) == run.json["events"]["delivered"] > 0
    assert collections.Counter(int(partition) for partition, _, _ in lines) == {
        partition: events for partition, events in reported_partitions(run.json).items() if events
    }


def test_a_missing_topic_is_named_and_can_be_created(cluster, freshet):
    run = freshet(*LOCAL, "--processes", 1, "-n", 100, "--rate", 100, target(cluster, "not-there"))
    assert run.code == 6, run.tail()
    assert "not-there" in run.err and "topic" in run.err.lower()
    assert "not-there" not in cluster.admin.list_topics(timeout=10).topics
    run = freshet(*LOCAL, "--processes", 1, "-n", 1000, "--rate", "1k", "--create-topic", 3, target(cluster, "not-there"))
    assert finished(run), run.tail()
    offsets = cluster.end_offsets("not-there")
    assert len(offsets) == 3 and sum(offsets.values()) == run.json["events"]["delivered"] == 1000


# ---- who may ----


def test_scram_over_tls_lets_the_right_password_in_and_tells_nobody(cluster, freshet, tmp_path):
    topic = cluster.create("secured", 2)
    settings = tmp_path / "client.properties"
    settings.write_text("".join(f"{name}={value}\n" for name, value in cluster.sasl().items()))
    running = freshet.start(*LOCAL, "--processes", 2, "--rate", "2k", *ONCE, "--kafka-config", settings,
                            "--csv", tmp_path / "run", target(cluster, topic, cluster.bootstrap_sasl))  # fmt: skip
    wait_for(running, cluster, topic, 1)
    for pid in (running.pid, *children(running.pid)):
        with open(f"/proc/{pid}/cmdline") as file:
            assert kafka_broker.PASSWORD not in file.read()
    running.signal(signal.SIGINT)
    run = running.wait()
    assert run.code == 130, run.tail()
    assert len(check_exactly_once(cluster, topic, run.json)) == run.json["events"]["delivered"] > 0
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != settings]
    secret = kafka_broker.PASSWORD.encode()
    told = [path for path in written if "kafka" not in path.parts and secret in path.read_bytes()]
    assert not told


@pytest.mark.parametrize("wrong, word", [("password", "authentication"), ("authority", "certificate")])
def test_a_wrong_password_or_authority_is_refused_before_anything_is_sent(cluster, freshet, wrong, word):
    topic = cluster.create(f"wrong-{wrong}", 1)
    settings = cluster.sasl("not-the-password") if wrong == "password" else cluster.sasl(authority=cluster.stranger)
    run = freshet(*LOCAL, "--processes", 1, "-t", "3s", "--rate", 100, *properties(settings),
                  target(cluster, topic, cluster.bootstrap_sasl))  # fmt: skip
    assert run.code == 6, run.tail()
    assert word in run.err.lower(), run.tail()
    assert "not-the-password" not in run.out + run.err
    assert arrived(cluster, topic) == 0


def test_a_topic_one_may_not_see_ends_the_run_before_it_begins(cluster, freshet):
    topic = cluster.create("unseen", 1)
    cluster.deny(topic, "ALL")
    run = freshet(*LOCAL, "--processes", 1, "-t", "3s", "--rate", 100, *properties(cluster.sasl()),
                  target(cluster, topic, cluster.bootstrap_sasl))  # fmt: skip
    assert run.code == 6, run.tail()
    assert "authoriz" in run.err.lower() or "authoris" in run.err.lower(), run.tail()


def test_a_topic_one_may_not_write_fails_every_event_by_name(cluster, freshet):
    topic = cluster.create("read-only", 1)
    cluster.deny(topic, "WRITE")
    run = freshet(*LOCAL, "--processes", 1, "-n", 500, "--rate", 500, *properties(cluster.sasl()),
                  target(cluster, topic, cluster.bootstrap_sasl))  # fmt: skip
    assert run.code in (1, 6), run.tail()
    assert "TOPIC_AUTHORIZATION_FAILED" in run.out + run.err, run.tail()
    assert arrived(cluster, topic) == 0
    if run.code == 1:
        check_ledger(run.json)
        assert run.json["events"]["failed"] == run.json["events"]["generated"] == 500


# ---- what goes wrong on the way ----


def test_a_quota_shows_as_throttled_and_the_verdict_names_the_broker(cluster, freshet):
    topic = cluster.create("slowed", 2)
    cluster.limit("slowed-story", 200_000)
    run = freshet(*LOCAL, "--processes", 1, "-t", "6s", "--rate", "10k", "-X", "client.id=slowed-story",
                  "-X", "queue.buffering.max.messages=5000", "--stop-timeout", "20s", target(cluster, topic))  # fmt: skip
    check_ledger(run.json)
    events = run.json["events"]
    assert events["throttled"] > 0, run.tail()
    assert "broker" in run.out.splitlines()[0], run.tail()
    assert events["failed"] == 0
    assert events["delivered"] < 40_000  # 200 kB/s are far from 10,000 readings/s of 117 bytes
    assert events["delivered"] <= arrived(cluster, topic) <= events["delivered"] + events["unknown"]


def test_a_broker_that_dies_and_returns_costs_nothing_and_doubles_nothing(cluster, freshet):
    topic = cluster.create("reborn", 4)
    running = freshet.start(*LOCAL, "--processes", 2, "--rate", "2k", *ONCE, target(cluster, topic))
    wait_for(running, cluster, topic, 2_000)
    cluster.nodes[0].stop(kill=True)
    cluster.restart()
    before = arrived(cluster, topic)
    wait_for(running, cluster, topic, before + 1)
    running.signal(signal.SIGINT)
    run = running.wait(90)
    assert run.code == 130, run.tail()
    assert run.json["events"]["failed"] == run.json["events"]["unknown"] == 0, run.tail()
    check_exactly_once(cluster, topic, run.json)


def test_a_broker_that_stays_away_leaves_its_events_told_apart(cluster, freshet):
    topic = cluster.create("gone-broker", 2)
    running = freshet.start(*LOCAL, "--processes", 1, "-t", "8s", "--rate", "1k", *ONCE, "--stop-timeout", "3s",
                            target(cluster, topic))  # fmt: skip
    wait_for(running, cluster, topic, 1_000)
    cluster.nodes[0].stop(kill=True)
    run = running.wait(60)
    assert run.code != 0, run.tail()
    assert run.json["events"]["failed"] + run.json["events"]["unknown"] > 0
    cluster.restart()
    check_exactly_once(cluster, topic, run.json)


@pytest.mark.parametrize(
    "limit, name",
    [("message.timeout.ms=3000", "_MSG_TIMED_OUT"), ("topic.metadata.propagation.max.ms=1000", "UNKNOWN_TOPIC")],
)
def test_a_topic_deleted_mid_run_fails_the_rest_by_name(cluster, freshet, limit, name):
    topic = cluster.create(f"gone-{name}", 2)
    running = freshet.start(*LOCAL, "--processes", 1, "-t", "8s", "--rate", "1k", "--stop-timeout", "5s",
                            "-X", limit, target(cluster, topic))  # fmt: skip
    wait_for(running, cluster, topic, 1_000)
    cluster.delete(topic)
    run = running.wait(60)
    check_ledger(run.json)
    assert run.code in (1, 4), run.tail()
    assert run.json["events"]["delivered"] >= 1_000
    assert run.json["events"]["failed"] > 0, run.tail()
    assert any(name in error["code"] for error in run.json["errors"]), run.tail()


def test_interrupted_it_drains_and_the_books_balance(cluster, freshet):
    topic = cluster.create("interrupted", 4)
    running = freshet.start(*LOCAL, "--processes", 2, "--rate", "5k", *ONCE, target(cluster, topic))
    wait_for(running, cluster, topic, 5_000)
    running.signal(signal.SIGINT)
    run = running.wait(60)
    assert len(check_exactly_once(cluster, topic, run.json)) >= 5_000
    assert run.json["events"]["failed"] == 0


def test_leaders_that_move_to_the_other_broker_lose_nothing(cluster, freshet):
    second = cluster.second()
    topic = cluster.create("moved", replicas=[[2, 1]] * 4)
    wait_until(lambda: set(cluster.leaders(topic).values()) == {2}, 20, "the second broker as the leader")
    try:
        running = freshet.start(*LOCAL, "--processes", 2, "--rate", "2k", *ONCE, target(cluster, topic))
        wait_for(running, cluster, topic, 2_000)
        second.stop()  # it hands its leaders over first
        wait_until(lambda: set(cluster.leaders(topic).values()) == {1}, 20, "the first broker as the leader")
        before = arrived(cluster, topic)
        wait_for(running, cluster, topic, before + 1)
        running.signal(signal.SIGINT)
        run = running.wait()
    finally:
        second.stop(kill=True)
    assert run.code == 130, run.tail()
    assert run.json["events"]["failed"] == run.json["events"]["unknown"] == 0, run.tail()
    assert len(check_exactly_once(cluster, topic, run.json)) == run.json["events"]["delivered"]
