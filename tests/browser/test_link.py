"""What breaks while somebody watches: a secondary, the primary, the link between."""

import os
import signal

import pytest
from playwright.sync_api import expect

from helpers import children, free_port, wait_until
from house import PASSWORD, USER


@pytest.fixture
def stream(kinesis):
    return kinesis("--stream", "DemoStream:4")


def test_a_secondary_killed_while_watching(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    running.start_run(target="DemoStream", rate="2k")
    wait_until(lambda: page.locator('[data-figure="events.delivered"]').count() and visit.figure("events.delivered") > 2000,
               20, "2,000 events")
    victim = running.secondaries()[0]
    os.kill(victim, signal.SIGKILL)
    visit.choose_tab("Charts")
    expect(page.locator(".marks .lost")).to_be_visible()
    expect(page.locator('[data-figure="verdict"]')).to_contain_text("result incomplete")
    visit.choose_tab("Secondaries")
    expect(page.get_by_role("row").filter(has_text="replaced")).to_have_count(1)  # another was started in its place
    visit.choose_tab("Ledger")
    expect(page.get_by_text("the ledger balances")).to_be_visible()
    # The other one takes the whole rate.
    wait_until(lambda: visit.figure("delivered_per_s") > 1600, 20, "the asked rate again")
    visit.choose_tab("Logs")
    expect(page.get_by_role("list", name="Log lines").get_by_text("local secondary died")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.state()).to_have_text("stopped", timeout=30_000)
    events = running.wait_state("stopped")["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"] + events["in_flight"]
    assert events["in_flight"] == 0
    assert events["delivered"] <= stream.stats()["records"] <= events["delivered"] + events["unknown"]
    assert victim not in children(running.pid)


def test_a_primary_that_falls_silent_and_speaks_again(dashboard, browse):
    running = dashboard("null://").ready()
    visit = browse(running)
    page = visit.page
    running.start_run(target="null://", rate="1k")
    expect(visit.state()).to_have_text("running")
    running.signal(signal.SIGSTOP)
    try:
        lost = page.get_by_role("alert").filter(has_text="The primary does not answer, last seen")
        expect(lost).to_contain_text("s ago", timeout=20_000)
        expect(page.locator("header.top")).to_have_class("top stale")
    finally:
        running.signal(signal.SIGCONT)
    expect(lost).to_have_count(0, timeout=20_000)
    expect(page.locator("header.top")).to_have_class("top")
    before = visit.figure("events.delivered")
    wait_until(lambda: visit.figure("events.delivered") > before, 15, "figures that go on")


def test_a_primary_that_goes_and_comes_back(dashboard, browse, tmp_path):
    first = dashboard("null://", state=tmp_path / "kept", port=free_port()).ready()
    number = first.kept_run("before the end", target="null://", rate="1k", run_time="1s")
    visit = browse(first)
    page = visit.page
    visit.expecting(r"ERR_|status of 401")  # nobody is there for a while, and the new one does not know us
    first.signal(signal.SIGTERM)
    expect(page.get_by_role("alert").filter(has_text="The primary has shut down")).to_be_visible()
    first.wait_exit(20)
    again = dashboard("null://", state=tmp_path / "kept", port=first.port)
    expect(page.get_by_role("alert")).to_have_text("Your session has ended. Log in again.", timeout=30_000)
    visit.fill_login(USER, PASSWORD)
    expect(page.get_by_role("heading", name="Start new load test")).to_be_visible()
    visit.choose_tab("Runs")
    expect(page.get_by_role("link", name="before the end")).to_be_visible()
    assert again.ask("GET", f"api/v1/runs/{number}")[0] == 200


def test_a_primary_that_was_killed(dashboard, browse):
    running = dashboard("null://").ready()
    visit = browse(running)
    visit.expecting("ERR_")
    running.start_run(target="null://", rate="1k")
    expect(visit.state()).to_have_text("running")
    running.kill()
    expect(visit.page.get_by_role("alert").filter(has_text="The primary does not answer")).to_be_visible()
    visit.page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.page.get_by_role("alert").filter(has_text="The primary does not answer.")).to_have_count(1)
