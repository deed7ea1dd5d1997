"""freshet-ctl against a running dashboard: what scripts read and do, with which credentials, with which exit codes."""

import json
import signal
import stat

import pytest

import helpers
from helpers import wait_until
from test_fleet_keys import PASSWORD, ctl, dashboard, end  # noqa: F401 (a fixture)


@pytest.fixture
def board(freshet, tmp_path):
    run = dashboard(
        freshet, tmp_path / "state", "--bind-port", 0, "--processes", 1, "--autostart", "--rate", "1k", "-t", "10m",
        "null://",
    )  # fmt: skip
    yield run
    end(run)


def test_status_and_stop_with_the_token_of_the_state_directory(board, ctl, tmp_path):  # noqa: F811
    state = ["--state-dir", tmp_path / "state"]
    token = tmp_path / "state" / "ctl"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600

    def run():
        shown = ctl("status", "--json", *state)
        assert shown.code == 0 and shown.err == "", shown.tail()
        return json.loads(shown.out)

    wait_until(lambda: run()["events"]["delivered"] > 0, 40, "the load")
    table = ctl("status", *state)
    assert table.code == 0
    for line in ("state        running", "target       null://", "load         1.00k events/s", "secondaries  1, 0 missing"):
        assert line in table.out, table.out
    stopped = ctl("stop", *state)
    assert (stopped.code, stopped.out) == (0, "stopped\n"), stopped.tail()
    document = run()
    assert document["state"] == "stopped"
    events = document["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"]
    again = ctl("stop", *state)
    assert (again.code, again.out) == (0, "no run is going on\n"), again.tail()
    assert token.read_text().split()[0] not in table.out + board.out + board.err


def test_passwords_come_from_a_file_or_the_environment(board, ctl, tmp_path):  # noqa: F811
    url = ["--url", board.url]
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\nnot this\n")
    assert ctl("status", *url, "--password-file", password).code == 0
    assert ctl("status", *url, env={"FRESHET_WEB_PASSWORD": PASSWORD}).code == 0
    assert ctl("status", env={"FRESHET_WEB_PASSWORD": PASSWORD, "FRESHET_URL": board.url}).code == 0
    without = ctl("status", *url)
    assert without.code == 6 and "asks for a login" in without.err
    wrong = ctl("stop", *url, env={"FRESHET_WEB_PASSWORD": "some other one 3"})
    assert wrong.code == 6 and "do not match" in wrong.err
    assert "some other one" not in wrong.err
    missing = ctl("status", *url, "--password-file", tmp_path / "nothing")
    assert missing.code == 2 and "nothing" in missing.err


def test_wrong_words_and_no_primary(ctl, tmp_path):  # noqa: F811
    port = helpers.free_port()
    nobody = ctl("status", "--url", f"http://127.0.0.1:{port}")
    assert nobody.code == 6 and f"127.0.0.1:{port}" in nobody.err
    for words in ([], ["dance"], ["keys"], ["revoke", "dir"], ["status", "now"], ["keys", "a", "b"]):
        wrong = ctl(*words)
        assert wrong.code == 2 and "revoke DIR NAME" in wrong.err and wrong.err.count("\n") == 1, wrong.tail()
        assert not words or f'"{words[0]}"' in wrong.err, wrong.tail()
    assert ctl("status", "--jsom").code == 2
    assert ctl("status", "--url", "http://freshet:secret@127.0.0.1:1").code == 2
    assert ctl("keys", tmp_path / "keys", "--host", "../up").code == 1
    assert ctl("revoke", tmp_path / "no-keys", "join").code == 1
    told = ctl("--help")
    assert told.code == 0 and "Exit codes: 0 done" in told.out
    assert ctl("--version").out.startswith("freshet-ctl ")


def test_a_stop_that_takes_too_long_says_so(freshet, kinesis, ctl, tmp_path):  # noqa: F811
    """Requests that are never answered hold a stop back until its own time is over."""
    stream = kinesis("--stream", "DemoStream:1")
    run = dashboard(
        freshet, tmp_path / "state", "--bind-port", 0, "--processes", 1, "--autostart", "--rate", "1k", "-t", "10m",
        "--batch-size", 20, "--stop-timeout", "6s", "DemoStream", endpoint=stream,
    )  # fmt: skip
    state = ["--state-dir", tmp_path / "state"]

    def events():
        return json.loads(ctl("status", "--json", *state).out)["events"]

    wait_until(lambda: events()["delivered"] > 0, 40, "the load")
    stream.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: events()["in_flight"] > 0, 40, "requests that hang")
        late = ctl("stop", "--timeout", "1s", *state)
        assert late.code == 1 and "has not stopped in time" in late.err, late.tail()
    finally:
        stream.signal(signal.SIGCONT)
    wait_until(lambda: json.loads(ctl("status", "--json", *state).out)["state"] == "stopped", 40, "the end")
    end(run)
