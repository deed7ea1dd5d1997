"""The web server's doors: who comes in, who may do what, and what is refused."""

import json
import re
import time

import helpers
import pytest
from web_client import FORM, JSON, PASSWORD, VIEWER, Probe, basic

PAGE = {"Accept": "text/html,application/xhtml+xml"}
SOURCES = helpers.ROOT / "web" / "server"
OPENAPI = json.loads((SOURCES / "openapi.json").read_text())
ROUTES = re.findall(r'^    \{"([^"]*)", "([A-Z]+)", (ROUTE_\w+), (ROUTE_\w+), (true|false),', (SOURCES / "route.c").read_text(), re.M)
NAMES = {"/assets/*": "/assets/app.js", "/api/v1/runs/*": "/api/v1/runs/r1", "/api/v1/download/*": "/api/v1/download/run.json"}


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    """One server for the tests that leave it as it was."""
    probe = Probe(tmp_path_factory.mktemp("web"), token="metrics token")
    probe.get("/api/v1/run", **basic())  # known from now on, and the first documents are out
    yield probe
    probe.close()


@pytest.fixture
def fresh(tmp_path):
    """A server of one's own: fresh(base="/load")."""
    probes = []

    def start(**settings):
        probes.append(Probe(tmp_path / str(len(probes)), **settings))
        return probes[-1]

    yield start
    for probe in probes:
        probe.close()


def test_the_list_of_routes_is_the_one_that_is_described():
    described = {(path, method.upper()) for path, methods in OPENAPI["paths"].items() for method in methods}
    assert len(ROUTES) > 40
    known = {(re.sub(r"/\*$", "/{file}" if "runs" not in path else "/{id}", path), method) for path, method, *_ in ROUTES if path}
    assert known == described


def has_a_story_of_its_own(route):
    return route[2] in ("ROUTE_LIVE", "ROUTE_LOGIN", "ROUTE_ENTER") or route[:2] == ("/stop", "POST")


@pytest.mark.parametrize(
    ("path", "method", "kind", "access", "changes"), [route for route in ROUTES if not has_a_story_of_its_own(route)]
)
def test_every_route_with_and_without_login(probe, path, method, kind, access, changes):
    path = NAMES.get(path, path)
    nobody = probe.ask(method, path)
    if access == "ROUTE_PUBLIC":
        assert nobody.status == (404 if kind == "ROUTE_ASSET" else 200)
    else:
        assert (nobody.status, nobody.code) == (401, "login_required")
        browser = probe.ask(method, path, **PAGE)
        assert browser.status == (303 if method == "GET" else 401)
        assert browser.headers["Location"] == ("/login" if method == "GET" else None)
        wrong = probe.ask(method, path, **basic(password="wrong"))
        assert (wrong.status, wrong.code) == (401, "wrong_login")
        assert wrong.headers["WWW-Authenticate"].startswith("Basic ") and nobody.headers["WWW-Authenticate"] == 'Session realm="freshet"'
    by_basic = probe.ask(method, path, **basic())
    assert by_basic.status == {"ROUTE_ASSET": 404}.get(kind, 500 if path == "/api/v1/shards" else 200)
    if kind == "ROUTE_LOGOUT":
        return
    viewer = probe.ask(method, path, **basic("viewer", VIEWER))
    assert viewer.status == (403 if changes == "true" else by_basic.status)
    cookie, csrf = probe.session()
    with_token = probe.ask(method, path, X_CSRF_Token=csrf, **cookie)
    assert with_token.status == (405 if access == "ROUTE_BASIC_ONLY" else by_basic.status)
    if changes == "true" and access != "ROUTE_BASIC_ONLY":
        for token in ({}, {"X_CSRF_Token": ""}, {"X_CSRF_Token": csrf[:-1] + "x"}, {"X_CSRF_Token": cookie["Cookie"].split("=")[1]}):
            refused = probe.ask(method, path, **token, **cookie)
            assert (refused.status, refused.code) == (403, "csrf")


def test_every_answer_protects_the_browser(probe):
    for answer in (probe.get("/healthz"), probe.get("/nothing"), probe.get("/", **PAGE), probe.get("/", **basic()),
                   probe.get("/api/v1/run", **basic()), probe.get("/login"), probe.ask("DELETE", "/")):  # fmt: skip
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
    assert probe.get("/api/v1/run", **basic()).headers["Cache-Control"] == "no-store"
    report = probe.get("/stats/report", **basic())
    assert report.headers["Content-Security-Policy"].startswith("sandbox allow-scripts")


