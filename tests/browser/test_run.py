"""A run from the form to its end, as the person in front of it sees it."""

import json
import re

import pytest
from playwright.sync_api import expect

from helpers import wait_until

EVENTS_CANVAS = '[data-chart="events"] canvas'

# Every state that the header shows from now on, in `states`.
NOTE_STATES = """() => {
    window.states = [];
    new MutationObserver(() => states.push(document.querySelector('[data-figure="state"]').textContent))
        .observe(document.querySelector("header.top"), {subtree: true, childList: true, characterData: true});
}"""
SOME_SECONDS_LIVE = """() => new Promise((done) => {
    const stream = new EventSource("api/v1/live");
    let count = 0;
    stream.addEventListener("run", () => { if (++count === 3) { stream.close(); done(); } });
})"""


@pytest.fixture
def stream(kinesis):
    return kinesis("--stream", "DemoStream:4")


def check_sums(events):
    kept = events["delivered"] + events["failed"] + events["unknown"] + events["in_flight"]
    assert events["generated"] == kept, events


def drawing(visit):
    """What the first chart looks like, pixel by pixel."""
    return visit.page.locator(EVENTS_CANVAS).evaluate("(canvas) => canvas.toDataURL()")


def test_start_with_a_rate_watch_the_charts_and_stop(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    expect(page.get_by_label("Target (host)")).to_have_value("DemoStream")
    page.get_by_label("A rate").check()
    page.get_by_label("Rate", exact=True).fill("2k")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_selector(EVENTS_CANVAS)
    first = drawing(visit)
    wait_until(lambda: drawing(visit) != first and visit.figure("events.delivered") > 0, 3, "moving charts")
    expect(visit.state()).to_have_text("running")
    expect(page.locator('[data-figure="asked_per_s"]')).to_have_attribute("value", "2000")
    expect(page).to_have_title(re.compile("DemoStream · freshet"))
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.state()).to_have_text("stopped")

    run = running.wait_state("stopped")
    events = run["events"]
    check_sums(events)
    assert events["failed"] == events["unknown"] == events["in_flight"] == 0
    expect(page.locator('[data-figure="events.delivered"]')).to_have_attribute("value", str(events["delivered"]))
    assert visit.figure("events.delivered") == events["delivered"] == stream.stats()["records"] > 0
    assert page.locator('[data-figure="events.delivered"]').text_content() == f"{events['delivered']:,}"
    visit.choose_tab("Ledger")
    assert visit.figure("ledger.generated") == events["generated"]
    expect(page.get_by_text("the ledger balances")).to_be_visible()


def test_a_run_that_ends_by_itself(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    page.get_by_label("A rate").check()
    page.get_by_label("Rate", exact=True).fill("3k")
    page.get_by_label("Number of events").fill("7777")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(visit.state()).to_have_text("stopped", timeout=30_000)
    assert visit.figure("events.delivered") == 7777 == stream.stats()["records"]
    expect(page.locator('[data-figure="verdict"]')).to_contain_text("exit code")
    expect(page.get_by_role("button", name="New")).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    page.get_by_role("button", name="New").click()  # another one, with what the last one had
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Rate", exact=True)).to_have_value("3000")
    dialog.get_by_label("Number of events").fill("")
    dialog.get_by_label("Run time").fill("2s")
    first = running.run()["run_id"]
    dialog.get_by_role("button", name="Start", exact=True).click()
    expect(dialog).to_have_count(0)
    wait_until(lambda: running.run()["run_id"] != first, 10, "another run")
    assert running.wait_state("stopped")["ended_by"] == "run time over"
    expect(visit.state()).to_have_text("stopped")
    expect(page.locator(".reading.state .note")).to_contain_text("run time over")


def test_users_come_one_after_the_other(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    page.get_by_role("radio", name="Users").check()
    page.get_by_label("Number of users (peak concurrency)").fill("6")
    page.get_by_label("Ramp up (users started/second)").fill("3")
    page.get_by_role("textbox", name="Wait time").fill("100ms")
    page.get_by_label("Batch size").fill("10")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("6 users · as fast as they go")).to_be_visible()
    expect(page.locator('[data-chart="users"]')).to_be_visible()
    settings = running.run()["settings"]
    assert (settings["model"], settings["users"], settings["batch_size"]) == ("users", 6, 10)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.state()).to_have_text("stopped")
    assert visit.figure("events.delivered") == stream.stats()["records"]


