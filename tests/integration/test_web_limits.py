"""The web server under clients that are slow, many, malformed or gone; HTTPS; the live stream."""

import concurrent.futures
import contextlib
import json
import socket
import subprocess
import time

import helpers
import pytest
from web_client import FORM, JSON, Probe, basic

AUTHORIZATION = basic()["Authorization"]
MIB = 1024 * 1024


@pytest.fixture
def probe(tmp_path):
    probe = Probe(tmp_path / "web")
    yield probe
    probe.close()


def head(method="GET", path="/healthz", *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def closed(connection, timeout):
    """Does the server close this connection within `timeout` seconds?"""
    connection.settimeout(timeout)
    try:
        return connection.recv(65536) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def events(connection):
    """The events of a live stream as (fields, ...) dictionaries, from an answer with chunked encoding."""
    lines = connection.makefile("rb")
    while lines.readline().strip():
        pass
    event = {}
    while size := int(lines.readline() or b"0", 16):
        text = lines.read(size).decode()
        lines.readline()
        for line in text.split("\n"):
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif event:
                yield event
                event = {}


def stream(probe, *lines):
    connection = probe.connect()
    connection.sendall(head("GET", "/api/v1/live", f"Authorization: {AUTHORIZATION}", *lines))
    return connection


def test_bodies_have_a_limit(probe):
    def status(path, length, **headers):
        return probe.ask("POST", path, b"a=" + b"x" * (length - 2), Content_Type=FORM, **headers).status

    assert status("/swarm", MIB, **basic()) == 400  # taken, and one value is too long
    assert status("/swarm", MIB + 1, **basic()) == 413
    assert status("/swarm", 6 * MIB, **basic()) == 413
    assert status("/swarm", 6 * MIB) == 413
    assert status("/swarm", MIB) == 401
    assert status("/login", 64 * 1024) == 400
    assert status("/login", 64 * 1024 + 1) == 413
    # in chunks, so that nothing says beforehand how much comes
    answer = probe.ask("POST", "/swarm", (b"x" * 65536 for _ in range(20)), Content_Type=JSON, **basic())
    assert (answer.status, answer.code) == (413, "too_large")
    with contextlib.suppress(ConnectionError):
        probe.ask("POST", "/swarm", (b"x" * 65536 for _ in range(400)), Content_Type=JSON, **basic())
    told = probe.raw(head("POST", "/swarm", f"Authorization: {AUTHORIZATION}", "Content-Length: 99999999999", "Connection: close"))
    assert told.startswith(b"HTTP/1.1 413")
    told = probe.raw(head("POST", "/swarm", "Expect: 100-continue", "Content-Length: 5", "Connection: close"))
    assert told.startswith(b"HTTP/1.1 401")
    assert probe.get("/healthz").status == 200


def test_malformed_requests_are_answered_or_cut(probe):
    for text in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 100 + b"\r\n\r\n",
                 b"GET /healthz HTTP/1.1\r\n\r\n", head("GET", "/healthz", "Content-Length: -1"), head("POST", "/swarm", "Content-Length: x"),
                 head("POST", "/login", "Transfer-Encoding: chunked") + b"zz\r\n", head("BREW", "/"), head("GET", "*", "Connection: close"),
                 head("A" * 5000, "/", "Connection: close")):  # fmt: skip
        with probe.connect() as connection:
            connection.sendall(text)
            connection.settimeout(1)  # what is no end of a request is waited for, and cut later
            with contextlib.suppress(ConnectionError, TimeoutError):
                answer = connection.recv(65536)
                assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"HTTP/1.1 5", b"HTTP/1.0 5")), text
    assert probe.get("/healthz").status == 200


