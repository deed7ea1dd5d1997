"""The search for the limit against a stream whose limit is known. Holds are short; the limit found must lie within 10 %."""

import pytest

from helpers import check_ledger


def find(freshet, server, conditions, *args):
    run = freshet(
        "--headless", "--processes", 2, "--find-capacity", conditions, "--hold", "2s", *args, "DemoStream",
        endpoint=server, timeout=150,
    )  # fmt: skip
    check_ledger(run.json)
    search = run.json["search"]
    held = [step for step in search["steps"] if step["confirming"] and step["held"]]
    assert run.code == 0 and search["state"] == "found", run.tail()
    assert run.json["ended_by"] == "search is through"
    assert held and held[-1]["rate"] == search["found"] and held[-1]["seconds"] >= 4
    # What failed below the limit was seen twice in a row, or did not count.
    for step, following in zip(search["steps"], search["steps"][1:]):
        if not step["held"] and step["rate"] != following["rate"]:
            assert step["rate"] > search["found"], search
    return run, search


def test_the_limits_of_four_shards_are_found(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:4", "--enforce-limits")  # 4,000 records/s
    run, search = find(freshet, server, "throttled<0.5%", "--from", "3k", "--to", "100k")
    assert search["found"] == pytest.approx(4000, rel=0.1), run.tail()
    assert "throttled" in search["stopped_by"]
    assert search["verdict"]["kind"] == "stream" and "limited by the stream" in search["verdict"]["text"]
    assert "capacity  " in run.out and "throttled %" in run.out and "for confirmation held" in run.err


def test_the_rate_above_which_answers_come_later_is_found(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:4", "--service-rate", "6k")
    run, search = find(freshet, server, "p90<250ms", "--from", "4500", "--to", "100k")
    assert search["found"] == pytest.approx(6000, rel=0.1), run.tail()


def test_where_nothing_holds_it_says_so(kinesis, freshet):
    server = kinesis("--stream", "DemoStream:1", "--latency", "300ms")
    run = freshet(
        "--headless", "--processes", 1, "--find-capacity", "p50<100ms", "--from", "500", "--to", "1k", "--hold", "1s",
        "DemoStream", endpoint=server,
    )  # fmt: skip
    search = run.json["search"]
    assert run.code == 3 and search["state"] == "none" and search["found"] is None, run.tail()
    assert [step["held"] for step in search["steps"]] == [False, False]
    assert search["stopped_by"].startswith("at 500 events/s: p50 30")
    assert "not even --from, 500 events/s, held" in run.out


def test_a_run_time_bounds_it(freshet):
    run = freshet(
        "--headless", "--processes", 1, "--find-capacity", "delivered>0", "--from", "1k", "--to", "100M", "--hold", "1s",
        "-t", "5s", "null://",
    )  # fmt: skip
    assert run.code == 3 and run.json["search"]["state"] == "stopped", run.tail()
    assert run.json["ended_by"] == "run time over" and run.json["search"]["found"] is None
