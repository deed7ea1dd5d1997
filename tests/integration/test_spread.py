"""Keys, sizes and replayed files, read back as a customer would; and what was foretold of the shards."""

import collections
import json
import math
import os
import urllib.error
import urllib.request

import helpers
from helpers import check_ledger, finished, read_all
from test_kafka_mock import cluster  # noqa: F401: a fixture

RUN = ("--headless", "--processes", 2, "--rate", "20k")


def shares(run):
    """{shard: (part of the delivered events, predicted part)}"""
    all_events = run.json["events"]["delivered"]
    return {shard["id"]: (shard["events"] / all_events, shard["predicted"]) for shard in run.json["shards"]}


def check_prediction(run, slack=0.0):
    """Each real share lies within five standard errors of the predicted one; `slack`: of a sampled prediction."""
    count = run.json["events"]["delivered"]
    found = shares(run)
    assert sum(predicted for _, predicted in found.values()) <= 1 + 1e-6
    for shard, (real, predicted) in found.items():
        error = math.sqrt(max(predicted * (1 - predicted), 1e-9) / count)
        assert abs(real - predicted) <= 5 * error + slack, (shard, found)
    return found


def records(kinesis, stream="DemoStream"):
    return read_all(kinesis.client(), stream)


def test_keys_come_as_asked_and_as_foretold(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:4")
    run = freshet(*RUN, "-n", 10000, "--keys", "hot:40%:50", "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    check_ledger(run.json)
    found = records(server)
    keys = collections.Counter(record["PartitionKey"] for shard in found.values() for record in shard)
    assert set(keys) <= {f"key-{i}" for i in range(51)} and sum(keys.values()) == 10000
    assert abs(keys["key-0"] - 4000) <= 5 * math.sqrt(10000 * 0.4 * 0.6)
    assert {shard["id"]: shard["events"] for shard in run.json["shards"]} == {
        name: len(shard) for name, shard in found.items()
    }
    check_prediction(run)
    hottest = max(run.json["shards"], key=lambda shard: shard["events"])
    assert f"keys: shard {hottest['id']} would get" in run.err and "of its 1.00k" in run.err
    assert f", predicted {100 * hottest['predicted']:.1f} %" in run.out


def test_zipf_and_the_sensors_own_keys_are_foretold_too(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:5")
    run = freshet(*RUN, "-n", 10000, "--keys", "zipf:100k:1.1", "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    check_prediction(run)
    run = freshet("--headless", "--processes", 1, "-u", 1, "-n", 5000, "DemoStream", endpoint=server)
    assert finished(run), run.tail()  # one user's 500 sensors, ten times: no chance is left
    for real, predicted in shares(run).values():
        assert abs(real - predicted) < 0.005
    assert "would get" not in run.err


def test_explicit_places_are_even_on_an_uneven_stream(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:3")
    run = freshet(*RUN, "-n", 9000, "--keys", "explicit", "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    found = records(server)
    assert sorted(len(shard) for shard in found.values()) == sorted(shard["events"] for shard in run.json["shards"])
    for shard in found.values():
        assert abs(len(shard) - 3000) <= 20, {name: len(one) for name, one in found.items()}
    assert all("_" in record["PartitionKey"] for shard in found.values() for record in shard)  # the sensors' own
    assert all(abs(predicted - 1 / 3) < 1e-9 for _, predicted in shares(run).values())


def test_sizes_are_exact_and_still_json(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:2")
    run = freshet(*RUN, "-n", 2000, "--event-size", "uniform:300:999", "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    data = [record["Data"] for shard in records(server).values() for record in shard]
    sizes = [len(one) for one in data]
    assert len(sizes) == 2000 and min(sizes) >= 300 and max(sizes) <= 999
    assert abs(sum(sizes) / 2000 - 649.5) <= 5 * 700 / math.sqrt(12 * 2000)
    for one in data:
        reading = json.loads(one)
        assert list(reading) == ["sensorId", "temperature", "status", "timestamp", "padding"]


def test_the_largest_events_go_through(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:2")
    run = freshet("--headless", "--processes", 1, "-n", 20, "--event-size", "1MiB", "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    run = freshet("--headless", "--processes", 1, "-n", 100, "--event-size", "100KiB", "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    found = [record for shard in records(server).values() for record in shard]
    sizes = collections.Counter(
        len(record["Data"]) if len(record["Data"]) < 200000 else len(record["Data"]) + len(record["PartitionKey"])
        for record in found
    )
    assert sizes == {102400: 100, 1048576: 20}


# ---- replay ----


def write(path, count, line=lambda i: json.dumps({"sensorId": f"s{i % 7}", "n": i})):
    path.write_text("".join(line(i) + "\n" for i in range(count)))
    return path


def numbers(found):
    return sorted(json.loads(record["Data"])["n"] for shard in found.values() for record in shard)


def test_a_file_is_sent_once_over_all_secondaries(kinesis, freshet, tmp_path):
    path = write(tmp_path / "events.ndjson", 5001)
    for model in (["--rate", "20k"], ["-u", "3", "-r", "2", "--batch-size", "100", "--wait-time", "0s"]):
        server = kinesis("--stream", "DemoStream:3")
        run = freshet("--headless", "--processes", 3, *model, "--replay", path, "--replay-once", "DemoStream",
                      endpoint=server)  # fmt: skip
        assert finished(run), run.tail()
        check_ledger(run.json)
        found = records(server)
        assert numbers(found) == list(range(5001))
        assert all(
            json.loads(record["Data"])["sensorId"] == record["PartitionKey"]
            for shard in found.values() for record in shard
        )  # fmt: skip
        for real, predicted in shares(run).values():
            assert abs(real - predicted) < 1e-6  # all its lines, and each once
        assert run.json["ended_by"] == "all events generated"


def test_large_and_small_lines_are_all_sent_once(kinesis, freshet, tmp_path):
    path = write(tmp_path / "events.ndjson", 300,
                 lambda i: json.dumps({"n": i, "text": "x" * (500000 if i % 50 == 49 else i)}))  # fmt: skip
    server = kinesis("--stream", "DemoStream:2")
    run = freshet("--headless", "--processes", 2, "--rate", "1k", "--replay", path, "--replay-once", "DemoStream",
                  endpoint=server)  # fmt: skip
    assert finished(run), run.tail()
    assert numbers(records(server)) == list(range(300))


def test_a_file_is_repeated_with_a_key_of_its_own(kinesis, freshet, tmp_path):
    path = write(tmp_path / "events.ndjson", 10, lambda i: json.dumps({"n": i, "device": {"a": 1}, "id": i * 3}))
    server = kinesis("--stream", "DemoStream:2")
    run = freshet(*RUN, "-n", 2000, "--replay", path, "--replay-key", "id", "DemoStream", endpoint=server)
    assert finished(run), run.tail()
    found = records(server)
    assert numbers(found) == sorted(list(range(10)) * 200)
    assert all(
        str(json.loads(record["Data"])["n"] * 3) == record["PartitionKey"]
        for shard in found.values() for record in shard
    )  # fmt: skip


def test_what_is_wrong_is_told_before_anything_is_sent(kinesis, freshet, tmp_path):
    path = write(tmp_path / "events.ndjson", 100, lambda i: json.dumps({"id": i} if i != 77 else {"other": i}))
    (tmp_path / "empty").touch()
    server = kinesis("--stream", "DemoStream:2")
    for options, words in (
        (["--keys", "zipf:10"], '--keys: "zipf:10" is not understood; allowed is per-sensor, uniform:N'),
        (["--event-size", "2MiB"], '--event-size: "2MiB" is not understood; allowed is a size up to 1MiB'),
        (["--replay-once"], "--replay-once: needs --replay FILE"),
        (["--replay", tmp_path / "none"], 'none": No such file or directory'),
        (["--replay", tmp_path / "empty"], 'empty": the file is empty'),
        (["--replay", path, "--replay-key", "id"], "line 78: is no JSON object with a text or number"),
    ):
        run = freshet(*RUN, "-n", 1000, *options, "DemoStream", endpoint=server)
        assert run.code == 2, run.tail()
        assert words in run.err and "Traceback" not in run.err
    assert server.stats()["records"] == 0


# ---- Kafka ----


def test_explicit_places_are_partitions(cluster, freshet):  # noqa: F811
    kafka = cluster("--partitions", "7", "--brokers", "2")
    run = freshet(*RUN, "-n", 7000, "--keys", "explicit", kafka.target())
    assert finished(run), run.tail()
    counts = kafka.counts()["shards"]
    assert len(counts) == 7 and sum(counts.values()) == 7000
    assert all(abs(count - 1000) <= 20 for count in counts.values()), counts
    assert all(abs(predicted - 1 / 7) < 1e-9 for _, predicted in shares(run).values())


def test_partitions_are_foretold_by_the_partitioner_in_use(cluster, freshet):  # noqa: F811
    kafka = cluster("--partitions", "4")
    for partitioner in ("consistent_random", "murmur2_random"):
        run = freshet(*RUN, "-n", 8000, "--keys", "zipf:50:1", "-X", f"partitioner={partitioner}", kafka.target())
        assert finished(run), run.tail()
        check_prediction(run)


# ---- the dashboard's documents ----


def test_the_dashboard_is_told(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:4")
    port = helpers.free_port()
    password = "correct horse battery"
    running = freshet.start("--web-port", port, "--processes", 1, "--rate", "3k", "--keys", "uniform:3", "--autostart",
                            "DemoStream", endpoint=server,
                            env={"FRESHET_WEB_PASSWORD": password})  # fmt: skip
    manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
    manager.add_password(None, f"http://127.0.0.1:{port}/", "freshet", password, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))

    def ask(path, body=None):
        with opener.open(f"http://127.0.0.1:{port}{path}", data=body, timeout=30) as answer:
            return json.load(answer)

    def told():
        try:
            return ask("/api/v1/shards")["shards"]
        except OSError:
            return None

    shards = helpers.wait_until(told, 20, "shards that have got events")
    run = ask("/api/v1/run")
    predicted = {one["id"]: one["predicted"] for one in run["preflight"]["predicted"]}
    assert len(predicted) == 4 and abs(sum(predicted.values()) - 1) < 1e-9
    assert all(abs(share * 3 - round(share * 3)) < 1e-9 for share in predicted.values())  # whole keys of three
    for shard in shards + run["shards"]:
        assert shard["predicted"] == predicted[shard["id"]]
    answer = ask("/api/v1/preflight", b"target=DemoStream&rate=9k&keys=hot:90%25:5")
    assert max(one["predicted"] for one in answer["predicted"]) >= 0.9
    assert any(warning.startswith("keys: shard ") for warning in answer["warnings"]), answer
    try:
        ask("/api/v1/preflight", b"target=DemoStream&rate=9k&keys=zipf:5")
        raise AssertionError("a wrong rule was taken")
    except urllib.error.HTTPError as error:
        refusal = json.load(error)
        assert error.code == 422 and "is not understood" in refusal["error"]["fields"]["keys"], refusal
    running.signal(15)
    running.wait()


def test_a_replayed_file_that_is_cut_ends_the_run_in_order(kinesis, freshet, tmp_path):
    path = write(tmp_path / "events.ndjson", 20000)
    server = kinesis("--stream", "DemoStream:2")
    running = freshet.start("--headless", "--processes", 2, "--rate", "2k", "-t", "60s", "--replay", path, "DemoStream",
                            endpoint=server)  # fmt: skip
    helpers.wait_until(lambda: server.stats()["records"] > 100, 20, "events in the stream")
    os.truncate(path, 100)
    run = running.wait()
    assert run.code == 1 and 'events.ndjson": the file was cut while it was read' in run.err, run.tail()
    check_ledger(run.json)
    assert run.json["secondaries_lost"] == 0 and run.json["events"]["unknown"] == 0
    assert run.json["events"]["delivered"] == server.stats()["records"]


def test_an_event_that_no_request_can_hold_ends_the_run_in_order(kinesis, freshet, tmp_path):
    def line(i):  # with its key, the last one is one byte larger than what Kinesis takes
        text = json.dumps({"sensorId": "b", "text": ""})
        return text if i < 500 else text[:-2] + "x" * (1048576 - len(text)) + text[-2:]

    path = write(tmp_path / "events.ndjson", 501, line)
    server = kinesis("--stream", "DemoStream:2")
    run = freshet("--headless", "--processes", 1, "--rate", "1k", "-t", "60s", "--replay", path, "DemoStream",
                  endpoint=server)  # fmt: skip
    assert run.code == 1 and "an event of 1048576 bytes with a key of 1 can never be sent" in run.err, run.tail()
    check_ledger(run.json)
    assert run.json["events"]["delivered"] == server.stats()["records"] == 500
