"""Fixtures of the browser stories.

kinesis("--stream", "DemoStream:4", ...)  starts a freshet-kinesis, as in the integration stories
dashboard("DemoStream", ..., endpoint=k)  starts a primary with its dashboard, see house.Dashboard
browse(dashboard, user=..., ...)          a new browser context with one page, logged in, see house.Visit
The programs come from $FRESHET_BIN, the browser from $FRESHET_CHROMIUM or the system. What a page complains of on its
console, a breach of its Content-Security-Policy, an error of its scripts and a request to a stranger fail the story
that opened it.
"""

import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import helpers  # noqa: E402
import house  # noqa: E402

expect.set_options(timeout=45_000)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=house.chromium_path(), args=house.CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def environment(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return lambda credentials=True, **more: helpers.clean_environment(home, credentials, **more)


@pytest.fixture
def kinesis(tmp_path, environment):
    servers = []

    def start(*args):
        server = helpers.Kinesis(args, environment(False), tmp_path / f"kinesis-{len(servers)}")
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.end()
    for server in servers:
        server.check_sanitizers()


@pytest.fixture
def dashboard(tmp_path, environment):
    started = []

    def start(*args, **more):
        more.setdefault("state", tmp_path / f"state-{len(started)}")
        running = house.Dashboard(args, environment, tmp_path / f"freshet-{len(started)}", **more)
        started.append(running)
        return running.wait_listening()

    yield start
    for running in started:
        running.end()
    for running in started:
        running.check_sanitizers()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call":
        item.story_failed = report.failed


@pytest.fixture
def browse(chromium, request):
    visits = []

    def open_page(dashboard, user=house.USER, **settings):
        visit = house.Visit(chromium, dashboard, **settings)
        visits.append(visit)
        if user is not None:
            visit.log_in(user)
        return visit

    yield open_page
    failed = getattr(request.node, "story_failed", True)
    complaints = []
    for number, visit in enumerate(visits):
        if failed:
            visit.picture("failed-" + re.sub(r"\W+", "-", request.node.name) + f"-{number}")
        complaints += visit.close()
    assert failed or not complaints, "\n".join(complaints)
