"""Credentials that run out and clocks that differ, while the load goes on."""

import os
import stat
import subprocess
import time

import pytest

from helpers import check_ledger
from stub_service import STALL, Container, Service, refusal
from test_signature import PROBE

SHORT = ["--headless", "--processes", 1, "--stop-timeout", "5s", "--batch-size", 10]
EXPIRED = refusal("ExpiredTokenException", "The security token included in the request is expired")


@pytest.fixture
def stubs():
    started = []

    def start(kind, *args, **more):
        started.append(kind(*args, **more))
        return started[-1]

    yield start
    for one in started:
        one.close()


def run_in_container(freshet, service, container, *args):
    container.watched = service
    return freshet(*SHORT, *args, "DemoStream", endpoint=service.url, credentials=False, env=container.environment())


def test_keys_are_renewed_in_the_background(stubs, freshet):
    service = stubs(Service)
    container = stubs(Container, lambda number: (f"KEY{number}", 6), slow_s=1)
    # One connection, so that requests arrive in the order in which they were signed.
    run = run_in_container(freshet, service, container, "--rate", "300", "-t", "7s", "--max-connections", 1)
    check_ledger(run.json)
    assert run.json["events"]["failed"] == run.json["events"]["unknown"] == run.json["events"]["retried"] == 0
    assert run.code in (0, 4), run.tail()
    keys = [key for key, _ in service.puts()]
    assert keys == sorted(keys) and {"KEY0", "KEY1"} <= set(keys), "each request has the newest set"
    begun, ended = container.fetches[1]
    assert ended - begun >= 3, "requests went out while the new keys were waited for"


def test_a_failed_refresh_keeps_the_old_keys_and_says_so(stubs, freshet):
    service = stubs(Service)
    container = stubs(Container, lambda number: ("KEY0", 5) if number == 0 else None)
    run = run_in_container(freshet, service, container, "--rate", "300", "-t", "7s")
    check_ledger(run.json)
    assert run.code in (0, 4), run.tail()
    assert {key for key, _ in service.puts()} == {"KEY0"}
    assert "credentials not refreshed, keeping the old ones: no AWS credentials from container: HTTP status 500" in run.err


class Picky(Service):
    """Knows which keys have expired: `good(key, operation, count)`."""

    def __init__(self, good):
        super().__init__()
        self.good = good

    def judge(self, operation, count, key):
        return None if self.good(key, operation, count) else EXPIRED


def test_keys_refused_in_mid_run_are_fetched_anew(stubs, freshet):
    service = stubs(Picky, lambda key, operation, count: key != "KEY0" or operation != "PutRecords" or count < 5)
    container = stubs(Container, lambda number: (f"KEY{number}", 3600))
    run = run_in_container(freshet, service, container, "-n", 600, "--rate", "300")
    check_ledger(run.json)
    assert run.code in (0, 4), run.tail()
    assert run.json["events"]["delivered"] == service.stored() == 600
    assert run.json["events"]["retried"] > 0 and len(container.fetches) == 2


def test_keys_refused_in_the_preflight_are_fetched_anew(stubs, freshet):
    service = stubs(Picky, lambda key, operation, count: key != "KEY0")
    container = stubs(Container, lambda number: (f"KEY{number}", 3600))
    run = run_in_container(freshet, service, container, "-n", 20, "--rate", "100")
    assert run.code in (0, 4), run.tail()
    assert service.stored() == 20 and len(container.fetches) == 2


def test_where_there_are_no_other_keys_it_is_given_up_in_clear_words(stubs, freshet):
    service = stubs(Picky, lambda key, operation, count: operation != "PutRecords" or count < 5)
    run = freshet(*SHORT, "-n", 300, "--rate", "300", "DemoStream", endpoint=service.url)
    check_ledger(run.json)
    assert run.code == 1, run.tail()
    assert run.json["events"]["delivered"] == 50 and run.json["events"]["failed"] == 250
    assert run.err.count("the service refuses these credentials and the environment gives no others") == 1, run.tail()
    (error,) = [one for one in run.json["errors"] if one["code"] == "ExpiredTokenException"]
    assert "security token" in error["message"]


def test_a_preflight_with_expired_keys_is_refused_in_the_services_words(stubs, freshet):
    service = stubs(Picky, lambda key, operation, count: False)
    run = freshet(*SHORT, "-n", 300, "--rate", "300", "DemoStream", endpoint=service.url)
    assert run.code == 6, run.tail()
    assert "target refused: ExpiredTokenException: The security token included in the request is expired" in run.err


def test_leaving_does_not_wait_for_a_refresh(stubs, tmp_path):
    """The refresh hangs in a program when the sink is closed; it would be given 15 s."""
    service = stubs(Service, lambda operation, count: STALL)
    script = tmp_path / "keys"
    mark, again = tmp_path / "asked", tmp_path / "asked-again"
    script.write_text(
        f"#!/bin/sh\n[ ! -e {mark} ] || {{ : >{again} && exec sleep 60; }}\n: >{mark}\n"
        'echo \'{"Version":1,"AccessKeyId":"K","SecretAccessKey":"s","Expiration":"\'"$(date -u -d "4 seconds" '
        "+%Y-%m-%dT%H:%M:%SZ)\"'\"}'\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(f"[default]\ncredential_process = {script}\n")
    begun = time.monotonic()
    done = subprocess.run(
        [PROBE, "--endpoint-url", service.url, "--request-timeout", "4s", "kinesis://eu-central-1/DemoStream"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert again.exists()
    assert time.monotonic() - begun < 15


# ---- clocks ----


@pytest.mark.parametrize("ahead_s", [3600, -7200])
def test_a_clock_that_differs_is_set_right_once(stubs, freshet, ahead_s):
    service = stubs(Service)
    service.clock_ahead_s = ahead_s
    run = freshet(*SHORT, "-n", 300, "--rate", "300", "DemoStream", endpoint=service.url)
    check_ledger(run.json)
    assert run.code in (0, 4), run.tail()
    assert run.json["events"]["delivered"] == service.stored() == 300
    assert run.json["events"]["retried"] == 0, "the preflight had set it right"
    assert service.counts["DescribeStreamSummary"] == 2
    assert run.err.count("s off the service's: signing with the service's") == 1, run.tail()


def test_a_clock_that_jumps_in_mid_run(stubs, freshet):
    def answer(operation, count):
        if operation == "PutRecords" and count == 5:
            service.clock_ahead_s = 3600

    service = stubs(Service, answer)
    service.clock_ahead_s = 0
    run = freshet(*SHORT, "-n", 600, "--rate", "300", "DemoStream", endpoint=service.url)
    check_ledger(run.json)
    assert run.code in (0, 4), run.tail()
    assert run.json["events"]["delivered"] == service.stored() == 600
    assert run.json["events"]["retried"] > 0
    assert run.err.count("s off the service's: signing with the service's") == 1, run.tail()


def test_a_service_that_does_not_say_its_time(stubs, freshet):
    service = stubs(Service)
    service.clock_ahead_s, service.tells_date = 3600, False
    run = freshet(*SHORT, "-n", 300, "--rate", "300", "DemoStream", endpoint=service.url)
    assert run.code == 6, run.tail()
    assert "target refused: InvalidSignatureException: Signature expired" in run.err, run.tail()