def test_a_late_answer_does_not_turn_back_the_page(stream, dashboard, browse):
    """What was fetched while the run was stopping arrives when the live stream has told the end."""
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    stream.faults(latency="2s")  # so that stopping takes its time
    running.start_run(target="DemoStream", rate="500")
    wait_until(lambda: visit.state().text_content() == "running", 15, "the run on the page")
    held = []
    page.route("**/api/v1/run", lambda route: held.append((route, route.fetch())))
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.state()).to_have_text("stopped")
    route, answer = held[0]
    assert answer.json()["state"] == "stopping" and answer.json()["events"]["delivered"] < stream.stats()["records"]
    page.evaluate(NOTE_STATES)
    route.fulfill(response=answer)
    page.evaluate(SOME_SECONDS_LIVE)
    assert "stopping" not in page.evaluate("states")
    assert visit.state().text_content() == "stopped"
    assert visit.figure("events.delivered") == stream.stats()["records"]


def test_edit_while_running(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    number = running.start_run(target="DemoStream", rate="500")
    expect(page.locator('[data-figure="asked_per_s"]')).to_have_attribute("value", "500")
    visit.choose_tab("Charts")
    wait_until(lambda: running.run()["elapsed_s"] > 2, 15, "two seconds of the first rate")
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Rate", exact=True).fill("fast")
    expect(dialog.get_by_text("This must be a rate")).to_be_visible()
    dialog.get_by_label("Rate", exact=True).fill("1.5k")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    expect(page.locator('[data-figure="asked_per_s"]')).to_have_attribute("value", "1500")
    expect(page.locator(".marks .edit")).to_be_visible()
    run = running.run()
    assert run["run_id"] == number and run["settings"]["rate"] == 1500
    wait_until(lambda: visit.figure("delivered_per_s") > 1000, 15, "the new rate in the header")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.state()).to_have_text("stopped")
    run = running.wait_state("stopped")
    assert run["events"]["delivered"] == stream.stats()["records"]
    assert 500 < run["mean_per_s"]["asked"] < 1500  # what was asked over the whole run, not the last word alone


def test_reset_starts_the_figures_again_from_zero(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    running.start_run(target="DemoStream", rate="2k")
    wait_until(lambda: page.locator('[data-figure="events.delivered"]').count() and visit.figure("events.delivered") > 8000,
               20, "8,000 events")
    page.get_by_role("button", name="Reset").click()
    before = visit.figure("events.delivered")
    assert before > 8000  # asked once more first
    page.get_by_role("button", name="Clear figures?").click()

    def anew():  # what was delivered before the reset is in the stream and not in the figures
        return visit.figure("events.delivered") + before <= stream.stats()["records"]

    wait_until(anew, 5, "figures that begin again")
    expect(visit.state()).to_have_text("running")  # the load went on
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.state()).to_have_text("stopped")
    check_sums(running.wait_state("stopped")["events"])
    assert anew()


def test_errors_stand_beside_their_fields(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    page.get_by_label("A rate").check()
    rate = page.get_by_label("Rate", exact=True)
    for text, words in [("many", "a rate such as"), ("", "This is needed."), ("2000M", "At most")]:
        rate.fill(text)
        expect(rate).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#f-rate-error")).to_contain_text(words)
        assert rate.get_attribute("aria-describedby") == "f-rate-error"
    rate.fill("1k")
    page.get_by_label("Batch size").fill("501")
    expect(page.locator("#f-batch-size-error")).to_have_text("At most 500.")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_label("Batch size")).to_be_focused()
    page.get_by_label("Batch size").fill("500")
    # What only the primary can know comes back to the field too.
    visit.expecting("status of 422")
    page.get_by_label("Target (host)").fill("kafka://nowhere")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#f-target-error")).not_to_be_empty()
    assert running.run()["run_id"] is None and stream.stats()["records"] == 0


