"""Events of one's own, a load that changes, a run that passes or fails, a search for the limit: as the person at the page sees them."""

import json
import re

import pytest
from playwright.sync_api import expect

import house
from helpers import read_all, wait_until
from test_run import check_sums

TEMPLATE = '{{\n  "machine": {{{{random.number({{"min":{low},"max":{high}}})}}}},\n  "says": "{{{{random.arrayElement(["on","off"])}}}}"\n}}'


@pytest.fixture
def stream(kinesis):
    return kinesis("--stream", "DemoStream:2")


def previewed(page):
    return [json.loads(text) for text in page.locator(".preview li .data").all_text_contents()]


def between(events, low, high):
    return len(events) == 5 and all(low <= event["machine"] <= high and event["says"] in ("on", "off") for event in events)


def template_editor(stream, dashboard, browse):
    """The start form with the editor open, in which mistakes are to be made."""
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    visit.expecting("status of 422")
    visit.page.get_by_role("radio", name="A template").check()
    return running, visit.page, visit.page.get_by_label("Template", exact=True)


def test_a_template_is_written_mended_and_found_in_the_stream(stream, dashboard, browse):
    running, page, editor = template_editor(stream, dashboard, browse)
    expect(editor).to_have_value(re.compile("random.number"))  # something to begin with
    editor.fill(TEMPLATE.format(low=1, high=9))
    wait_until(lambda: between(previewed(page), 1, 9), 20, "five events of the template")
    editor.fill(TEMPLATE.format(low=100, high=120))
    wait_until(lambda: between(previewed(page), 100, 120), 20, "events of the changed template")

    editor.fill(TEMPLATE.format(low=100, high=120).replace("arrayElement", "arayElement"))
    error = page.locator("#f-template-text-error")
    expect(error).to_contain_text("line 3, column ")
    expect(error).to_contain_text("random.arrayElement")  # the nearest name
    expect(editor).to_have_attribute("aria-invalid", "true")
    assert "f-template-text-error" in editor.get_attribute("aria-describedby")
    expect(page.locator(".gutter .here")).to_have_text("3")
    page.get_by_role("button", name="Go to line 3").click()
    expect(editor).to_be_focused()
    caret = editor.evaluate("(area) => area.value.slice(0, area.selectionStart).split('\\n').length")
    assert caret == 3
    page.get_by_label("Rate", exact=True).fill("500")
    page.get_by_label("Number of events").fill("400")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(error).to_be_visible()
    assert running.run()["run_id"] is None

    editor.fill(TEMPLATE.format(low=100, high=120))
    expect(error).to_have_count(0)
    page.keyboard.press("Tab")
    expect(editor).not_to_be_focused()  # the key is not kept
    page.get_by_role("button", name="Start", exact=True).click()
    run = running.wait_state("stopped")
    check_sums(run["events"])
    assert run["events"]["delivered"] == 400
    events = [json.loads(record["Data"]) for records in read_all(stream.client(), "DemoStream").values() for record in records]
    assert len(events) == 400
    assert all(set(event) == {"machine", "says"} and 100 <= event["machine"] <= 120 for event in events)

    page.get_by_role("button", name="New").click()  # the next run begins with what this one had
    expect(page.get_by_role("dialog").get_by_label("Template", exact=True)).to_have_value(TEMPLATE.format(low=100, high=120))


def test_a_refusal_that_comes_late_marks_nothing_that_was_changed_meanwhile(stream, dashboard, browse):
    _, page, editor = template_editor(stream, dashboard, browse)
    error = page.locator("#f-template-text-error")
    good = TEMPLATE.format(low=1, high=9)
    editor.fill(good.replace("arrayElement", "arayElement"))
    expect(error).to_be_visible()
    page.get_by_label("Rate", exact=True).fill("500")
    held = []
    page.route("**/api/v1/run", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name="Start", exact=True).click()
    wait_until(lambda: page.wait_for_timeout(50) or held, 20, "the start")
    editor.fill(good)
    expect(error).to_have_count(0)
    held[0].continue_()
    expect(page.get_by_text("Nothing was started: what was refused has been changed since.")).to_be_visible()
    expect(error).to_have_count(0)
    expect(page.locator(".gutter .here")).to_have_count(0)


