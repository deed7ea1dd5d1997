"""Yesterday's runs: list, open, rename, lay over each other, delete; and the files of a run."""

import csv
import io
import json

import pytest
from playwright.sync_api import expect

import house
from helpers import wait_until


@pytest.fixture
def stream(kinesis):
    return kinesis("--stream", "DemoStream:2")


def test_runs_are_kept_opened_renamed_overlaid_and_deleted(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    first = running.kept_run("calm", target="DemoStream", rate="500", run_time="3s")
    second = running.kept_run(target="DemoStream", rate="1k", run_time="3s")
    visit = browse(running)
    page = visit.page
    visit.choose_tab("Runs")
    rows = page.get_by_role("region", name="Runs").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("calm")  # the newest first

    rows.nth(0).get_by_role("button", name="rename").click()
    page.get_by_label("Name of the run").fill("twice <b>as much</b>")
    page.keyboard.press("Enter")
    expect(rows.nth(0).get_by_role("link")).to_have_text("twice <b>as much</b>")
    assert running.ask("GET", f"api/v1/runs/{second}")[1]["run"]["name"] == "twice <b>as much</b>"

    page.get_by_role("link", name="calm").click()
    expect(page.get_by_text("You are looking at a kept run “calm”")).to_be_visible()
    kept = running.ask("GET", f"api/v1/runs/{first}")[1]["run"]
    expect(page.locator('[data-figure="events.delivered"]')).to_have_attribute("value", str(kept["events"]["delivered"]))
    visit.choose_tab("Charts")
    expect(page.locator('[data-chart="events"] canvas')).to_be_visible()
    visit.choose_tab("Shards")
    expect(page.locator("code", has_text="shardId-000000000001").first).to_be_visible()
    page.get_by_role("link", name="Back to the present").click()
    expect(page.get_by_text("You are looking at a kept run")).to_have_count(0)

    visit.choose_tab("Runs")
    expect(rows).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Overlay two runs").click()
    expect(page.locator('[data-chart="compare-delivered"] canvas')).to_be_visible()
    difference = page.get_by_role("region", name="Differences").get_by_role("row").filter(has_text="Delivered events").first
    expect(difference).to_contain_text("%")
    page.go_back()  # the address bar follows
    expect(rows).to_have_count(2)
    page.go_forward()
    expect(page.locator('[data-chart="compare-delivered"] canvas')).to_be_visible()
    page.get_by_role("link", name="All runs").click()

    mine = rows.filter(has_text="calm")
    mine.get_by_role("button", name="delete").click()
    expect(rows).to_have_count(2)
    mine.get_by_role("button", name="delete for good?").click()
    expect(rows).to_have_count(1)
    assert running.ask("GET", f"api/v1/runs/{first}")[0] == 404
    assert stream.stats()["records"] > 0


def test_a_run_that_is_not_there(dashboard, browse):
    running = dashboard("null://").ready()
    visit = browse(running)
    visit.expecting("status of 404")
    visit.go("stats", run="0123456789abcdef")
    expect(visit.page.get_by_role("alert").filter(has_text="The run could not be opened")).to_be_visible()


def download(visit, label):
    with visit.page.expect_download() as under_way:
        visit.page.get_by_role("link", name=label, exact=True).click()
    got = under_way.value
    return got.suggested_filename, got.path()


def test_the_files_of_a_run(stream, dashboard, browse):
    running = dashboard("DemoStream", endpoint=stream).ready()
    running.start_run(target="DemoStream", rate="1k", run_time="3s")
    run = running.wait_state("stopped")
    delivered = run["events"]["delivered"]
    assert delivered == stream.stats()["records"]
    visit = browse(running)
    visit.choose_tab("Download Data")

    name, path = download(visit, "Request statistics, CSV")
    assert name.endswith(".csv")
    total = list(csv.DictReader(io.StringIO(path.read_text())))[-1]
    assert total["Name"] == "Aggregated" and int(total["Request Count"]) == run["requests"]["sent"]

    name, path = download(visit, "Full request statistics history, CSV")
    seconds = list(csv.DictReader(io.StringIO(path.read_text())))
    assert name.endswith(".csv") and len(seconds) >= 3

    for label in ("Failures, CSV", "Exceptions, CSV"):
        name, path = download(visit, label)
        assert name.endswith(".csv") and len(list(csv.reader(io.StringIO(path.read_text())))) == 1

    name, path = download(visit, "The run, JSON")
    report = json.loads(path.read_text())
    assert name.endswith(".json") and report["events"]["delivered"] == delivered

    name, path = download(visit, "Latency histograms")
    lines = path.read_text().splitlines()
    assert name.endswith(".hlog") and any(line.startswith("#[") for line in lines)
    assert any(",HISTF" in line for line in lines)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_report_opens_from_disk_without_anybody(stream, dashboard, browse, tmp_path, dark):
    running = dashboard("DemoStream", endpoint=stream).ready()
    running.kept_run("to <print>", target="DemoStream", rate="1k", run_time="4s")
    run = running.run()
    visit = browse(running, dark=dark)
    visit.choose_tab("Download Data")
    name, path = download(visit, "Report")
    assert name.endswith(".html")
    saved = tmp_path / name
    saved.write_bytes(path.read_bytes())
    running.end()
    visit.expecting("ERR_")

    asked = []
    page = visit.context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", visit.on_console)
    page.on("pageerror", lambda error: visit.complaints.append(f"script error in the report: {error}"))
    page.goto(saved.as_uri())
    expect(page.locator('[data-chart="events"] canvas')).to_be_visible()
    assert page.locator("[data-chart] canvas").count() >= 5
    inked = page.locator('[data-chart="events"] canvas').evaluate(
        "(c) => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size")
    assert inked > 8, "the chart is empty"
    expect(page.locator('[data-figure="events.delivered"]')).to_have_attribute("value", str(run["events"]["delivered"]))
    expect(page.get_by_text("the ledger balances")).to_be_visible()
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (ground == "rgb(16, 20, 22)") == dark, ground
    page.screenshot(path=house.pictures() / f"report-{'dark' if dark else 'light'}.png", full_page=True)
    page.get_by_role("button", name="Light" if dark else "Dark", exact=True).click()
    wait_until(lambda: page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != ground, 5, "the other colours")
    page.set_viewport_size({"width": 360, "height": 740})
    wait_until(lambda: page.evaluate("document.documentElement.scrollWidth") <= 360, 5, "a page that fits")
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    visit.page = page
    assert visit.violations() == []
