"""Everything at once against the running dashboard. The thread sanitizer makes this story a proof; it runs without too."""

import concurrent.futures
import http.client
import json
import time
import urllib.parse

import pytest
from test_dashboard_http import PASSWORD, USER, VIEWER_PASSWORD, dashboard  # noqa: F401 is a fixture
from test_dashboard_security import basic, login

SECONDS = 4


def until(end, act, *arguments):
    count = 0
    while time.monotonic() < end:
        act(*arguments)
        count += 1
    return count


def steer(board):
    """Start, edit, reset, stop: an answer of each, whatever the others do meanwhile."""
    for path, method, body in (
        ("/api/v1/run", "POST", {"target": "null://", "rate": "2k"}),
        ("/api/v1/run", "PATCH", {"rate": "3k"}),
        ("/api/v1/run/reset", "POST", {}),
        ("/api/v1/preview", "POST", {"target": "null://"}),
        ("/stop", "POST", {}),
    ):
        assert board.ask(path, method, body=body).status in (200, 409, 422), path


def look(board):
    for path in ("/api/v1/run", "/stats/requests", "/api/v1/series?run=current", "/api/v1/runs", "/metrics", "/logs", "/", "/api/v1/download/report.html?run=current"):
        assert board.ask(path, user="viewer", password=VIEWER_PASSWORD).status in (200, 404), path


def come_and_go(board):
    """A login with a session, a look, a logout; and one that is wrong."""
    answer = login(board)
    if answer.status == 429:
        return
    assert answer.status == 303
    cookie = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
    token = board.ask("/api/v1/session", user=None, headers=cookie).json["csrf_token"]
    assert board.ask("/logout", "POST", user=None, headers=cookie | {"X-CSRF-Token": token}).status == 200
    assert board.ask("/api/v1/run", user=None, headers=cookie).status == 401
    assert login(board, password="wrong", user="nobody").status in (401, 429)


def watch(board):
    """A live stream that is cut in the middle."""
    address = urllib.parse.urlsplit(board.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    connection.request("GET", "/api/v1/live", headers={"Authorization": basic(USER, PASSWORD)})
    answer = connection.getresponse()
    if answer.status == 503:  # those cut off hold their places until the next event can't reach them
        assert answer.headers["Retry-After"] and json.loads(answer.read())["error"]["code"] == "busy"
        connection.close()
        time.sleep(0.1)
        return
    assert answer.status == 200 and answer.readline().startswith(b"retry:")
    for line in answer:
        if line.startswith(b"data: {"):
            break
    else:
        raise AssertionError("the live stream ended before it told anything")
    connection.close()


@pytest.mark.parametrize("during", ["ready", "running"])
def test_everything_at_once(dashboard, during):  # noqa: F811
    board = dashboard("null://").ready()
    end = time.monotonic() + SECONDS
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        jobs = [steer, steer, look, look, come_and_go, come_and_go, watch, watch, watch]
        done = [pool.submit(until, end, job, board) for job in jobs]
        assert all(job.result() > 0 for job in done)
    board.ask("/stop", "POST")
    if during == "running":  # the program ends while it runs and is watched
        board.start(target="null://", rate="1k")
        board.until("running")
    else:
        assert board.ask("/stats/reset", "POST").status == 200
    address = urllib.parse.urlsplit(board.url)
    with_stream = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    with_stream.request("GET", "/api/v1/live", headers={"Authorization": basic(USER, PASSWORD)})
    answer = with_stream.getresponse()
    assert answer.readline().startswith(b"retry:")
    run = board.end()
    assert b"event: gone" in answer.read()
    with_stream.close()
    assert run.code == 0, run.tail()