def test_header_floods_are_refused(probe):
    many = probe.raw(head("GET", "/healthz", *[f"X-{i}: {'y' * 100}" for i in range(1000)]))
    assert many == b"" or many.startswith(b"HTTP/1.1 431")
    long = probe.raw(head("GET", "/healthz?" + "z" * 200000))
    assert long == b"" or long.startswith(b"HTTP/1.1 414")
    fine = probe.raw(head("GET", "/healthz", "X: " + "y" * 8000, "Connection: close"))
    assert fine.startswith(b"HTTP/1.1 200")


def test_live_streams_leave_places_for_requests(tmp_path):
    """More live streams than fit, where the program may open few files: who asks is answered all the same."""
    probe = Probe(tmp_path / "few", descriptors=600)
    with contextlib.ExitStack() as kept:
        first = []
        for _ in range(150):
            connection = kept.enter_context(contextlib.closing(stream(probe)))
            first.append(connection.makefile("rb").readline().split()[1])
        assert set(first) == {b"200", b"503"}
        for _ in range(10):
            assert probe.ask("POST", "/swarm", b"{}", Content_Type=JSON, **basic()).status == 200
    probe.close()


def test_500_slow_clients_leave_the_page_live(probe):
    slow = [probe.connect() for _ in range(500)]
    for number, connection in enumerate(slow):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: local" if number % 2 else head("POST", "/login", "Content-Length: 1000") + b"u")
    took = []
    for _ in range(40):
        begun = time.monotonic()
        assert probe.get("/healthz").status == 200
        assert probe.get("/api/v1/run", **basic()).status == 200
        took.append(time.monotonic() - begun)
        for connection in slow[::10]:
            with contextlib.suppress(OSError):
                connection.sendall(b"x")
    assert sorted(took)[len(took) // 2] < 5  # who waits for a slow one waits 20 s
    # more of them push out each other, and still nobody else
    more = [probe.connect() for _ in range(200)]
    for connection in more:
        with contextlib.suppress(OSError):
            connection.sendall(b"G")
    assert probe.get("/healthz").status == 200
    # who drips a byte now and then is cut when a head's time is over
    patient = slow[-1]
    end = time.monotonic() + 120
    while time.monotonic() < end and not closed(patient, 1):
        with contextlib.suppress(OSError):
            patient.sendall(b"x")
    assert time.monotonic() < end
    for connection in slow + more:
        connection.close()


def test_one_address_cannot_take_all_connections(probe):
    crowd = []
    for _ in range(600):
        crowd.append(probe.connect("127.0.0.3"))
        crowd[-1].sendall(b"GET")
    helpers.wait_until(lambda: sum(closed(one, 0.001) for one in crowd[:90]) >= 80, 20, "the end of the oldest of 600")
    assert probe.get("/healthz").status == 200
    assert probe.ask("GET", "/healthz", source="127.0.0.3").status == 200
    for connection in crowd:
        connection.close()


def test_a_live_stream_tells_each_run_and_survives_a_reconnect(probe):
    with stream(probe) as connection:
        told = events(connection)
        assert next(told) == {"retry": "1000"}
        first, second, third = next(told), next(told), next(told)
        # Each is a whole picture: who is slow misses some, and gets none twice.
        assert first["event"] == "run" and int(first["id"]) < int(second["id"]) < int(third["id"])
        assert len({int(one["id"]) - json.loads(one["data"])["sequence"] for one in (first, second, third)}) == 1
    with stream(probe, f"Last-Event-ID: {third['id']}") as connection:
        told = events(connection)
        next(told)
        assert int(next(told)["id"]) >= int(third["id"])
    answer = probe.ask("HEAD", "/api/v1/live", **basic())
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
    assert probe.get("/api/v1/live").status == 401


def test_a_live_stream_ends_with_its_session_and_with_the_server(tmp_path):
    probe = Probe(tmp_path)
    cookie, csrf = probe.session()
    with probe.connect() as mine, stream(probe) as other:
        mine.sendall(head("GET", "/api/v1/live", f"Cookie: {cookie['Cookie']}"))
        told, others = events(mine), events(other)
        assert next(told) and next(others)
        assert probe.ask("POST", "/logout", X_CSRF_Token=csrf, **cookie).status == 200
        assert all(event["event"] == "run" for event in told)  # and then it is over
        probe.close()
        assert list(others)[-1]["event"] == "gone"


def test_fifty_streams_and_what_else_goes_on(probe):
    streams = [stream(probe) for _ in range(50)]
    told = [events(connection) for connection in streams]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(probe.get, "/stats/requests", **basic()) for _ in range(300)]
        questions = [pool.submit(probe.get, "/tasks", **basic()) for _ in range(100)]
        for one in told:
            assert [next(one) for _ in range(4)][3]["event"] == "run"
        assert {answer.result().status for answer in answers + questions} == {200}
    for connection in streams[::2]:
        connection.close()
    time.sleep(0.3)
    assert all(next(one)["event"] == "run" for one in told[1::2])
    for connection in streams:
        connection.close()