def test_a_login_makes_a_new_session_whatever_cookie_came_along(probe):
    name = f"freshet_session_{probe.port}"
    planted = {"Cookie": f"{name}={'a' * 64}"}
    answer = probe.login(**planted)
    cookie = answer.headers["Set-Cookie"]
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert re.fullmatch(rf"{name}=[0-9a-f]{{64}}; Path=/; HttpOnly; SameSite=Strict", cookie)
    assert probe.get("/api/v1/session", **planted).status == 401
    mine = {"Cookie": cookie.split(";")[0]}
    again = probe.login(**mine).headers["Set-Cookie"].split(";")[0]
    assert again != mine["Cookie"]
    assert probe.get("/api/v1/session", **mine).status == 401  # the old one is over
    session = probe.get("/api/v1/session", Cookie=again).json
    assert session["user"] == "freshet" and session["role"] == "operator" and re.fullmatch("[0-9a-f]{64}", session["csrf_token"])
    assert session["csrf_token"] not in again


def test_logout_ends_the_session(probe):
    cookie, csrf = probe.session()
    assert probe.ask("POST", "/logout", **cookie).status == 403
    by_form = probe.ask("POST", "/logout", f"csrf_token={csrf}", Content_Type=FORM, **cookie, **PAGE)
    assert (by_form.status, by_form.headers["Location"]) == (303, "/login")
    assert "Max-Age=0" in by_form.headers["Set-Cookie"]
    assert probe.get("/api/v1/session", **cookie).status == 401


def test_a_viewer_looks_and_changes_nothing(probe):
    cookie, csrf = probe.session("viewer", VIEWER)
    assert probe.get("/api/v1/session", **cookie).json["role"] == "viewer"
    assert probe.get("/api/v1/run", **cookie).status == 200
    refused = probe.ask("POST", "/swarm", "user_count=1", Content_Type=FORM, X_CSRF_Token=csrf, **cookie)
    assert (refused.status, refused.code) == (403, "viewer")
    assert probe.get("/stop", **basic("viewer", VIEWER)).status == 403
    assert probe.ask("POST", "/logout", X_CSRF_Token=csrf, **cookie).status == 200


def test_wrong_logins_are_slowed_and_nobody_else_is(fresh):
    probe = fresh()

    def after_five_wrong_ones():  # even the right one has to wait, if this machine does not take longer than the wait
        for number in range(5):
            begun = time.monotonic()
            assert probe.login(password=f"wrong {number}").status == 401
        answer = probe.login()
        assert answer.status == 429 or time.monotonic() - begun > 1
        return answer.status == 429 and answer

    slowed = helpers.wait_until(after_five_wrong_ones, what="a login that has to wait")
    assert (slowed.code, slowed.headers["Retry-After"]) == ("too_many_logins", "1")
    other = probe.login(source="127.0.0.2")
    assert other.status == 303
    helpers.wait_until(lambda: probe.login().status == 303, what="the end of the wait")
    for number in range(4):
        assert probe.login(user=f"nobody {number}").status == 401


def test_a_script_with_a_typo_locks_nobody_out(fresh):
    probe = fresh()
    for _ in range(30):
        assert probe.get("/api/v1/run", **basic(password="typo")).status == 401
    assert probe.login().status == 303


