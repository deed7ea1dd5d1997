"""The running program's dashboard under hostile clients: what is refused, what stays live, what is never told."""

import base64
import contextlib
import http.client
import re
import socket
import sqlite3
import time
import urllib.parse
import zlib

import helpers
import pytest
from helpers import wait_until
from test_dashboard_http import PASSWORD, TOKEN, USER, VIEWER_PASSWORD, dashboard  # noqa: F401 is a fixture

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VIEWER = {"user": "viewer", "password": VIEWER_PASSWORD}
HTML = {"Accept": "text/html"}


def raw(board, method, path, headers=(), body=None):
    """A request that no library tidies up: (status, headers, body)."""
    address = urllib.parse.urlsplit(board.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=any(name == "Host" for name, _ in headers))
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def login(board, headers=None, **who):
    form = {"user": USER, "password": PASSWORD} | who
    return board.ask("/login", "POST", form=form, user=None, headers=headers)


def idle(board, server):
    """Nothing was started, and nothing was ever sent."""
    state = board.state()
    assert (state["state"], state["run_id"], state["events"]["generated"]) == ("ready", None, 0)
    assert server.stats()["records"] == 0


def test_nobody_starts_anything(dashboard, kinesis):  # noqa: F811
    server = kinesis("--stream", "DemoStream:1")
    board = dashboard("DemoStream", endpoint=server).ready()
    swarm = {"user_count": 1, "spawn_rate": 1, "host": "DemoStream"}
    for who in ({"user": None}, {"password": "wrong"}, {"user": "viewer", "password": PASSWORD}, {"user": USER, "password": VIEWER_PASSWORD}):
        assert board.ask("/swarm", "POST", form=swarm, **who).status == 401
        assert board.ask("/api/v1/run", "POST", body={"target": "DemoStream", "rate": "1k"}, **who).status == 401
    idle(board, server)
    assert board.ask("/swarm", "POST", form=swarm, **VIEWER).status == 403
    assert board.ask("/api/v1/run", "POST", body={"target": "DemoStream", "rate": "1k"}, **VIEWER).status == 403
    idle(board, server)
    # a page whose name was made to point here has the cookie of nobody, and is not even heard
    address = urllib.parse.urlsplit(board.url).netloc
    port = address.rsplit(":", 1)[1]
    session = login(board).headers["Set-Cookie"].split(";")[0]
    token = board.ask("/api/v1/session", user=None, headers={"Cookie": session}).json["csrf_token"]
    for host in ("evil.example", f"evil.example:{port}", f"{address}.evil.example", "", "a" * 300, "[::1", f"127.0.0.1:{port}x"):
        headers = [("Host", host), ("Cookie", session), ("X-CSRF-Token", token), *FORM.items()]
        status, _, _ = raw(board, "POST", "/swarm", headers, urllib.parse.urlencode(swarm).encode())
        assert status in (400, 421), host
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert board.ask("/swarm", "POST", form=swarm, headers=headers).status == 403
    idle(board, server)
    # with a session it needs the token, by POST
    cookie = {"Cookie": session}
    assert board.ask("/swarm", "POST", form=swarm, user=None, headers=cookie).status == 403
    assert board.ask("/swarm", user=None, headers=cookie).status == 405
    idle(board, server)
    # and what runs is stopped by nobody who may not
    board.start(target="DemoStream", rate="200")
    good = cookie | {"X-CSRF-Token": token}
    for path in ("/stop", "/stats/reset"):
        assert board.ask(path, user=None).status == 401
        assert board.ask(path, user=None, headers=good).status == 405
        assert board.ask(path, **VIEWER).status == 403
        assert board.ask(path, headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    for path, method in (("/api/v1/run/stop", "POST"), ("/api/v1/run/reset", "POST"), ("/api/v1/run", "PATCH")):
        assert board.ask(path, method, body={"rate": "1"}, **VIEWER).status == 403
        assert board.ask(path, method, body={"rate": "1"}, user=None).status == 401
    state = board.state()
    assert state["state"] in ("spawning", "running") and state["settings"]["rate"] == 200
    assert board.get("/stop").json["success"]
    board.end()


def test_a_session_is_made_by_the_login_alone(dashboard):  # noqa: F811
    board = dashboard("null://").ready()
    port = urllib.parse.urlsplit(board.url).port
    name = f"freshet_session_{port}"
    planted = f"{name}={'a' * 64}"
    answer = login(board, {"Cookie": planted})
    cookie = answer.headers["Set-Cookie"]
    assert re.fullmatch(rf"{name}=[0-9a-f]{{64}}; Path=/; HttpOnly; SameSite=Strict", cookie)
    mine = cookie.split(";")[0]
    assert mine != planted and board.ask("/api/v1/session", user=None, headers={"Cookie": planted}).status == 401
    again = login(board, {"Cookie": mine}).headers["Set-Cookie"].split(";")[0]
    assert again != mine and board.ask("/api/v1/run", user=None, headers={"Cookie": mine}).status == 401
    # a viewer who logs in after an operator on the same browser keeps nothing of the operator's
    weaker = login(board, {"Cookie": again}, **VIEWER).headers["Set-Cookie"].split(";")[0]
    assert board.ask("/api/v1/session", user=None, headers={"Cookie": weaker}).json["role"] == "viewer"
    assert board.ask("/api/v1/session", user=None, headers={"Cookie": again}).status == 401
    wrong = login(board, {"Cookie": weaker}, password="no")
    assert wrong.status == 401 and wrong.headers["Set-Cookie"] is None
    for broken in (f"{name}=", f"{name}={'a' * 63}", f"{name}={'g' * 64}", f"{name}={'a' * 5000}", f"x{weaker}", f"{weaker}0", ";;;=", name):
        assert board.ask("/api/v1/run", user=None, headers={"Cookie": broken}).status == 401, broken
    board.end()


def protected(answer, what):
    policy = answer.headers["Content-Security-Policy"]
    assert policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy, what
    assert "unsafe" not in policy or policy.startswith("sandbox "), what
    assert answer.headers["X-Content-Type-Options"] == "nosniff", what
    assert answer.headers["X-Frame-Options"] == "DENY", what
    assert answer.headers["Referrer-Policy"] == "same-origin", what
    assert re.search(r"\b(no-store|no-cache|immutable)\b", answer.headers["Cache-Control"]), what
    assert answer.headers["Access-Control-Allow-Origin"] is None, what


def test_every_answer_protects_the_browser(dashboard):  # noqa: F811
    board = dashboard("null://").ready()
    seen = set()
    for path, methods in board.get("/api/v1/openapi.json").json["paths"].items():
        if path == "/api/v1/live":
            continue
        where = path.replace("{file}", "run.json").replace("{id}", "0000000000000001")
        for method in ("get", "post", "put", "patch", "delete", "options"):
            for more in ({}, {"user": None}, {"headers": HTML}, {"user": None, "headers": HTML}, VIEWER):
                if method != "get" and path in ("/stop", "/login"):
                    continue
                answer = board.ask(where, method.upper(), **more)
                seen.add(answer.status)
                protected(answer, (method, where, more, answer.status))
                if method not in methods:
                    assert answer.status in (401, 405), (method, where)
                    if answer.status == 405:
                        assert set(methods) <= set(answer.headers["Allow"].lower().split(", ")) | {"head"}
    for answer, status in (
        (board.ask("/api/v1/run", "POST", body={"rate": "x"}), 422),
        (board.ask("/api/v1/run", "PATCH", body={"rate": "1"}), 409),
        (board.ask("/swarm", "POST", headers={"Content-Type": "text/plain"}, form={"a": 1}), 415),
        (board.ask("/swarm", "POST", form={"a": "x" * 2**20}), 413),
        (board.ask("/swarm", "POST", form={"a": "x" * 2**19}), 400),
        (board.ask("/", headers={"Host": "evil.example"}), 421),
        (board.ask("/", headers={"Host": "evil.example"} | HTML), 421),
        (board.ask("/nothing", headers=HTML), 404),
    ):
        assert answer.status == status
        protected(answer, status)
        seen.add(status)

    def slowed():
        answer = login(board, password="no")
        protected(answer, "a wrong login")
        return answer.status == 429

    wait_until(slowed, 10, "the wait after wrong logins")
    with contextlib.closing(http.client.HTTPConnection(*board.url.removeprefix("http://").split(":"), timeout=10)) as connection:
        connection.request("GET", "/api/v1/live", headers={"Authorization": basic()})
        protected(connection.getresponse(), "live")
    assert {200, 303, 400, 401, 403, 404, 405, 409, 413, 415, 421, 422} <= seen and not {status for status in seen if status >= 500}, seen
    board.end()


def test_no_path_leads_out(dashboard, tmp_path):  # noqa: F811
    board = dashboard("null://").ready()
    (tmp_path / "state" / "bait.txt").write_text("nobody reads this")
    names = ["/../../../../etc/passwd", "/assets/../../bait.txt", "/assets/..%2f..%2fbait.txt", "/assets/%2e%2e/bait.txt", "/assets/....//bait.txt",
             "/assets/..%5c..%5cbait.txt", "/assets/%00", "/assets/bait.txt%00.js", "/assets//etc/passwd", "/api/v1/runs/..%2f..%2fhistory.db",
             "/api/v1/download/..%2fhistory.db", "/api/v1/download/history.db", "/api/v1/download/%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd",
             "/api/v1/download/run.json?run=../../history", "/api/v1/series?run=%2e%2e%2f", "http://evil.example/etc/passwd", "//etc/passwd"]  # fmt: skip
    for name in names:
        for path in (name, urllib.parse.quote(name, safe="/%?=:")):
            status, _, body = raw(board, "GET", path, [("Authorization", basic())])
            assert status in (400, 404, 421, 422), (path, status)
            assert b"root:" not in body and b"nobody reads" not in body and b"SQLite" not in body
    board.end()


def basic(user=USER, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_500_slow_clients_hold_nobody_up(dashboard, kinesis):  # noqa: F811
    server = kinesis("--stream", "DemoStream:4")
    board = dashboard("DemoStream", endpoint=server).ready()
    board.start(target="DemoStream", rate="1k")
    board.until("running")
    address = urllib.parse.urlsplit(board.url)
    slow = []
    try:
        for number in range(500):
            connection = socket.create_connection((address.hostname, address.port), 10)
            slow.append(connection)
            head = f"POST /swarm HTTP/1.1\r\nHost: localhost\r\nAuthorization: {basic()}\r\nContent-Length: 1000\r\n\r\nuser_c" if number % 2 else "GET /api/v1/run HTTP/1.1\r\nHos"
            connection.sendall(head.encode())
        before = board.state()
        took = []
        for turn in range(25):
            start = time.monotonic()
            assert board.ask("/healthz", user=None).status == 200
            assert board.get("/").status == 200
            assert board.ask("/api/v1/run", "PATCH", body={"rate": 1000 + turn}).status == 200
            took.append(time.monotonic() - start)
            for connection in slow[turn::25]:
                with contextlib.suppress(OSError):
                    connection.sendall(b"x")
        assert sorted(took)[len(took) // 2] < 5, took  # who waits for a slow one waits 20 s
        enough = before["events"]["delivered"] + 3000  # the load goes on
        wait_until(lambda: board.state()["events"]["delivered"] > enough, 20, "three seconds of the load")
    finally:
        for connection in slow:
            connection.close()
    assert board.get("/stop").json["success"]
    run = board.state()
    assert run["events"]["delivered"] == server.stats()["records"]
    board.end()


def test_no_secret_is_told_written_or_kept(dashboard, kinesis, tmp_path):  # noqa: F811
    """Every answer, file and database of a run with a failure in it is searched for every secret there is."""
    server = kinesis("--stream", "DemoStream:1")
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    session_token = "FwoGZXIvYXdzEXAMPLETOKEN"
    board = dashboard(
        "--metrics-token-file", token, "--loglevel", "DEBUG", "DemoStream", endpoint=server, env={"AWS_SESSION_TOKEN": session_token}
    ).ready()
    cookie = login(board).headers["Set-Cookie"].split(";")[0]
    csrf = board.ask("/api/v1/session", user=None, headers={"Cookie": cookie}).json["csrf_token"]
    board.everything.clear()  # these two were told to whom they belong
    server.faults(error_rate=0.1, refuse_rate=0.1)
    board.start(target="DemoStream", rate="500", events="1500")
    board.until("stopped", 60)
    run_id = wait_until(lambda: board.get("/api/v1/runs").json["runs"], 10, "the kept run")[0]["id"]
    login(board, password="a wrong secret 10")
    board.ask("/api/v1/run", password="a wrong secret 10")
    board.ask("/api/v1/preflight", "POST", body={"target": "NoSuchStream", "rate": "1k"})
    board.ask("/swarm", "POST", form={"user_count": "x", "password": PASSWORD})
    board.ask("/metrics", user=None, headers={"Authorization": f"Bearer {TOKEN}"})
    for path, methods in board.get("/api/v1/openapi.json").json["paths"].items():
        if "get" not in methods or path in ("/api/v1/live", "/stop", "/stats/reset"):
            continue
        files = ("stats.csv", "history.csv", "failures.csv", "exceptions.csv", "run.json", "report.html", "latency.hlog")
        for file in files if "download" in path else ("app.js",):
            where = path.replace("{file}", file).replace("{id}", run_id)
            for query in ("", f"?run={run_id}", "?run=current"):
                for who in ({}, VIEWER, {"user": None, "headers": {"Cookie": cookie}}):
                    if path != "/api/v1/session":
                        board.ask(where + query, **who)
    board.end()
    found = {"answers": b"".join(board.everything), "output": (board.run.out + board.run.err).encode()}
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != token and "kinesis" not in str(path.relative_to(tmp_path)):
            found[str(path)] = path.read_bytes()
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "history.db")) as database:
        found["parts"] = b"".join(zlib.decompress(packed[4:]) for (packed,) in database.execute("SELECT bytes FROM parts"))
        found["dump"] = "\n".join(database.iterdump()).encode()
    assert len(found["parts"]) > 1000 and len(found["answers"]) > 100000
    coded = basic().split()[1]
    secrets = [PASSWORD, VIEWER_PASSWORD, TOKEN, helpers.SECRET_KEY, session_token, "a wrong secret 10", cookie.split("=")[1], csrf, coded]
    for name, content in found.items():
        for secret in secrets:
            for form in (secret, urllib.parse.quote(secret), urllib.parse.quote_plus(secret)):
                assert form.encode() not in content, (name, secret, content[max(0, content.find(form.encode()) - 200) :][:300])
