"""The stories of test_kinesis_local.py, run by it inside a network of their own."""

import collections
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from helpers import boto_client, check_ledger, finished, read_all, wait_until

URL, TLS_URL = "http://127.0.0.1:4568", "https://127.0.0.1:4567"
PATIENT = ("--request-timeout", "60s", "--stop-timeout", "60s")  # it takes seconds for an answer on a busy machine
READING = re.compile(
    r'\{"sensorId":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})_(\d+)",'
    r'"temperature":(\d{2,3}\.\d{2}),"status":"(OK|WARNING|ERROR)","timestamp":(\d{13})\}'
)


@pytest.fixture
def client(tmp_path, environment):
    """kinesis-local with DemoStream of 4 shards, and a boto3 client for it."""
    package = Path(os.environ["FRESHET_PEERS"]) / "node_modules/kinesis-local"
    env = environment(INITIALIZE_STREAMS="DemoStream:4", AWS_REGION="eu-central-1", LOG_LEVEL="ERROR")
    with (tmp_path / "kinesis-local.log").open("wb") as log:
        server = subprocess.Popen([shutil.which("node"), "main.js"], cwd=package, env=env, stdout=log, stderr=log)
    try:
        wait_until(healthy, 30, "kinesis-local")
        client = boto_client(URL)
        wait_until(lambda: active(client), 30, "DemoStream")
        yield client
    finally:
        server.kill()
        server.wait(10)


def healthy():
    try:
        return urllib.request.urlopen(f"{URL}/healthcheck", timeout=2).status == 200
    except (urllib.error.URLError, OSError):
        return False


def active(client):
    try:
        summary = client.describe_stream_summary(StreamName="DemoStream")["StreamDescriptionSummary"]
        return summary["StreamStatus"] == "ACTIVE"
    except client.exceptions.ResourceNotFoundException:
        return False


def check_read_back(client, report):
    """What is in the stream is what the report says; returns the readings as (user, sensor, timestamp)."""
    check_ledger(report)
    shards = read_all(client, "DemoStream")
    found = []
    for records in shards.values():
        for record in records:
            match = READING.fullmatch(record["Data"].decode())
            assert match, record["Data"]
            user, sensor, temperature, status, timestamp = match.groups()
            assert record["PartitionKey"] == f"{user}_{sensor}"
            assert 10 <= float(temperature) < 180
            assert status == "ERROR" or float(temperature) <= 160
            found.append((user, int(sensor), int(timestamp)))
    assert len(found) == len(set(found)) == report["events"]["delivered"]
    counts = {shard: len(records) for shard, records in shards.items() if records}
    assert {shard["id"]: shard["events"] for shard in report["shards"] if shard["events"]} == counts
    return found


def test_every_delivered_reading_is_there_once(client, freshet):
    run = freshet(
        "--headless", "--processes", 2, "--rate", 150, "--batch-size", 50, "-n", 600, *PATIENT, "DemoStream", endpoint=URL, timeout=150
    )  # fmt: skip
    assert finished(run), run.tail()
    assert run.json["events"]["delivered"] == 600
    assert run.json["events"]["failed"] == run.json["events"]["unknown"] == 0
    assert len(check_read_back(client, run.json)) == 600


def test_users_send_whole_batches_of_their_sensors(client, freshet):
    run = freshet(
        "--headless", "--processes", 1, "-u", 3, "-r", 3, "--batch-size", 20, "--wait-time", "1s", "-t", "4s",
        *PATIENT, "DemoStream", endpoint=URL, timeout=150,
    )  # fmt: skip
    assert run.code == 0, run.tail()
    found = check_read_back(client, run.json)
    batches = collections.Counter(found)
    assert set(batches.values()) == {1}
    users = collections.defaultdict(list)
    for user, sensor, _timestamp in found:
        users[user].append(sensor)
    assert len(users) == 3
    for sensors in users.values():
        rounds = len(sensors) // 20
        assert sorted(sensors) == sorted(list(range(20)) * rounds) and rounds >= 1


def test_a_certificate_nobody_vouches_for_is_refused(client, freshet):
    run = freshet("--headless", "--processes", 1, "--rate", 100, "-t", "2s", "DemoStream", endpoint=TLS_URL)
    assert run.code == 6, run.tail()
    assert "certificate" in (run.out + run.err).lower()
    assert not any(read_all(client, "DemoStream").values())