def test_what_the_target_says_while_typing(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    says = page.get_by_role("region", name="What the target says")
    page.get_by_label("A rate").check()
    page.get_by_label("Rate", exact=True).fill("1k")
    expect(says).to_contain_text("provisioned")
    expect(says).to_contain_text("4,000 events/s")  # 4 shards of 1,000 events/s
    expect(says).to_contain_text("25 % of what it takes")
    page.get_by_label("Rate", exact=True).fill("8k")
    expect(says).to_contain_text("expect throttling")
    page.get_by_label("Target (host)").fill("NoSuchStream")
    expect(says).to_contain_text("ResourceNotFoundException")
    page.get_by_role("button", name="Preview five events").click()
    events = page.locator(".preview li")
    expect(events).to_have_count(5)
    reading = r'^\{"sensorId":"[0-9a-f-]{36}_\d+","temperature":\d+(\.\d+)?,"status":"(OK|WARNING|ERROR)","timestamp":\d{13}\}$'
    for text in events.locator(".data").all_text_contents():
        assert re.match(reading, text), text
    for key, data in zip(events.locator(".key-of code").all_text_contents(), events.locator(".data").all_text_contents()):
        assert key == json.loads(data)["sensorId"]
    keys = events.locator(".key-of code")
    before = keys.all_text_contents()
    page.get_by_role("button", name="Five others").click()
    wait_until(lambda: keys.count() == 5 and not set(before) & set(keys.all_text_contents()), 20, "five others")
    assert stream.stats()["records"] == 0  # nothing of it was sent


def test_a_stream_that_does_not_exist_refuses_the_run(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    visit.expecting("status of 422")
    page = visit.page
    page.get_by_label("Target (host)").fill("NoSuchStream")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="NoSuchStream")).to_be_visible()
    assert running.run()["events"]["generated"] == 0


def test_a_throttled_stream_is_the_verdict(kinesis, dashboard, browse):
    one = kinesis("--stream", "DemoStream:1", "--enforce-limits")
    running = dashboard("DemoStream", endpoint=one).ready()
    visit = browse(running)
    page = visit.page
    running.start_run(target="DemoStream", rate="3k", batch_size="100")
    wait_until(lambda: page.locator('[data-figure="events.throttled"]').count() and visit.figure("events.throttled") > 0, 20,
               "throttled events")
    expect(page.locator('[data-figure="verdict"]')).to_contain_text("limited by the stream")
    visit.choose_tab("Shards")
    expect(page.get_by_text("at the limit of 1,000 events/s")).to_be_visible()
    visit.choose_tab("Charts")
    expect(page.locator(".marks .throttled")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.state()).to_have_text("stopped", timeout=30_000)
    run = running.wait_state("stopped")
    check_sums(run["events"])
    assert one.stats()["records"] == run["events"]["delivered"]


def test_the_keyboard_is_enough(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    page.get_by_label("A rate").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Rate", exact=True)).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("1k")
    page.keyboard.press("Enter")
    expect(visit.state()).to_have_text("running")
    page.locator("#tab-charts").focus()
    for label in ("Failures", "Ledger", "Shards", "Secondaries", "Logs", "Download Data", "Runs", "Statistics", "Charts"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", selected=True)).to_contain_text(label)
        expect(page.get_by_role("tab", selected=True)).to_be_focused()
    page.get_by_role("button", name="Edit").press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Stop", exact=True).press("Enter")
    expect(visit.state()).to_have_text("stopped")


def test_kafka_properties_are_lines_under_advanced(dashboard, browse):
    running = dashboard("kafka://local/sensors").ready()
    visit = browse(running)
    page = visit.page
    page.get_by_text("Advanced options").click()
    properties = page.get_by_label("kafka property")
    properties.fill("acks=1\nlinger.ms")
    expect(page.get_by_text("Line 2 is not property=value.")).to_be_visible()
    properties.fill("acks=1\nsasl.password=geheim")
    expect(properties).to_be_visible()
    page.get_by_label("Rate", exact=True).fill("2k")
    page.get_by_label("Number of events").fill("2000")
    visit.picture("kafka-properties")
    page.get_by_role("button", name="Start", exact=True).click()
    run = running.wait_state("stopped")
    check_sums(run["events"])
    assert run["events"]["delivered"] == 2000
    running.start_run(target="null://", rate="1k", events="100")  # the present run is told without it
    wait_until(lambda: (now := running.run())["run_id"] != run["run_id"] and now["state"] == "stopped", 20, "the next run")
    visit.go("charts", run=run["run_id"])
    expect(page.get_by_text("acks=1, sasl.password=...")).to_be_visible()
