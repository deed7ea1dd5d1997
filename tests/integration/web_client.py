"""A web_probe (tests/integration/probe/web_probe.c) and a client that sends what browsers would not."""

import base64
import contextlib
import http.client
import json
import socket
import ssl
import subprocess
import urllib.parse
from dataclasses import dataclass

import helpers

PASSWORD, VIEWER = "correct horse battery", "only looking"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def basic(user="freshet", password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of an error."""
        return self.json["error"]["code"]


class Probe:
    """A running web_probe. Settings as of web_probe.c: base, cert, key, token, password, viewer, state, silent.
    `descriptors`: it may open no more than so many."""

    def __init__(self, folder, descriptors=None, **settings):
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"password": PASSWORD, "viewer": VIEWER, "state": folder / "state", "log": folder / "log"} | settings
        path = helpers.BIN.parent / "tests" / "web_probe"
        assert path.exists(), f"{path} is not built"
        words = [f"{name}={value}" for name, value in settings.items() if value is not None]
        self.log, self.err = folder / "log", folder / "stderr"
        few = [] if descriptors is None else ["prlimit", f"--nofile={descriptors}:{descriptors}"]
        with self.err.open("w") as err:
            self.process = subprocess.Popen(
                [*few, path, "0", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True
            )
        line = self.process.stdout.readline()
        assert line, self.err.read_text()
        said = json.loads(line)
        self.url, self.made = said["url"], said["made"]
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port, self.base = parts.hostname, parts.port, parts.path.rstrip("/")
        self.secure = parts.scheme == "https"

    def close(self):
        """End it in order; its exit must be clean and its output free of a sanitizer's findings."""
        self.process.stdin.close()
        code = self.process.wait(timeout=30)
        err = self.err.read_text()
        assert code == 0 and not helpers.SANITIZER.search(err), f"exit code {code}\n{err}"

    def connect(self, source="127.0.0.1", timeout=45):
        """A raw connection."""
        raw = socket.create_connection((self.host, self.port), timeout, source_address=(source, 0))
        if not self.secure:
            return raw
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(raw)

    def ask(self, method, path, body=None, source="127.0.0.1", **headers):
        """One request on a connection of its own; header names with _ for -."""
        connection = http.client.HTTPConnection(self.host, self.port)
        connection.sock = self.connect(source)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, self.base + path, body, names)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def raw(self, text):
        """Send bytes as they are; all that comes back until the server closes."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):  # it may be closed before all is sent
                connection.sendall(text)
            with contextlib.suppress(ConnectionError):
                return b"".join(iter(lambda: connection.recv(65536), b""))
            return b""

    def login(self, user="freshet", password=PASSWORD, **more):
        return self.ask(
            "POST", "/login", urllib.parse.urlencode({"user": user, "password": password}), Content_Type=FORM, **more
        )

    def session(self, user="freshet", password=PASSWORD):
        """Log in: the headers of a browser, and the CSRF token."""
        answer = self.login(user, password)
        assert answer.status == 303, answer
        cookie = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
        return cookie, self.get("/api/v1/session", **cookie).json["csrf_token"]