def test_stages_are_drawn_before_they_start_and_followed(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    visit.expecting("status of 422")
    page = visit.page
    page.get_by_role("radio", name="Stages or a shape").check()
    drawing = page.locator('[data-chart="curve"]')
    page.get_by_label("How").select_option("spike")
    page.get_by_label("Peak").fill("1k")
    expect(page.get_by_label("Parameters")).to_have_attribute("placeholder", "every=1m,length=10s,low=20%")
    expect(drawing.locator("path.curve")).to_be_visible()  # as it is without parameters
    page.get_by_label("How").select_option("stages")
    stages = page.get_by_label("Stages", exact=True)
    stages.fill("2s:1k,2s:1k,2s:200")
    expect(drawing.locator("figcaption")).to_have_text("from 0 to at most 1,000 events/s, for 6s")
    line = drawing.locator("path.curve").get_attribute("d")
    corners = [tuple(map(float, corner)) for corner in re.findall(r"([\d.]+) ([\d.]+)", line)]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    assert x1 - x0 == pytest.approx(x2 - x1, abs=1) == pytest.approx(x3 - x2, abs=1)
    assert y1 == y2 and (y0 - y3) / (y0 - y1) == pytest.approx(0.2, abs=0.02)
    stages.fill("2s:1k,soon")
    expect(page.locator("#f-stages-error")).to_contain_text("soon")
    expect(drawing.locator("path.curve")).to_be_visible()  # the last good one stays
    stages.fill("2s:1k,2s:1k,2s:200")
    page.get_by_label("Batch size").fill("20")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator('[data-chart="events"] .legend')).to_contain_text("asked")
    run = running.wait_state("stopped")
    check_sums(run["events"])
    asked = running.ask("GET", "api/v1/series?run=current")[1]["columns"]["asked"]
    assert max(asked) == pytest.approx(1000, rel=0.02) and asked[0] < 900
    assert run["events"]["delivered"] == pytest.approx(1000 + 2000 + 1200, rel=0.1)  # the area below the lines


