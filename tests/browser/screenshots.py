"""Make the README's pictures from a real run: docs/*.png, each under 150 KB.

usage: screenshots.py [SECONDS]     (build/venv/bin/python tests/browser/screenshots.py; SECONDS of load, 75 by itself)
A stream of four shards that takes what a real one takes, a template, a rate that is edited while it runs, a search for
the limit, and somebody who looks.
"""

import io
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import helpers  # noqa: E402
import house  # noqa: E402

WIDTH, BYTES_MAX = 1280, 150_000


def save(name, png):
    """With a palette: charts have few colours, and a picture of this kind then takes a third."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (255, 128, 64):
        small = io.BytesIO()
        picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        if small.tell() < BYTES_MAX:
            break
    assert small.tell() < BYTES_MAX, f"{name} takes {small.tell()} bytes"
    target = ROOT / "docs" / f"{name}.png"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(small.getvalue())
    print(f"{target.relative_to(ROOT)}: {picture.width} x {picture.height}, {small.tell():,} bytes")


def load(running, seconds):
    """A run with something to see: just below what the stream takes, then above it, then below it again."""
    running.start_run(target="DemoStream", rate="3.2k", batch_size="50")
    for share, rate in ((0.5, "4.5k"), (0.15, "3.4k")):
        time.sleep(seconds * share)
        assert running.ask("PATCH", "api/v1/run", {"rate": rate})[0] == 200
    time.sleep(seconds * 0.35)


def pictures(visits):
    for shade, visit in visits.items():
        for tab, selector in (("charts", '[data-chart="cpu"] canvas'), ("ledger", "table.account"), ("shards", "main canvas")):
            visit.go(tab)
            visit.page.wait_for_selector(selector)
            visit.page.wait_for_timeout(1500)  # the first second of the live stream
            save(f"{tab}-{shade}", visit.page.screenshot())


def template(visits):
    for shade, visit in visits.items():
        visit.page.get_by_role("radio", name="A template").check()
        visit.page.wait_for_selector(".preview li")
        save(f"template-{shade}", visit.page.locator(".columns.events").screenshot())


def search(running, visits):
    assert running.ask("POST", "api/v1/run/stop")[0] == 200
    running.wait_state("stopped")
    running.start_run(target="DemoStream", batch_size="50", find_capacity="p99<200ms,throttled<0.5%", to="20k", hold="2s")
    running.wait_state("stopped", timeout=300)
    for shade, visit in visits.items():
        visit.go("capacity")
        visit.page.wait_for_selector("path.limit", state="attached")
        save(f"capacity-{shade}", visit.page.screenshot())


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 75
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = Path(folder)
        environment = lambda credentials=True, **more: helpers.clean_environment(folder, credentials, **more)  # noqa: E731
        stream = helpers.Kinesis(["--stream", "DemoStream:4", "--enforce-limits", "--latency", "exp:4ms"],
                                 environment(False), folder / "kinesis")  # fmt: skip
        running = house.Dashboard(["DemoStream"], environment, folder / "freshet", folder / "state", endpoint=stream)
        browser = playwright.chromium.launch(executable_path=house.chromium_path(), args=house.CHROMIUM_ARGUMENTS)
        try:
            running.wait_listening().ready()
            visits = {
                shade: house.Visit(browser, running, width=WIDTH, height=860, dark=shade == "dark") for shade in ("light", "dark")
            }
            for visit in visits.values():
                visit.log_in()
            visits["light"].page.get_by_label("A rate").check()
            visits["light"].page.get_by_label("Rate", exact=True).fill("3.2k")
            visits["light"].page.wait_for_selector("text=80 % of what it takes")
            save("start-light", visits["light"].page.screenshot())
            template(visits)
            load(running, seconds)
            pictures(visits)
            search(running, visits)
        finally:
            browser.close()
            running.end()
            stream.end()


if __name__ == "__main__":
    main()
