"""How the page looks and reads: every state in both colours, wide and narrow, and what axe-core says of it.

The pictures are left in build/browser/.
"""

import pytest
from playwright.sync_api import expect

from helpers import wait_until

TABS = ("stats", "charts", "failures", "ledger", "shards", "workers", "logs", "reports", "runs")
NARROW = {"width": 360, "height": 740}


def check(visit, name):
    """A picture wide and narrow; nothing to scroll sideways, nothing serious for axe-core in either."""
    page = visit.page
    found = []
    for suffix, size in (("", {"width": 1280, "height": 900}), ("-360", NARROW)):
        page.set_viewport_size(size)
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(150)  # charts take their new width
        visit.picture(name + suffix)
        found += [f"{name}{suffix}: {line}" for line in visit.violations()]
        if sideways := max(0, visit.sideways()):
            found.append(f"{name}{suffix}: the page scrolls sideways by {sideways} pixels")
    return found


@pytest.fixture(params=[False, True], ids=["light", "dark"])
def dark(request):
    return request.param


def shade(dark):
    return "dark" if dark else "light"


def test_login_and_start_form(kinesis, dashboard, browse, dark):
    running = dashboard("DemoStream", endpoint=kinesis("--stream", "DemoStream:4")).ready()
    visit = browse(running, user=None, dark=dark)
    visit.expecting("status of 4")
    page = visit.page
    page.goto(running.url)
    found = check(visit, f"login-{shade(dark)}")
    visit.fill_login("freshet", "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    found += check(visit, f"login-wrong-{shade(dark)}")
    visit.log_in()
    page.get_by_label("A rate").check()
    expect(page.get_by_role("region", name="What the target says")).to_contain_text("provisioned")
    page.get_by_text("Advanced options").click()
    page.get_by_role("button", name="Preview five events").click()
    expect(page.locator(".preview li")).to_have_count(5)
    found += check(visit, f"start-{shade(dark)}")
    page.get_by_label("Rate", exact=True).fill("quick")
    page.get_by_label("Target (host)").fill("")
    found += check(visit, f"start-wrong-{shade(dark)}")
    assert found == []


def test_every_tab_while_running_and_after(kinesis, dashboard, browse, dark):
    stream = kinesis("--stream", "DemoStream:4", "--refuse-rate", "0.2")
    running = dashboard("DemoStream", "--max-retries", "1", endpoint=stream).ready()
    running.kept_run("the one before", target="DemoStream", rate="500", run_time="2s")
    visit = browse(running, dark=dark)
    page = visit.page
    running.start_run(target="DemoStream", rate="2k")
    wait_until(lambda: running.run()["events"]["failed"] > 0 and running.run()["elapsed_s"] > 4, 20, "failures")
    assert running.ask("PATCH", "api/v1/run", {"rate": "1500"})[0] == 200
    found = []
    for tab in TABS:
        visit.go(tab)
        if tab == "charts":
            page.wait_for_selector('[data-chart="events"] canvas')
        found += check(visit, f"running-{tab}-{shade(dark)}")
    page.get_by_role("button", name="Edit").click()
    found += check(visit, f"running-edit-{shade(dark)}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visit.state()).to_have_text("stopped", timeout=30_000)
    visit.go("stats")
    found += check(visit, f"stopped-stats-{shade(dark)}")
    visit.go("runs")
    wait_until(lambda: page.get_by_role("checkbox").count() == 2, 15, "two runs")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Overlay two runs").click()
    page.wait_for_selector('[data-chart="compare-delivered"] canvas')
    found += check(visit, f"overlay-{shade(dark)}")
    page.get_by_role("link", name="All runs").click()
    page.get_by_role("link", name="the one before").click()
    expect(page.get_by_text("You are looking at a kept run")).to_be_visible()
    found += check(visit, f"kept-{shade(dark)}")
    assert found == []


def test_templates_stages_and_thresholds(kinesis, dashboard, browse, dark):
    running = dashboard("DemoStream", endpoint=kinesis("--stream", "DemoStream:4")).ready()
    visit = browse(running, dark=dark)
    visit.expecting("status of 422")
    page = visit.page
    page.get_by_role("radio", name="Stages or a shape").check()
    page.get_by_label("Warm-up").fill("2s")
    page.get_by_role("radio", name="A template").check()
    page.get_by_text("Pass or fail").click()
    page.get_by_label("Thresholds").fill("failed<1%\ndelivered_rate>=1M")
    expect(page.locator('[data-chart="curve"] path.curve')).to_be_visible()
    expect(page.locator(".preview li")).to_have_count(5)
    found = check(visit, f"start-template-{shade(dark)}")
    page.get_by_label("Template", exact=True).fill('{\n  "id": {{random.nummer(5)}}\n}')
    page.get_by_label("Stages", exact=True).fill("30s")
    expect(page.locator(".mark-line")).to_be_visible()
    expect(page.locator("#f-stages-error")).to_be_visible()
    found += check(visit, f"start-template-wrong-{shade(dark)}")
    running.start_run(target="DemoStream", rate="1k", shape="sine:period=10s", warm_up="2s", threshold="failed<1%\ndelivered_rate>=1M")
    wait_until(lambda: running.run()["elapsed_s"] > 5, 20, "some seconds")
    for tab in ("stats", "charts"):
        visit.go(tab)
        expect(page.locator('[data-figure="thresholds"]')).to_contain_text("missed")
        found += check(visit, f"shape-{tab}-{shade(dark)}")
    page.get_by_role("button", name="Edit").click()
    found += check(visit, f"shape-edit-{shade(dark)}")
    assert found == []


def test_a_search_for_the_limit(kinesis, dashboard, browse, dark):
    running = dashboard("DemoStream", endpoint=kinesis("--stream", "DemoStream:1", "--enforce-limits")).ready()
    visit = browse(running, dark=dark)
    page = visit.page
    page.get_by_role("radio", name="Find capacity").check()
    page.get_by_label("Conditions", exact=True).fill("throttled<2%")
    found = check(visit, f"start-search-{shade(dark)}")
    running.start_run(target="DemoStream", batch_size="10", find_capacity="throttled<2%", **{"from": "800", "to": "1.3k", "hold": "1s"})
    wait_until(lambda: len((running.run()["search"] or {"steps": []})["steps"]) >= 4, 60, "four rates that were held")
    visit.go("capacity")
    expect(page.locator('[data-chart="capacity"] path.cross').first).to_be_visible()
    found += check(visit, f"search-{shade(dark)}")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator('[data-figure="search"]')).to_contain_text("Ended before it was through", timeout=30_000)
    found += check(visit, f"search-stopped-{shade(dark)}")
    assert found == []


def test_the_colours_follow_the_system_until_the_switch_is_used(dashboard, browse):
    running = dashboard("null://").ready()
    visit = browse(running)
    page = visit.page

    def ground():
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    light = ground()
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: ground() != light, 5, "dark colours")
    dark = ground()
    page.get_by_role("button", name="Switch to light colours").click()
    wait_until(lambda: ground() == light, 5, "light colours")
    page.reload()
    page.wait_for_selector("header.top .target")
    assert ground() == light  # the choice stays, whatever the system says
    page.get_by_role("button", name="Switch to dark colours").click()
    wait_until(lambda: ground() == dark, 5, "dark colours again")