def test_thresholds_are_judged_live_and_kept(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    visit.expecting("status of 422")
    page = visit.page
    page.get_by_text("Pass or fail").click()
    thresholds = page.get_by_label("Thresholds")
    thresholds.fill("p98<1s")
    expect(page.locator("#f-threshold-error")).to_contain_text("there is no metric")
    thresholds.fill("failed<1%\ndelivered_rate>=1M")
    page.get_by_label("Rate", exact=True).fill("500")
    page.get_by_label("Run time").fill("4s")
    page.get_by_role("button", name="Start", exact=True).click()
    line = page.locator('[data-figure="thresholds"]')
    expect(line).to_contain_text("1 of 2 missed: delivered_rate>=1M (")
    run = running.wait_state("stopped")
    assert run["exit_code"] == 3
    visit.go("stats", run=run["run_id"])
    rows = page.get_by_role("region", name="Thresholds").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("✓ met")
    expect(rows.nth(1)).to_contain_text("✗ missed")
    expect(page.get_by_text("exit code 3")).to_be_visible()


def test_a_search_finds_the_limit_before_ones_eyes(kinesis, dashboard, browse, tmp_path):
    one = kinesis("--stream", "DemoStream:1", "--enforce-limits")  # 1,000 events/s
    running = dashboard("DemoStream", endpoint=one).ready()
    visit = browse(running)
    page = visit.page
    page.get_by_role("radio", name="Find capacity").check()
    page.get_by_label("Conditions", exact=True).fill("throttled<2%")
    page.get_by_label("From", exact=True).fill("800")
    page.get_by_label("Up to", exact=True).fill("1.3k")
    page.get_by_label("Hold each for").fill("1s")
    page.get_by_label("Batch size").fill("10")
    page.get_by_role("button", name="Start", exact=True).click()
    words = page.locator('[data-figure="search"]')
    expect(words).to_contain_text("Raising the rate")
    expect(page.get_by_role("button", name="Edit")).to_be_disabled()
    chart = page.locator('[data-chart="capacity"] .plot')
    expect(chart.locator("circle").first).to_be_visible()
    expect(words).to_contain_text("is the highest rate that held. Stopped by: at", timeout=120_000)
    run = running.wait_state("stopped")
    check_sums(run["events"])
    search = run["search"]
    assert 800 < search["found"] < 1300  # its credit of the first second blurs so short a hold
    assert visit.page.locator('[data-figure="search"]').get_attribute("data-found") == str(search["found"]).removesuffix(".0")
    held = sum(step["held"] for step in search["steps"])
    assert chart.locator("circle").count() == 3 * held  # p50, p99, throttled
    assert chart.locator("path.cross").count() == 3 * (len(search["steps"]) - held) > 0
    expect(page.get_by_role("region", name="The rates that were held").locator("tbody tr")).to_have_count(len(search["steps"]))

    visit.go("stats", run=run["run_id"])  # later, from the history
    expect(words).to_contain_text("is the highest rate that held")
    page.get_by_role("link", name="The curve").click()
    expect(chart.locator("path.limit")).to_have_count(2)
    status, report = running.ask("GET", f"api/v1/download/report.html?run={run['run_id']}")
    saved = tmp_path / "report.html"
    saved.write_text(report)
    page.goto(saved.as_uri())
    expect(chart.locator("path.limit")).to_have_count(2)
    expect(words).to_contain_text("is the highest rate that held")
    assert status == 200 and visit.violations() == []
    page.screenshot(path=house.pictures() / "report-search.png", full_page=True)


def test_the_predicted_share_stands_beside_the_real_one(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    page.get_by_label("Partition keys").fill("hot:0.9:1")
    expect(page.get_by_role("region", name="What the target says")).to_contain_text("of the events go to one of them")
    page.get_by_label("Rate", exact=True).fill("2k")
    page.get_by_label("Number of events").fill("6000")
    page.get_by_role("button", name="Start", exact=True).click()
    run = running.wait_state("stopped")
    visit.choose_tab("Shards")
    table = page.get_by_role("region", name="Shards")
    expect(table.locator("tbody tr")).to_have_count(2)
    heads = table.locator("thead th").all_text_contents()
    share, predicted = heads.index("Share"), heads.index("Predicted")
    hot = max(shard["events"] for shard in run["shards"]) / run["events"]["delivered"]
    assert hot > 0.85
    for row in table.locator("tbody tr").all():
        cells = [float(re.sub(r"[^0-9.]", "", cell)) for cell in row.locator("td").all_text_contents()[share : predicted + 1]]
        assert cells[0] == pytest.approx(cells[1], abs=4)  # percent


def test_a_scenario_is_told_and_not_edited(stream, dashboard, browse, tmp_path):
    scenario = tmp_path / "mine.lua"
    scenario.write_text('return { reading = function(id, n) return { sensor = id, n = n } end }\n')
    running = dashboard("-f", scenario, "DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    expect(page.get_by_text("mine.lua")).to_be_visible()
    expect(page.get_by_role("radio", name="A template")).to_have_count(0)
    page.get_by_role("button", name="Preview five events").click()
    expect(page.locator(".preview li")).to_have_count(5)
    assert all(set(event) == {"sensor", "n"} for event in previewed(page))


def test_a_scenarios_shape_is_drawn_and_followed(stream, dashboard, browse, tmp_path):
    scenario = tmp_path / "curve.lua"
    scenario.write_text("return { shape = function(t) if t < 4 then return 500 + 100 * t end end }\n")
    running = dashboard("-f", scenario, "DemoStream", endpoint=stream).ready()
    visit = browse(running)
    page = visit.page
    expect(page.get_by_text("follows the function shape(t) of the scenario")).to_be_visible()
    expect(page.get_by_label("Peak")).to_have_count(0)
    expect(page.locator('[data-chart="curve"] path.curve')).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    assert running.wait_state("stopped")["ended_by"] == "run time over"
    run = running.run()
    assert run["settings"]["shape"] == "scenario"
    assert run["events"]["delivered"] == stream.stats()["records"] > 1400  # 2,800 under the curve: half of them at least
