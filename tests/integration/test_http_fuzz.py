"""Every route of the dashboard under generated requests: the description that the program serves is the law.

schemathesis (PyPI) makes requests from /api/v1/openapi.json, fitting and misfitting ones, against a primary with a
secondary and a stream. Nothing may answer 5xx, every answer is one that the description knows, the primary is there
after each, and the ledger still holds when all is over. Nothing leaves the machine: the endpoint is pinned.
"""

import time
import urllib.parse

import helpers
import pytest
from test_dashboard_http import PASSWORD, USER, Dashboard

schemathesis = pytest.importorskip("schemathesis")
import hypothesis  # noqa: E402
import hypothesis.strategies as st  # noqa: E402
import requests  # noqa: E402
import schemathesis.specs.openapi.checks as openapi_checks  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.core import NOT_SET  # noqa: E402
from schemathesis.generation import GenerationMode  # noqa: E402

BUDGET_S = 40  # for all that is generated; what comes later in the list gets fewer examples
CHECKS = [
    not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
# Values that people mistype or that break parsers, for options that exist.
VALUES = [
    "", " ", "0", "1", "-1", "1k", "50", "1.5", "1e400", "-0", "nan", "inf", "0x10", "18446744073709551616", "9" * 400, "1,000", "1s", "0s", "-1s",
    "99999999d", "5m", "500", "501", "null://", "DemoStream", "NoSuchStream", "kinesis://eu-central-1/DemoStream", "kinesis://", "://", "a" * 5000,
    "\x01\x1f", "\u202e\U0001f4a5", "'; DROP TABLE runs; --", "<script>", "%s%n%s", "../../etc/passwd", "true", "false",
    0, -1, 1, 2.5, 1e308, -1e308, 2**63, 2**64, True, False, None,
]  # fmt: skip
CHANGING = {("POST", "/api/v1/run"), ("PATCH", "/api/v1/run"), ("POST", "/swarm"), ("POST", "/api/v1/preflight"), ("POST", "/api/v1/preview")}


@pytest.fixture
def board(freshet, kinesis, tmp_path):
    server = kinesis("--stream", "DemoStream:2")
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    board = Dashboard(freshet, state, "--processes", 1, "DemoStream", endpoint=server).ready()
    board.server = server
    return board


def operations(board):
    document = board.get("/api/v1/openapi.json").json
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=board.url)
    return [result.ok() for result in schema.get_all_operations()]


def generate(examples, function, *strategies):
    """Call the function with the same values in every run of the test."""
    settings = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    @settings
    @hypothesis.given(st.tuples(*strategies))
    def call(values):
        function(*values)

    call()


def pinned(body):
    """The body without what would send a run to somewhere else than the stream of this test."""
    if isinstance(body, dict):
        return {name: value for name, value in body.items() if "endpoint" not in str(name)}
    return body


def hold(run):
    events = run["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"] + events["in_flight"], events


class Driver:
    def __init__(self, board):
        self.board = board
        self.client = requests.Session()
        self.client.auth = (USER, PASSWORD)
        self.client.trust_env = False
        self.sent = {}
        self.begun = time.monotonic()

    def left(self):
        return BUDGET_S - (time.monotonic() - self.begun)

    def send(self, case):
        """One generated request, judged by the description."""
        if case.body is not NOT_SET:
            case.body = pinned(case.body)
        try:
            response = case.call(session=self.client, allow_redirects=False, timeout=20)
        except (requests.exceptions.InvalidHeader, UnicodeError):
            return  # the client refused to send it
        self.sent[response.status_code] = self.sent.get(response.status_code, 0) + 1
        case.validate_response(response, checks=CHECKS)

    def alive(self):
        assert self.board.run.running(), self.board.run.tail()
        health = self.client.get(self.board.url + "/healthz", timeout=10)
        assert health.status_code == 200 and health.json() == {"ok": True}
        hold(self.client.get(self.board.url + "/api/v1/run", timeout=10).json())

    def some_run(self):
        """Let a run be on where the last operation left none."""
        if self.client.get(self.board.url + "/api/v1/run", timeout=10).json()["state"] in ("ready", "stopped"):
            body = {"target": "DemoStream", "rate": 200, "users": "", "events": "", "run-time": ""}
            self.client.post(self.board.url + "/api/v1/run", json=body, timeout=10)

    def operation(self, operation):
        method, path = operation.method.upper(), operation.path
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            self.some_run()
            examples = 12 if self.left() > 0 else 2
            try:
                generate(examples, self.send, operation.as_strategy(generation_mode=mode))
            except hypothesis.errors.Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE  # there is nothing to get wrong
        if (method, path) in CHANGING:
            self.options(operation)
        self.alive()

    def options(self, operation):
        """Options that exist, with values that do not fit, in both encodings."""
        names = [option["name"] for option in self.board.get("/api/v1/options").json if "endpoint" not in option["name"]]
        names += ["user_count", "spawn_rate", "host", "run_time", "csrf_token"]
        bodies = st.dictionaries(st.sampled_from(names), st.sampled_from(VALUES), max_size=6)
        kinds = st.sampled_from(["application/json", "application/x-www-form-urlencoded"])

        def send(body, kind):
            self.some_run()
            self.send(operation.Case(body=body, media_type=kind))

        generate(60 if self.left() > 0 else 10, send, bodies, kinds)


def live(board):
    """The endless answer: any query, and the start of it is as described."""
    for query in ("", "?x=1", "?last=%ff", "?" + urllib.parse.urlencode({"a": "b" * 2000})):
        with requests.get(board.url + "/api/v1/live" + query, auth=(USER, PASSWORD), stream=True, timeout=10) as answer:
            assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/event-stream"
            assert next(answer.iter_lines()).startswith(b"retry:")


def test_generated_requests_are_answered_as_described(board):
    driver = Driver(board)
    todo = operations(board)
    assert len(todo) > 40
    # What starts and stops runs comes first, so that it is never what the budget cuts.
    todo.sort(key=lambda one: (one.method.upper(), one.path) not in CHANGING)
    problems = {}
    for operation in todo:
        if operation.path == "/api/v1/live":
            live(board)
            continue
        try:
            driver.operation(operation)
        except (Exception, BaseExceptionGroup) as problem:  # one run of the test tells all
            if not board.run.running():
                raise
            problems[f"{operation.method.upper()} {operation.path}"] = f"{type(problem).__name__}: {problem}"
    assert not problems, "\n\n".join(f"{name}\n{text[:3000]}" for name, text in problems.items())
    # all kinds of answer came, however few examples a busy machine left time for
    assert driver.sent.get(200, 0) > 50 and driver.sent.get(422, 0) > 10 and driver.sent.get(400, 0) > 10, driver.sent
    # and it can still do its work, to the last event
    board.ask("/api/v1/run/stop", "POST")
    helpers.wait_until(lambda: board.state()["state"] in ("ready", "stopped"), 30, "the end of what was generated")
    before = board.server.stats()["records"]
    board.start(target="DemoStream", rate="1k", users="", events="2000", **{"run-time": "", "batch-size": "100"})
    run = board.until("stopped", 30)
    hold(run)
    assert run["events"]["delivered"] == run["events"]["generated"] == 2000 == board.server.stats()["records"] - before
    assert board.end().code == 0
