"""Kafka against freshet-kafka, librdkafka's mock cluster; read back with kcat."""

import collections
import json
import shutil
import signal
import subprocess
import urllib.request

import pytest

import helpers


class Cluster:
    def __init__(self, *args):
        self.process = subprocess.Popen(
            [helpers.program("freshet-kafka"), *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        self.brokers = self.process.stdout.readline().removeprefix("freshet-kafka: listening on ").strip()
        self.counts_url = self.process.stdout.readline().removeprefix("freshet-kafka: counts on ").strip()
        assert self.brokers and self.counts_url

    def target(self, topic="sensors"):
        return f"kafka://{self.brokers}/{topic}"

    def counts(self):
        with urllib.request.urlopen(self.counts_url, timeout=10) as answer:
            return json.load(answer)

    def spoil(self, error, count):
        body = json.dumps({"produce": error, "count": count}).encode()
        url = self.counts_url.replace("/stats", "/faults")
        with urllib.request.urlopen(url, data=body, timeout=10) as answer:
            assert answer.status == 200

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=20) == 0
        self.process.stdout.close()


@pytest.fixture
def cluster():
    started = []

    def start(*args):
        started.append(Cluster(*args))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.close()


def shards(result):
    return {shard["id"]: shard["events"] for shard in result.json["shards"]}


def test_every_event_arrives_and_partitions_add_up(cluster, freshet):
    kafka = cluster("--partitions", "5", "--brokers", "2")
    run = freshet("--headless", "--processes", "2", "--rate", "20k", "-n", "20k", kafka.target())
    assert helpers.finished(run), run.err
    assert run.json["events"]["delivered"] == run.json["events"]["generated"] == 20000
    counts = kafka.counts()
    assert counts["records"] == 20000
    assert counts["shards"] == shards(run)
    assert "5 partitions, 2 brokers" in run.err


def test_content_is_whole_and_keyed(cluster, freshet):
    kcat = shutil.which("kcat")
    if kcat is None:
        pytest.skip("no kcat here")
    kafka = cluster("--partitions", "3")
    run = freshet("--headless", "--processes", "1", "--rate", "5k", "-n", "2000", "-X", "compression.type=lz4",
                  "-X", "enable.idempotence=true", kafka.target())  # fmt: skip
    assert helpers.finished(run), run.err
    done = subprocess.run(
        [kcat, "-b", kafka.brokers, "-C", "-t", "sensors", "-o", "beginning", "-e", "-q", "-f", "%p %k %s\n"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert len(lines) == 2000
    partitions, of_key = collections.Counter(), {}
    for partition, key, data in lines:
        reading = json.loads(data)
        assert reading["sensorId"] == key and reading["status"] in ("OK", "WARNING", "ERROR")
        assert of_key.setdefault(key, partition) == partition, "one sensor, one partition"
        partitions[f"partition-{int(partition):04d}"] += 1
    assert partitions == shards(run)


def test_users_send_too(cluster, freshet):
    kafka = cluster()
    run = freshet("--headless", "--processes", "2", "-u", "4", "-r", "4", "--batch-size", "50", "--wait-time", "100ms",
                  "-t", "2s", kafka.target())  # fmt: skip
    assert run.code == 0, run.err
    assert run.json["events"]["delivered"] == kafka.counts()["records"] > 0


def test_refusals_are_retried_by_the_client_and_counted(cluster, freshet):
    kafka = cluster()
    kafka.spoil("NOT_ENOUGH_REPLICAS", 3)
    run = freshet("--headless", "--processes", "1", "--rate", "5k", "-t", "2s", kafka.target())
    assert helpers.finished(run), run.err
    events = run.json["events"]
    assert events["delivered"] == events["generated"] == kafka.counts()["records"]
    assert events["retried"] > 0


def test_a_final_refusal_fails_with_kafkas_name(cluster, freshet):
    kafka = cluster()
    kafka.spoil("MSG_SIZE_TOO_LARGE", 1)
    run = freshet("--headless", "--processes", "1", "--rate", "5k", "-t", "2s", kafka.target())
    assert run.code == 1, run.err
    events = run.json["events"]
    assert events["failed"] > 0 and events["unknown"] == 0
    assert events["delivered"] + events["failed"] == events["generated"]
    assert events["delivered"] == kafka.counts()["records"]
    assert [error["code"] for error in run.json["errors"]] == ["MSG_SIZE_TOO_LARGE"]


def test_a_cluster_that_dies_leaves_nothing_unaccounted(cluster, freshet):
    kafka = cluster("--latency", "100ms")
    running = freshet.start("--headless", "--processes", "1", "--rate", "5k", "-t", "7s", "--stop-timeout", "1s",
                            kafka.target())  # fmt: skip
    helpers.wait_until(lambda: kafka.counts()["records"] > 1000, what="events in the topic")
    taken = kafka.counts()["records"]
    kafka.close()
    run = running.wait()
    assert run.code != 0
    events = run.json["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"]
    assert events["delivered"] + events["unknown"] >= taken
    assert events["failed"] > 0


def test_local_needs_nothing_and_leaves_nothing(freshet):
    run = freshet("--headless", "--processes", "2", "--rate", "10k", "-t", "2s", "kafka://local/sensors")
    assert helpers.finished(run), run.err
    assert run.json["target"] == "kafka://local/sensors"
    assert run.json["events"]["delivered"] == run.json["events"]["generated"]


@pytest.mark.parametrize("property, words", [
    ("nonsense=1", 'No such configuration property: "nonsense"'),
    ("acks=many", "Invalid value"),
    ("bootstrap.servers=other:1", "can't be set"),
    ("hunter2", "not NAME=VALUE"),
])  # fmt: skip
def test_a_wrong_property_is_a_wrong_argument(cluster, freshet, property, words):
    run = freshet("--headless", "--processes", "1", "-t", "1s", "-X", property, cluster().target())
    assert run.code == 2
    assert words in run.err and "hunter2" not in run.err


def test_no_broker_is_told(freshet):
    run = freshet("--headless", "--processes", "1", "-t", "3s", "kafka://127.0.0.1:1/sensors")
    assert run.code == 6
    assert "BrokerUnreachable" in run.err and "Connection refused" in run.err


def test_a_config_file_is_read_and_its_secrets_stay(cluster, freshet, tmp_path):
    kafka = cluster()
    config = tmp_path / "kafka.properties"
    config.write_text("# ours\nclient.id = someone\nsasl.password=hunter2\nacks=1\n")
    run = freshet("--headless", "--processes", "1", "--rate", "1k", "-t", "1s", "-L", "DEBUG", "--kafka-config",
                  config, "-X", "sasl.username=hunter3", kafka.target())  # fmt: skip
    assert helpers.finished(run), run.err
    told = run.out + run.err + json.dumps(run.json)
    assert "hunter2" not in told and "hunter3" not in told
    config.write_text("acks\n")
    assert freshet("--headless", "--processes", "1", "--kafka-config", config, "-t", "1s", kafka.target()).code == 2


def test_a_number_of_events_alone_is_sent_by_one_user_without_a_pause(cluster, freshet):
    kafka = cluster()
    run = freshet("--headless", "--processes", "2", "-n", "100k", kafka.target())
    assert run.code == 0, run.err
    assert run.json["model"] == "users" and run.json["secondaries"] == 2
    assert run.json["events"]["delivered"] == run.json["events"]["generated"] == kafka.counts()["records"] == 100000
    assert run.json["duration_s"] < 100, "a batch a second takes 200 s"
