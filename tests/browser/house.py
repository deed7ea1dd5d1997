"""A primary with its dashboard, and a browser that visits it."""

import base64
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import helpers

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "browser"
AXE = PICTURES / "node_modules" / "axe-core" / "axe.min.js"

USER, PASSWORD = "freshet", "a long password of the stories"
VIEWER, VIEWER_PASSWORD = "viewer", "another one, to look only"
PASSWORDS = {USER: PASSWORD, VIEWER: VIEWER_PASSWORD}

# Nothing of the browser's own on the net, and no graphics card.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

WATCH_POLICY = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy broken: ${event.violatedDirective} by ${event.blockedURI}`))"""


def pictures():
    """The folder where pictures are left to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


def chromium_path():
    names = [os.environ.get("FRESHET_CHROMIUM"), "chromium", "chromium-browser"]
    path = next((found for found in (shutil.which(name) for name in names if name) if found), None)
    assert path, "there is no chromium here: run sh tests/browser/run.sh -i"
    return path


class Dashboard(helpers.Freshet):
    """A primary that serves its dashboard on loopback. `password` None: it makes and prints one."""

    def __init__(self, args, environment, folder, state, endpoint=None, password=PASSWORD, viewer=False, port=0, processes=2):
        if endpoint is not None:
            args = ["--endpoint-url", endpoint.url, *args]
        options = ["--web-port", port, "--state-dir", state, "--processes", processes, "--stop-timeout", "5s", *args]
        more = {"FRESHET_WEB_PASSWORD": password, "FRESHET_WEB_VIEWER_PASSWORD": VIEWER_PASSWORD if viewer else None}
        self.state, self.password, self.url = state, password, None
        super().__init__(options, environment(True, **more), folder)

    def wait_listening(self):
        def address():
            assert self.running(), f"{self} ended with {self.process.returncode}\n{self.tail()}"
            return re.search(r"dashboard at (http://127\.0\.0\.1:(\d+)/)", self.out)

        self.url = helpers.wait_until(address, 30, "the line with the dashboard's address").group(1)
        return self

    @property
    def port(self):
        return urlsplit(self.url).port

    def ask(self, method, path, body=None, user=USER, headers=None):
        """The status and the answer, parsed where it is JSON. `user` None: nobody."""
        headers = {"Accept": "application/json"} | (headers or {})
        if user is not None:
            secret = f"{user}:{PASSWORDS[user] if user != USER else self.password}"
            headers["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, kind, text = answer.status, answer.headers["Content-Type"] or "", answer.read().decode()
        except urllib.error.HTTPError as refused:
            status, kind, text = refused.code, refused.headers["Content-Type"] or "", refused.read().decode()
        return status, json.loads(text) if "json" in kind and text else text

    def run(self):
        status, document = self.ask("GET", "api/v1/run")
        assert status == 200, document
        return document

    def start_run(self, **options):
        """Start a run through the API: option names with _ for -."""
        body = {name.replace("_", "-"): str(value) for name, value in options.items()}
        status, answer = self.ask("POST", "api/v1/run", body)
        assert status == 200, answer
        return answer["run_id"]

    def wait_state(self, *states, timeout=30):
        def reached():
            run = self.run()
            return run if run["state"] in states else None

        return helpers.wait_until(reached, timeout, f"the state {' or '.join(states)}")

    def ready(self):
        """Wait until every secondary has joined."""
        helpers.wait_until(lambda: len(self.run()["secondaries"]) == 2, 30, "two secondaries")
        return self

    def kept_run(self, name=None, **options):
        """A whole run in the history, and its id."""
        number = self.start_run(**options)
        self.wait_state("stopped")
        helpers.wait_until(lambda: any(r["id"] == number for r in self.ask("GET", "api/v1/runs")[1]["runs"]), 10, "the kept run")
        if name is not None:
            assert self.ask("PATCH", f"api/v1/runs/{number}", {"name": name})[0] == 200
        return number


class Visit:
    """One browser context with one page: .page; what went wrong in it is told by close()."""

    def __init__(self, chromium, dashboard, width=1280, height=900, dark=False, storage=None):
        self.dashboard, self.complaints, self.fine = dashboard, [], []
        self.context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            storage_state=storage,
            locale="en-GB",
        )
        self.context.set_default_timeout(45_000)
        self.context.add_init_script(WATCH_POLICY)
        self.page = self.context.new_page()
        self.page.on("console", self.on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("request", self.on_request)

    def on_console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def on_request(self, request):
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.dashboard.url).netloc:
            self.complaints.append(f"a request to a stranger: {request.url}")

    def expecting(self, pattern):
        """Complaints that match are part of this story."""
        self.fine.append(re.compile(pattern))

    def log_in(self, user=USER, password=None):
        self.page.goto(self.dashboard.url)
        self.fill_login(user, password or (self.dashboard.password if user == USER else PASSWORDS[user]))
        self.page.wait_for_selector("header.top .target")

    def fill_login(self, user, password):
        self.page.get_by_label("User").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def go(self, tab, **more):
        query = "&".join(f"{key}={value}" for key, value in {"tab": tab, **more}.items())
        self.page.goto(f"{self.dashboard.url}?{query}")
        self.page.wait_for_selector("#view")

    def choose_tab(self, label):
        self.page.get_by_role("tab", name=label).click()

    def figure(self, name):
        """The exact value behind a figure of the header or the ledger."""
        return float(self.page.locator(f'data[data-figure="{name}"]').first.get_attribute("value"))

    def state(self):
        return self.page.locator('[data-figure="state"]')

    def picture(self, name):
        self.page.screenshot(path=pictures() / f"{name}.png", full_page=True)

    def sideways(self):
        """How many pixels of the page lie beyond its window, to the right, once the charts have taken their width."""
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        end = time.monotonic() + 5  # not by wait_for_function: it evaluates in the page, whose policy forbids that
        while (pixels := self.page.evaluate(beyond)) > 0 and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        return pixels

    def violations(self):
        """What axe-core finds serious or critical: a list of texts."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            f"{rule['impact']} {rule['id']}: {rule['help']}: " + "; ".join(node["html"][:160] for node in rule["nodes"][:4])
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]

    def close(self):
        if not self.page.is_closed():
            self.page.evaluate("0")  # what is still under way arrives
        self.context.close()
        return [line for line in self.complaints if not any(pattern.search(line) for pattern in self.fine)]