def test_basic_is_verified_once_and_remembered(probe):
    probe.get("/api/v1/run", **basic())

    def typical_s(ask, times):
        took = []
        for _ in range(times):
            begun = time.monotonic()
            ask()
            took.append(time.monotonic() - begun)
        return sorted(took)[times // 2]

    # A login takes a request and a verification, which is made to be slow.
    assert typical_s(lambda: probe.get("/api/v1/run", **basic()), 51) < typical_s(probe.login, 7)
    assert probe.get("/api/v1/session", **basic()).json["csrf_token"] == ""
    assert probe.get("/stop", Authorization="Basic !").code == "wrong_login"


def test_a_page_of_another_site_may_not_act(probe):
    cookie, csrf = probe.session()
    own = f"http://127.0.0.1:{probe.port}"
    good = {"X_CSRF_Token": csrf, **cookie}
    assert probe.ask("POST", "/api/v1/run/reset", Origin=own, Sec_Fetch_Site="same-origin", **good).status == 200
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        assert probe.ask("POST", "/api/v1/run/reset", Origin=origin, **good).code == "cross_site"
        assert probe.ask("POST", "/api/v1/run/reset", Origin=origin, **basic()).code == "cross_site"
        assert probe.login(Origin=origin).code == "cross_site"
    assert probe.get("/stop", Sec_Fetch_Site="cross-site", **basic()).code == "cross_site"


def test_a_name_that_was_made_to_point_here_is_refused(probe):
    for host in ("evil.example", f"evil.example:{probe.port}", "127.0.0.1.evil.example"):
        assert probe.get("/healthz", Host=host).code == "wrong_host"
    for host in ("localhost", f"localhost:{probe.port}", "[::1]:1"):
        assert probe.get("/healthz", Host=host).status == 200


def test_metrics_by_token(probe, fresh):
    answer = probe.get("/metrics", Authorization="Bearer metrics token")
    assert (answer.status, answer.body) == (200, b"freshet_up 1\n")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for header in ("Bearer metrics toke", "Bearer metrics tokenx", "Bearer ", "metrics token"):
        assert probe.get("/metrics", Authorization=header).status == 401
    assert probe.get("/api/v1/run", Authorization="Bearer metrics token").status == 401
    assert fresh().get("/metrics", Authorization="Bearer ").status == 401  # none is set: none fits


def test_questions_carry_their_parameters(probe):
    body = json.dumps({"target": "Demo", "rate": 50000, "csrf_token": "x", "users": None})
    asked = probe.ask("POST", "/api/v1/run?extra=a%20b", body, Content_Type=JSON + "; charset=utf-8", **basic()).json
    assert asked["parameters"] == {"target": "Demo", "rate": "50000", "users": "", "extra": "a b"}
    assert (asked["user"], asked["role"], asked["remote"], asked["body_length"]) == ("freshet", "operator", "127.0.0.1", len(body))
    asked = probe.ask("DELETE", "/api/v1/runs/20261122T1200", **basic()).json
    assert asked["id"] == "20261122T1200" and asked["method"] == 4
    file = probe.get("/api/v1/download/stats.csv", **basic())
    assert file.headers["Content-Disposition"] == 'attachment; filename="a _quoted___name-stats.csv"'
    assert probe.ask("HEAD", "/api/v1/options", **basic()).body == b""


def test_an_answer_may_come_later(probe):
    with probe.connect() as waiting:
        text = f"POST /stop HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {basic()['Authorization']}\r\n\r\n"
        waiting.sendall(text.encode())
        helpers.wait_until(lambda: probe.get("/api/v1/options", **basic()).json["held"], what="the stop's turn")
        assert probe.ask("POST", "/api/v1/run/stop", **basic()).status == 200
        assert waiting.makefile("rb").read().endswith(b'{"late":true}')


def test_malformed_bodies_say_so(probe):
    for body, kind, status in (
        (b"{", JSON, 400), (b"[1]", JSON, 400), (b'{"a":{}}', JSON, 400), (b"\xff\xfe", JSON, 400), (b"a=%zz", FORM, 400),
        (b"a=%00", FORM, 400), (b"&".join([b"a=1"] * 300), FORM, 400), (b"a=1", "text/plain", 415), (b"a", "multipart/form-data", 415),
        (b"[" * 500000, JSON, 400), (b"", JSON, 200),
    ):  # fmt: skip
        answer = probe.ask("POST", "/swarm", body, Content_Type=kind, **basic())
        assert answer.status == status, (body[:20], answer)
        assert status == 200 or answer.code in ("malformed", "media_type")
    assert probe.ask("POST", "/login", "user=x", Content_Type=FORM).code == "malformed"
    assert probe.login(user="x" * 64).status == 401
    page = probe.ask("POST", "/swarm", b"{", Content_Type=JSON, **basic(), **PAGE)
    assert page.status == 400 and page.headers["Content-Type"].startswith("text/html") and b"not valid JSON" in page.body


def test_no_path_leads_out(probe):
    for path in ("/../../etc/passwd", "/assets/../openapi.json", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/..%5cx", "/assets/index.html",
                 "/assets/openapi.json", "/assets//etc/passwd", "/api/v1/runs/..%2f..%2fx", "/%00", "/" + "a" * 5000, "/api/v1/download/../x"):  # fmt: skip
        assert probe.get(path, **basic()).status == 404, path


def test_the_page_is_cached_by_its_content(probe):
    page = probe.get("/", **basic())
    etag = page.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]{16}"', etag) and page.headers["Cache-Control"] == "no-cache"
    same = probe.get("/", If_None_Match=f'"x", {etag}', **basic())
    assert (same.status, same.body) == (304, b"")
    packed = probe.get("/api/v1/openapi.json", Accept_Encoding="gzip", **basic())
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
    import gzip

    assert json.loads(gzip.decompress(packed.body)) == OPENAPI
    assert probe.get("/api/v1/openapi.json", **basic()).json == OPENAPI


def test_below_a_base_path(fresh):
    probe = fresh(base="/load")
    assert probe.url.endswith("/load/")
    assert probe.get("/healthz").status == 200
    assert probe.get("/", **PAGE).headers["Location"] == "/load/login"
    assert probe.get("").headers["Location"] == "/load/"
    cookie = probe.login().headers["Set-Cookie"]
    assert "; Path=/load/;" in cookie
    probe.base = ""
    assert probe.get("/healthz").status == 404


def test_a_made_password_is_told_once_and_nothing_is_written_down(fresh, tmp_path):
    state = tmp_path / "state"
    first = fresh(password=None, state=state)
    assert len(first.made) == 24
    assert first.login(password=first.made).status == 303
    second = fresh(password=None, state=state)
    assert second.made == ""
    assert second.login(password=first.made).status == 303
    assert second.get("/api/v1/run", **basic(password="a wrong secret")).status == 401
    for path in tmp_path.rglob("*"):
        text = path.read_bytes() if path.is_file() else b""
        assert first.made.encode() not in text and PASSWORD.encode() not in text and b"a wrong secret" not in text, path


def test_nothing_was_said_yet(fresh):
    answer = fresh(silent=1).get("/api/v1/run", **basic())
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "starting", "1")
