"""A Kafka run from the dashboard: properties by the start form, shown and kept without their secrets."""

from test_dashboard_http import dashboard  # noqa: F401 - a fixture


def current(board, name):
    return next(option["current"] for option in board.get("/api/v1/options").json if option["name"] == name)


def test_properties_start_with_the_run_and_secrets_stay(dashboard, tmp_path):  # noqa: F811
    board = dashboard("-X", "client.id=ours", "-X", "sasl.password=hunter1", "kafka://local/sensors").ready()
    assert current(board, "kafka-property") is None, "a form would send back what it can't show"
    assert current(board, "target") == "kafka://local/sensors"

    wrong = board.ask("/api/v1/run", "POST", body={"rate": "1k", "kafka-property": "nonsense=1\nsasl.password=hunter2"})
    assert wrong.status == 422 and "No such configuration property" in wrong.text
    assert board.ask("/api/v1/run", "POST", body={"rate": "1k", "kafka-property": "x\ty=1"}).status == 422
    assert board.state()["run_id"] in (None, ""), "nothing was started"

    run_id = board.start(**{"rate": "1k", "events": "1000", "kafka-property": "acks=1\nsasl.password=hunter3"})
    run = board.until("stopped")
    assert run["events"]["delivered"] == run["events"]["generated"] == 1000
    shards = board.get("/api/v1/shards").json["shards"]
    assert sum(shard["events"] for shard in shards) == 1000
    assert {shard["id"] for shard in shards} <= {f"partition-{number:04d}" for number in range(4)}
    kept = board.get(f"/api/v1/runs/{run_id}").json
    assert kept["settings"]["kafka-property"] == "acks=1\nsasl.password=..."

    board.end()
    said = board.run.out + board.run.err
    assert said.count("has a secret on the command line") == 1
    everything = b"".join(board.everything) + said.encode()
    everything += b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert not [word for word in (b"hunter1", b"hunter2", b"hunter3") if word in everything]


def test_properties_without_secrets_are_offered_again(dashboard):  # noqa: F811
    board = dashboard("-X", "acks=1", "-X", "linger.ms=2", "kafka://local/sensors").ready()
    assert current(board, "kafka-property") == "acks=1\nlinger.ms=2"
    run_id = board.start(rate="1k", events="500")
    board.until("stopped")
    assert board.get(f"/api/v1/runs/{run_id}").json["settings"]["kafka-property"] == "acks=1\nlinger.ms=2"
    board.end()
    assert "has a secret" not in board.run.out + board.run.err
