"""More than one person at the page: a viewer, and two at once."""

import urllib.parse

from playwright.sync_api import expect

from helpers import wait_until
from house import VIEWER


def test_a_viewer_looks_and_changes_nothing(dashboard, browse):
    running = dashboard("null://", viewer=True).ready()
    visit = browse(running, user=VIEWER)
    page = visit.page
    expect(page.get_by_text("You are logged in as a viewer: you may look, not start, edit or stop.")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    number = running.start_run(target="null://", rate="1k")
    expect(visit.state()).to_have_text("running")
    expect(page.get_by_text("read-only: viewer")).to_be_visible()
    for name in ("Edit", "Stop", "Reset"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
    wait_until(lambda: visit.figure("events.delivered") > 0, 15, "figures")

    # The buttons are not what holds it: the same cookie and token are refused by the server.
    token = page.evaluate("fetch('api/v1/session').then((answer) => answer.json())")["csrf_token"]
    visit.expecting("status of 403")
    changes = [
        ("POST", "api/v1/run"),
        ("PATCH", "api/v1/run"),
        ("POST", "api/v1/run/stop"),
        ("POST", "api/v1/run/reset"),
        ("POST", "swarm"),
        ("POST", "stop"),
        ("POST", "stats/reset"),
        ("PATCH", f"api/v1/runs/{number}"),
        ("DELETE", f"api/v1/runs/{number}"),
    ]
    for method, path in changes:
        script = """([method, path, token]) => fetch(path, {method, body: '{}',
            headers: {'X-CSRF-Token': token, 'Content-Type': 'application/json'}}).then((answer) => answer.status)"""
        assert page.evaluate(script, [method, path, token]) == 403, (method, path)
        assert running.ask(method, path, {}, user=VIEWER)[0] == 403, (method, path)
    assert running.run()["state"] == "running"
    visit.go("runs")
    expect(page.get_by_role("button", name="delete")).to_have_count(0)
    assert urllib.parse.urlsplit(page.url).path == "/"


def test_two_browsers_see_the_same_run(kinesis, dashboard, browse):
    stream = kinesis("--stream", "DemoStream:2")
    running = dashboard("DemoStream", endpoint=stream).ready()
    one = browse(running)
    two = browse(running, dark=True, width=800)
    one.page.get_by_label("A rate").check()
    one.page.get_by_label("Rate", exact=True).fill("1k")
    one.page.get_by_role("button", name="Start", exact=True).click()
    for visit in (one, two):
        expect(visit.state()).to_have_text("running")
    # What one does the other sees; neither needs a reload.
    two.page.get_by_role("button", name="Edit").click()
    two.page.get_by_role("dialog").get_by_label("Rate", exact=True).fill("700")
    two.page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    expect(one.page.locator('[data-figure="asked_per_s"]')).to_have_attribute("value", "700")
    two.page.get_by_role("button", name="Stop", exact=True).click()
    for visit in (one, two):
        expect(visit.state()).to_have_text("stopped")
    delivered = running.wait_state("stopped")["events"]["delivered"]
    for visit in (one, two):
        expect(visit.page.locator('[data-figure="events.delivered"]')).to_have_attribute("value", str(delivered))
    assert stream.stats()["records"] == delivered


def test_two_who_start_at_once_start_one_run(dashboard, browse):
    running = dashboard("null://").ready()
    one, two = browse(running), browse(running)
    two.expecting("status of 409")
    for visit in (one, two):
        visit.page.get_by_label("A rate").check()
        visit.page.get_by_label("Rate", exact=True).fill("1k")
    one.page.get_by_role("button", name="Start", exact=True).click()
    expect(one.state()).to_have_text("running")
    first = running.run()["run_id"]
    # The other's form has given way to the run.
    expect(two.state()).to_have_text("running")
    expect(two.page.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    status, answer = running.ask("POST", "api/v1/run", {"target": "null://", "rate": "5k"})
    assert status == 409 and answer["error"]["message"], answer
    assert running.run()["run_id"] == first
