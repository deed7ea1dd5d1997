"""freshet-kinesis driven by clients we did not write: boto3 and the AWS CLI."""

import datetime
import hashlib
import http.client
import json
import shutil
import subprocess
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def client(server, key="a", secret="b", region="us-east-1", token=None, timeout=10):
    return boto3.client("kinesis", endpoint_url=server.url, region_name=region, aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token,
                        config=Config(retries={"max_attempts": 0}, read_timeout=timeout))


def ask(server, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(server.url + path, data=data, timeout=10) as answer:
        return json.load(answer)


def code_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def read(stream, shard, **start):
    iterator = stream.get_shard_iterator(StreamName="s", ShardId=shard, **start)["ShardIterator"]
    return [r["Data"] for r in stream.get_records(ShardIterator=iterator)["Records"]]


def batch(count, size=10):
    return [{"Data": b"x" * size, "PartitionKey": str(i)} for i in range(count)]


def raw_put(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    body = '{"StreamName":"s","Records":[{"Data":"QQ==","PartitionKey":"a"}]}'
    connection.request("POST", "/", body, {"X-Amz-Target": "Kinesis_20131202.PutRecords"})
    return connection.getresponse().read()


def test_streams_come_and_go(kinesis):
    k = client(kinesis("--region", "eu-central-1"))
    k.create_stream(StreamName="s", ShardCount=3)
    summary = k.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    assert summary["StreamStatus"] == "ACTIVE" and summary["OpenShardCount"] == 3
    assert summary["StreamARN"] == "arn:aws:kinesis:eu-central-1:000000000000:stream/s"
    assert len(k.describe_stream(StreamARN=summary["StreamARN"])["StreamDescription"]["Shards"]) == 3
    page = k.list_shards(StreamName="s", MaxResults=2, ShardFilter={"Type": "AT_LATEST"})
    rest = k.list_shards(NextToken=page["NextToken"])
    shards = page["Shards"] + rest["Shards"]
    assert [s["ShardId"] for s in shards] == [f"shardId-{i:012}" for i in range(3)]
    edges = [(int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in shards]
    assert edges == [(i * 2**128 // 3, (i + 1) * 2**128 // 3 - 1) for i in range(3)]
    assert k.list_streams()["StreamNames"] == ["s"]
    assert code_of(k.create_stream, StreamName="s", ShardCount=1)[0] == "ResourceInUseException"
    k.delete_stream(StreamName="s")
    assert code_of(k.describe_stream, StreamName="s") == (
        "ResourceNotFoundException", "Stream s under account 000000000000 not found.")


def test_records_come_back_by_every_iterator(kinesis):
    server = kinesis("--stream", "s:4")
    k = client(server)
    answer = k.put_records(StreamName="s", Records=[
        {"Data": b"0", "PartitionKey": "a"}, {"Data": b"\x00\xff", "PartitionKey": "b"},
        {"Data": b"2", "PartitionKey": "partitionKey1"}, {"Data": b"3", "PartitionKey": "\u00fc\"\\\U0001f600"},
        {"Data": b"4", "PartitionKey": "b", "ExplicitHashKey": "0"}])
    assert answer["FailedRecordCount"] == 0
    shards = [r["ShardId"] for r in answer["Records"]]
    assert shards[:3] == [f"shardId-{i:012}" for i in (0, 2, 3)] and shards[4] == "shardId-000000000000"
    unusual = int(hashlib.md5("\u00fc\"\\\U0001f600".encode()).hexdigest(), 16)
    assert shards[3] == f"shardId-{unusual * 4 >> 128:012}"
    zero = "shardId-000000000000"
    first = answer["Records"][0]["SequenceNumber"]
    last = k.put_record(StreamName="s", Data=b"5", PartitionKey="a")["SequenceNumber"]
    assert len(first) == 56 and int(first) < int(answer["Records"][4]["SequenceNumber"]) < int(last)
    everything = read(k, zero, ShardIteratorType="TRIM_HORIZON")
    assert everything[0] == b"0" and everything[-2:] == [b"4", b"5"]
    assert read(k, "shardId-000000000002", ShardIteratorType="TRIM_HORIZON")[0] == b"\x00\xff"
    assert read(k, zero, ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=last) == [b"5"]
    assert read(k, zero, ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=first) == everything[1:]
    assert read(k, zero, ShardIteratorType="LATEST") == []
    hour = datetime.timedelta(hours=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert read(k, zero, ShardIteratorType="AT_TIMESTAMP", Timestamp=now - hour) == everything
    assert read(k, zero, ShardIteratorType="AT_TIMESTAMP", Timestamp=now + hour) == []
    stats = server.stats()
    assert stats["records"] == 6 and stats["requests"] == 2 and sum(stats["shards"].values()) == 6


def test_latest_goes_on_with_what_comes(kinesis):
    k = client(kinesis("--stream", "s:1"))
    iterator = k.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000",
                                    ShardIteratorType="LATEST")["ShardIterator"]
    for data in (b"1", b"2"):
        k.put_record(StreamName="s", Data=data, PartitionKey="k")
    page = k.get_records(ShardIterator=iterator, Limit=1)
    assert [r["Data"] for r in page["Records"]] == [b"1"] and page["MillisBehindLatest"] >= 0
    page = k.get_records(ShardIterator=page["NextShardIterator"])
    assert [r["Data"] for r in page["Records"]] == [b"2"] and page["MillisBehindLatest"] == 0


def test_refuses_as_the_service_does(kinesis):
    k = client(kinesis("--stream", "s:1"))
    assert code_of(k.put_record, StreamName="t", Data=b"", PartitionKey="a")[0] == "ResourceNotFoundException"
    assert code_of(k.put_records, StreamName="s", Records=batch(501))[0] == "ValidationException"
    assert code_of(k.put_record, StreamName="s", Data=b"", PartitionKey="k" * 257)[0] == "ValidationException"
    assert code_of(k.put_record, StreamName="s", Data=b"", PartitionKey="k",
                   ExplicitHashKey=str(2**128))[0] == "InvalidArgumentException"
    assert code_of(k.put_record, StreamName="s", Data=b"x" * 2**20, PartitionKey="k")[0] == "InvalidArgumentException"
    assert code_of(k.put_records, StreamName="s", Records=batch(11, 2**20 - 2))[0] == "InvalidArgumentException"
    assert code_of(k.get_records, ShardIterator="nonsense")[0] == "InvalidArgumentException"
    assert code_of(k.list_stream_consumers, StreamARN="arn:aws:kinesis:us-east-1:000000000000:stream/s")[0] == \
        "UnknownOperationException"
    k.put_record(StreamName="s", Data=b"x" * (2**20 - 1), PartitionKey="k")


def test_keeps_the_newest_and_counts_the_rest(kinesis):
    server = kinesis("--stream", "s:1", "--retention", "32MiB")
    k = client(server)
    for i in range(40):
        k.put_record(StreamName="s", Data=str(i).encode().ljust(10**6), PartitionKey="k")
    stats = server.stats()
    assert stats["records"] == 40 and stats["stored"] + stats["evicted"] == 40 and stats["evicted"] >= 7
    first = k.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
    data = k.get_records(ShardIterator=first["ShardIterator"], Limit=1)["Records"][0]["Data"]
    assert int(data) == stats["evicted"]


def test_checks_signatures(kinesis):
    server = kinesis("--stream", "s:1", "--access-key", KEY, "--secret-key", SECRET)
    client(server, KEY, SECRET).put_record(StreamName="s", Data=b"1", PartitionKey="k")
    client(server, KEY, SECRET, "eu-central-1", "token==").put_record(StreamName="s", Data=b"2", PartitionKey="k")
    wrong = client(server, KEY, SECRET + "x").put_record
    code, message = code_of(wrong, StreamName="s", Data=b"3", PartitionKey="k")
    assert code == "InvalidSignatureException" and message.startswith("The request signature we calculated does not")
    assert code_of(client(server, "AKIDOTHER", SECRET).list_streams) == (
        "UnrecognizedClientException", "The security token included in the request is invalid.")
    assert server.stats()["records"] == 2


def test_enforces_the_limits_of_a_shard(kinesis):
    server = kinesis("--stream", "s:1", "--enforce-limits")
    answer = client(server).put_records(StreamName="s", Records=batch(500))
    refused = [r for r in answer["Records"] if "ErrorCode" in r]
    assert answer["FailedRecordCount"] == len(refused) > 0
    assert {r["ErrorCode"] for r in refused} == {"ProvisionedThroughputExceededException"}
    assert refused[0]["ErrorMessage"] == (
        "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000.")
    stats = server.stats()
    assert stats["throttled"] == len(refused) and stats["records"] == 500 - len(refused)


def test_faults_come_and_go(kinesis):
    server = kinesis("--stream", "s:2", "--error-rate", "1")
    k = client(server)
    put = {"StreamName": "s", "Records": batch(100)}
    assert code_of(k.put_records, **put)[0] == "InternalFailure"
    assert server.stats()["records"] == 0
    assert ask(server, "/_freshet/faults", {"error_rate": 0, "refuse_rate": 1})["refuse_rate"] == 1
    assert {r["ErrorCode"] for r in k.put_records(**put)["Records"]} == {"InternalFailure"}
    ask(server, "/_freshet/faults", {"refuse_rate": 0, "throttle_rate": 0.5, "latency": "1ms-2ms"})
    assert 0 < k.put_records(**put)["FailedRecordCount"] < 100
    ask(server, "/_freshet/faults", {"throttle_rate": 0, "latency": "0", "garbage_rate": 1})
    assert "Records" not in k.put_records(**put)  # boto3 takes what is no JSON for an empty answer
    ask(server, "/_freshet/faults", {"garbage_rate": 0})
    ask(server, "/_freshet/faults", {"truncate_rate": 1})
    with pytest.raises(http.client.IncompleteRead):
        raw_put(server)
    ask(server, "/_freshet/faults", {"truncate_rate": 0, "reset_rate": 1})
    with pytest.raises(ConnectionResetError):
        raw_put(server)
    ask(server, "/_freshet/faults", {"reset_rate": 0})
    ask(server, "/_freshet/faults", {"stall_rate": 1})
    with pytest.raises(BotoCoreError):
        client(server, timeout=0.2).put_records(**put)
    struck = server.stats()["faults"]
    assert [struck[f] for f in ("error_rate", "truncate_rate", "garbage_rate", "reset_rate", "stall_rate")] == [1] * 5
    assert struck["latency"] == 1


@pytest.mark.parametrize("body, said", [({"error_rate": 2}, "error_rate: 2"), ({"latency": "soon"}, '"soon"'),
                                        ({"bogus": 1}, "bogus"), ({"error_rate": "x"}, 'error_rate: "x"')])
def test_bad_faults_are_named(kinesis, body, said):
    server = kinesis("--stream", "s:1")
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(server, "/_freshet/faults", body)
    assert caught.value.code == 400 and said in json.load(caught.value)["message"]
    assert ask(server, "/_freshet/faults")["error_rate"] == 0


def test_the_aws_cli_works(kinesis, tmp_path):
    aws = shutil.which("aws", path="/usr/bin") or shutil.which("aws")
    if aws is None:
        pytest.skip("the AWS CLI is not installed")
    server = kinesis("--access-key", KEY, "--secret-key", SECRET)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
           "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}

    def run(*args):
        done = subprocess.run([aws, "--endpoint-url", server.url, "--output", "json", "kinesis", *args], env=env,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    run("create-stream", "--stream-name", "s", "--shard-count", "1")
    (tmp_path / "data").write_bytes(b"hello")  # in a file: version 1 takes words as they are, version 2 as base64
    put = run("put-record", "--stream-name", "s", "--partition-key", "a", "--data", f"fileb://{tmp_path}/data")
    assert put["ShardId"] == "shardId-000000000000"
    assert run("describe-stream-summary", "--stream-name", "s")["StreamDescriptionSummary"]["OpenShardCount"] == 1
    iterator = run("get-shard-iterator", "--stream-name", "s", "--shard-id", put["ShardId"], "--shard-iterator-type",
                   "TRIM_HORIZON")["ShardIterator"]
    assert run("get-records", "--shard-iterator", iterator)["Records"][0]["Data"] == "aGVsbG8="
