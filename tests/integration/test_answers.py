"""Whatever the service answers, or fails to: each event gets the verdict that the answer calls for."""

import os
import subprocess
import json

import pytest

from helpers import check_ledger, finished
from stub_service import CUT, GARBAGE, RESET, STALL, Reply, Service, refusal
from test_signature import KEY, PROBE, SECRET

SHORT = ["--headless", "--processes", 1, "--stop-timeout", "5s", "--batch-size", 10]
HTML = b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"


@pytest.fixture
def service():
    services = []

    def start(answer=lambda operation, count: None):
        services.append(Service(answer))
        return services[-1]

    yield start
    for one in services:
        one.close()


def verdicts(service, tmp_path, count, *args):
    """Send one batch of one event for each answer, in turn on one connection: [(fate, code, message, batch), ...]."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "PROBE_BATCHES": str(count),
                   "PROBE_EVENTS": "1"}  # fmt: skip
    done = subprocess.run(
        [PROBE, "--endpoint-url", service.url, "--max-connections", "1", *args, "kinesis://eu-central-1/DemoStream"],
        env=environment, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    told = []
    for batch in json.loads(done.stdout)["batches"]:
        fate, *error = batch["events"]
        told.append((fate, *(error[0] if error else (None, None)), batch))
    return told


THROTTLES = [
    "ProvisionedThroughputExceededException", "LimitExceededException", "ThrottlingException", "Throttling",
    "ThrottledException", "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded",
    "TooManyRequestsException", "BandwidthLimitExceeded", "SlowDown", "TransactionInProgressException",
    "PriorRequestNotComplete", "EC2ThrottledException", "KMSThrottlingException",
]  # fmt: skip
FINAL = [
    "KMSDisabledException", "KMSInvalidStateException", "KMSAccessDeniedException", "KMSNotFoundException",
    "KMSOptInRequired", "ResourceNotFoundException", "InvalidArgumentException", "ValidationException",
    "SerializationException", "UnknownOperationException", "AccessDeniedException", "InvalidSignatureException",
    "IncompleteSignature", "MissingAuthenticationTokenException", "SignatureDoesNotMatch",
]  # fmt: skip


@pytest.mark.parametrize("codes, fate", [(THROTTLES, "throttled"), (FINAL, "failed")])
def test_each_refusal_of_a_whole_request(service, tmp_path, codes, fate):
    stub = service(lambda operation, count: refusal(codes[count]))
    told = verdicts(stub, tmp_path, len(codes))
    assert [(one[0], one[1]) for one in told] == [(fate, code) for code in codes]
    assert {one[2] for one in told} == {"said the service"}
    assert not any(one[3]["lost"] for one in told)  # the service said that nothing was stored


def test_answers_that_are_no_answers(service, tmp_path):
    one_verdict = b'{"FailedRecordCount":0,"Records":[{"SequenceNumber":"1","ShardId":"shardId-000000000000"}]}'
    story = [
        (Reply(503, HTML, {"Content_Type": "text/html"}), "retry", "Http503", True),
        (Reply(500), "retry", "Http500", True),
        (Reply(429), "throttled", "Http429", False),
        (Reply(413, HTML), "failed", "Http413", False),
        (Reply(403, HTML), "failed", "Http403", False),
        (Reply(200, one_verdict[:40]), "retry", "UnreadableAnswer", True),
        (Reply(200, HTML), "retry", "UnreadableAnswer", True),
        (Reply(200), "retry", "UnreadableAnswer", True),
        (Reply(200, b'{"FailedRecordCount":0,"Records":[]}'), "retry", "UnreadableAnswer", True),
        (CUT, "retry", "ConnectionReset", True),
        (GARBAGE, "retry", "UnreadableAnswer", True),
        (RESET, "retry", "ConnectionReset", True),
        (STALL, "retry", "Timeout", True),
        (Reply(200, one_verdict), "delivered", None, False),
    ]
    stub = service(lambda operation, count: story[count][0])
    told = verdicts(stub, tmp_path, len(story), "--request-timeout", "6s")
    assert [(fate, code, batch["lost"]) for fate, code, _, batch in told] == [one[1:] for one in story]
    assert "--batch-bytes" in told[3][2]
    assert told[-1][3]["answered_ok"] and not any(one[3]["answered_ok"] for one in told[:-1])


def test_the_wait_that_the_service_asks_for(service, tmp_path):
    values = ["1234", "0", "99999999999999999999", "-5", "soon", ""]
    stub = service(lambda operation, count: refusal("ThrottlingException", x_amz_retry_after=values[count]))
    told = verdicts(stub, tmp_path, len(values))
    assert [one[3]["retry_after_us"] for one in told] == [1_234_000, 0, 60_000_000, 0, 0, 0]


def test_a_bad_spell_of_every_kind_is_got_over(service, freshet):
    spell = [refusal("ThrottlingException", x_amz_retry_after="300"), Reply(503, HTML), Reply(500), CUT, GARBAGE, RESET,
             STALL, refusal("ProvisionedThroughputExceededException")]  # fmt: skip
    stub = service(lambda op, count: spell[count - 3] if op == "PutRecords" and 3 <= count < 3 + len(spell) else None)
    run = freshet("--headless", "--processes", 1, "--batch-size", 10, "-n", 600, "--rate", "300", "--request-timeout", "6s",
                  "--stop-timeout", "40s", "DemoStream", endpoint=stub.url)  # fmt: skip
    check_ledger(run.json)
    events = run.json["events"]
    assert finished(run), run.tail()
    assert events["delivered"] == 600 and events["failed"] == events["unknown"] == 0
    assert events["retried"] == 10 * len(spell) and events["throttled"] == 20
    assert stub.stored() == 600


def test_a_preflight_gets_over_it_too(service, freshet):
    stub = service(lambda op, count: Reply(503, HTML) if op != "PutRecords" and count < 2 else None)
    run = freshet(*SHORT, "-n", 20, "--rate", "100", "DemoStream", endpoint=stub.url)
    assert finished(run), run.tail()
    assert stub.counts["DescribeStreamSummary"] == stub.counts["ListShards"] == 3


@pytest.mark.parametrize(
    "answer, words",
    [
        (Reply(503, HTML), "Http503: HTTP status 503"),
        (refusal("AccessDeniedException", "User: x is not authorized"), "AccessDeniedException: User: x is not"),
        (Reply(200, b"[]"), "UnreadableAnswer: the answer to DescribeStreamSummary"),
        (Reply(200, HTML), "UnreadableAnswer: the answer to DescribeStreamSummary"),
        (GARBAGE, "UnreadableAnswer: "),
        (RESET, "ConnectionReset: "),
    ],
)
def test_a_preflight_that_fails_says_how(service, freshet, answer, words):
    stub = service(lambda operation, count: answer)
    run = freshet(*SHORT, "-n", 20, "--rate", "100", "DemoStream", endpoint=stub.url)
    assert run.code == 6, run.tail()
    assert f"target refused: {words}" in run.err, run.tail()
    assert stub.puts() == []


def test_a_name_that_nobody_has(freshet):
    run = freshet(*SHORT, "-n", 20, "--endpoint-url", "https://freshet.invalid", "DemoStream")
    assert run.code == 6, run.tail()
    assert "target refused: NameNotResolved: " in run.err and "freshet.invalid" in run.err, run.tail()


def test_the_smallest_requests(kinesis, freshet):
    """A reading takes about 120 bytes: some eight go into 1 KiB, whatever --batch-size says."""
    server = kinesis("--stream", "DemoStream:4", "--discard")
    run = freshet("--headless", "--processes", 1, "--batch-size", 500, "--batch-bytes", "1KiB", "-n", 3_003,
                  "--rate", "1k", "DemoStream", endpoint=server)  # fmt: skip
    check_ledger(run.json)
    assert run.code in (0, 4), run.tail()
    assert run.json["schedule"]["achieved_ratio"] > 0.5, run.tail()  # small requests, but all of the rate
    stats = server.stats()
    assert run.json["events"]["delivered"] == stats["records"] == 3_003
    assert stats["records"] / 12 < run.json["requests"]["sent"] < stats["records"] / 4
