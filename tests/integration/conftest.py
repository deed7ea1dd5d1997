"""Fixtures of the integration stories.

kinesis("--stream", "DemoStream:4", ...)  starts a freshet-kinesis on a free port; ended and judged after the test.
freshet("--headless", ..., "DemoStream")  runs the primary to its end: .code .out .err .json
freshet.start(...)                        the same, still running: .signal(), .secondaries(), .wait() -> as above
network("primary", "one", "two")          hosts on a wire (namespaces.py): .address .inside() .cut() .heal() .netem()
The programs take env={...} (None removes a variable) and credentials=False; programs come from $FRESHET_BIN.
"""

import itertools
import urllib.parse

import pytest

import helpers
import namespaces


@pytest.fixture
def environment(tmp_path):
    """A clean environment with dummy credentials: environment(credentials=True, NAME="value", OTHER=None)."""
    home = tmp_path / "home"
    home.mkdir()
    return lambda credentials=True, **more: helpers.clean_environment(home, credentials, **more)


@pytest.fixture
def kinesis(tmp_path, environment):
    servers = []

    def start(*args, port=0, env=None):
        folder = tmp_path / f"kinesis-{len(servers)}"
        server = helpers.Kinesis(args, environment(False, **(env or {})), folder, port)
        servers.append(server)
        return server

    yield start
    problems = []
    for server in servers:
        try:
            server.close()
        except AssertionError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)


@pytest.fixture
def freshet(tmp_path, environment):
    runner = Runner(tmp_path, environment)
    yield runner
    for running in runner.started:
        running.end()
    died = [f"{one} died\n{one.tail()}" for one in runner.started if one.crashed() or helpers.SANITIZER.search(one.err)]
    assert not died, "\n".join(died)


class Runner:
    def __init__(self, tmp_path, environment):
        self.tmp_path, self.environment = tmp_path, environment
        self.numbers = itertools.count()
        self.started = []

    def start(self, *args, endpoint=None, env=None, credentials=True):
        """`endpoint`: a Kinesis of the kinesis fixture, or a URL."""
        args = list(map(str, args))
        if endpoint is not None:
            url = endpoint if isinstance(endpoint, str) else endpoint.url
            assert urllib.parse.urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
            args = ["--endpoint-url", url, *args]
        folder = self.tmp_path / f"freshet-{next(self.numbers)}"
        running = helpers.Freshet(args, self.environment(credentials, **(env or {})), folder)
        self.started.append(running)
        return running

    def __call__(self, *args, timeout=60, **more):
        return self.start(*args, **more).wait(timeout)


@pytest.fixture(scope="session")
def locust():
    return helpers.locust()


@pytest.fixture
def network():
    reason = namespaces.why_not()
    if reason is not None:
        pytest.skip(reason)
    made = []

    def start(*hosts):
        made.append(namespaces.Network(*hosts))
        return made[-1].__enter__()

    yield start
    for one in made:
        one.close()