def test_connections_are_kept_and_cut_in_the_middle(probe):
    with probe.connect() as connection:
        connection.sendall(head() * 20)  # pipelined
        helpers.wait_until(lambda: connection.recv(65536, socket.MSG_PEEK).count(b'{"ok":true}') == 20, what="20 answers")
    for text in (head("POST", "/stop", f"Authorization: {AUTHORIZATION}"), head("POST", "/swarm", f"Authorization: {AUTHORIZATION}", "Content-Length: 100") + b"a=1",
                 head("GET", "/tasks", f"Authorization: {AUTHORIZATION}"), head("POST", "/login", "Content-Length: 20", f"Content-Type: {FORM}") + b"user=freshet&passwor",
                 head("GET", "/api/v1/live", f"Authorization: {AUTHORIZATION}")):  # fmt: skip
        for _ in range(5):
            with probe.connect() as connection:
                connection.sendall(text)
    assert probe.get("/tasks", **basic()).status == 200


def test_many_logins_at_once_are_all_judged(probe):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        logins = [pool.submit(probe.login) for _ in range(12)]
        health = [pool.submit(probe.get, "/healthz") for _ in range(50)]
        unknown = [pool.submit(probe.get, "/api/v1/run", **basic()) for _ in range(12)]
        assert {login.result().status for login in logins} == {303}
        assert {answer.result().status for answer in health + unknown} == {200}


def test_https(tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    probe = Probe(tmp_path / "web", cert=certificate, key=key)
    assert probe.url.startswith("https://")
    with probe.connect() as connection:
        assert connection.version() in ("TLSv1.3", "TLSv1.2")
    assert probe.get("/healthz").json == {"ok": True}
    cookie = probe.login().headers["Set-Cookie"]
    assert "; Secure" in cookie and "; HttpOnly" in cookie
    assert probe.ask("POST", "/swarm", "user_count=1", Content_Type=FORM, **basic()).json["parameters"] == {"user_count": "1"}
    with stream(probe) as connection:
        told = events(connection)
        assert [next(told) for _ in range(3)][2]["event"] == "run"
    with socket.create_connection((probe.host, probe.port)) as plain:
        plain.sendall(head())
        assert not plain.recv(65536).startswith(b"HTTP/1.1 200")
    probe.close()
    for settings, words in (({"cert": certificate, "key": certificate}, "can't start HTTPS"), ({"cert": certificate}, "belong together"),
                            ({"cert": tmp_path / "none", "key": key}, "--tls-cert")):  # fmt: skip
        with pytest.raises(AssertionError, match=words):
            Probe(tmp_path / "bad", **settings)


def test_a_taken_port_is_named(probe, tmp_path):
    path = helpers.BIN.parent / "tests" / "web_probe"
    ended = subprocess.run([path, str(probe.port), "password=x"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    assert ended.returncode == 2 and f"can't listen on 127.0.0.1 port {probe.port}: Address already in use" in ended.stderr
