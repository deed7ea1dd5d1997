"""What the integration stories share: running programs bounded in time, and reading a stream back as a customer would."""

import json
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3
import botocore.config

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("FRESHET_BIN") or ROOT / "build" / "dev" / "bin").resolve()
UNDER = shlex.split(os.environ.get("FRESHET_UNDER", ""))  # what runs the programs, as valgrind and its options
ACCESS_KEY, SECRET_KEY, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "eu-central-1"
PATIENCE = 3  # what should be there in 10 s may take so many times as long on a busy machine
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # of those that run stories side by side
SANITIZER = re.compile(
    r"(Address|Leak|Thread|Memory)Sanitizer|runtime error:|^==\d+==\s+(Invalid|Conditional)", re.MULTILINE
)


def program(name):
    path = BIN / name
    assert path.exists(), f"{path} is not built (FRESHET_BIN chooses another folder)"
    return path


def locust():
    """The stock Locust of the environment that runs these tests."""
    path = Path(sys.executable).parent / "locust"
    assert path.exists(), f"{path} is missing: install tests/requirements.txt"
    return path


def free_port():
    """A port for a program that can't let the system choose, or that is to come back to it. It lies below those that
    the system hands out, so that nobody gets it meanwhile; other workers are given others."""
    while True:
        port = 16000 + 1000 * (WORKER % 16) + random.randrange(1000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port not in taken:
                taken.add(port)
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    pass  # somebody else's


taken = set()


def clean_environment(home, credentials=True, **more):
    """Nothing of the caller's AWS, Locust or freshet settings; a value of None removes a variable."""
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": REGION,
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "FRESHET_BIND_PORT": "0",  # so that stories may run beside each other
    }
    for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    if credentials:
        env |= {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    env |= {name: str(value) for name, value in more.items() if value is not None}
    return {name: value for name, value in env.items() if name not in more or more[name] is not None}


def wait_until(condition, timeout=10, what="the condition"):
    """Poll until condition() is true and return its value; fail after PATIENCE times `timeout` seconds."""
    timeout *= PATIENCE
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not come true within {timeout} s"
        time.sleep(0.02)


def children(pid):
    """Process ids of the living children of `pid`."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


class Program:
    """A running program whose output goes to files, so that no pipe can fill up."""

    def __init__(self, name, args, env, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.args = [*UNDER, str(program(name)), *map(str, args)]
        self.out_path, self.err_path = folder / "stdout", folder / "stderr"
        self.killed = False  # by the test: then its way of ending is not judged
        self.orphans = []  # what a killed program had started
        with self.out_path.open("wb") as out, self.err_path.open("wb") as err:
            self.process = subprocess.Popen(
                self.args, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )

    @property
    def pid(self):
        return self.process.pid

    @property
    def out(self):
        return self.out_path.read_text(errors="replace")

    @property
    def err(self):
        return self.err_path.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        if number == signal.SIGKILL:
            self.killed = True
            self.orphans = children(self.pid)
        self.process.send_signal(number)

    def wait_exit(self, timeout):
        """The exit code; one that is still there after PATIENCE times `timeout` seconds is killed and fails the test."""
        timeout *= PATIENCE
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self} still ran after {timeout} s\n{self.tail()}") from None

    def kill(self):
        """End it and all that it started (they share its session)."""
        self.signal(signal.SIGKILL)
        self.end()

    def end(self):
        """Leave nothing of it running, in whatever state the test left it."""
        if self.running():
            self.signal(signal.SIGKILL)
        for pid in self.orphans:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)

    def crashed(self):
        """It was ended by a signal that nobody here sent: a broken promise to itself, most of the time."""
        return not self.killed and (self.process.poll() or 0) < 0

    def tail(self):
        return f"--- stdout\n{self.out[-3000:]}\n--- stderr\n{self.err[-6000:]}"

    def check_sanitizers(self):
        assert not SANITIZER.search(self.err), f"a sanitizer spoke in {self}\n{self.err[-20000:]}"

    def __str__(self):
        return " ".join([*UNDER, Path(self.args[len(UNDER)]).name, *self.args[len(UNDER) + 1 :]])


class Kinesis(Program):
    """A freshet-kinesis. `port` 0 lets the system choose."""

    def __init__(self, args, env, folder, port=0):
        super().__init__("freshet-kinesis", ["--port", port, *args], env, folder)
        pattern = re.compile(r"^freshet-kinesis: listening on (http://[^\s:]+:(\d+))\s*$", re.MULTILINE)

        def listening():
            assert self.running(), f"{self} ended with {self.process.returncode} before it listened\n{self.tail()}"
            return pattern.search(self.out)

        try:
            said = wait_until(listening, 20, f"the listening line of {self}")
        except AssertionError:
            self.kill()
            raise
        self.url, self.port = said.group(1), int(said.group(2))

    def stats(self):
        """What came in: {"records", "bytes", "requests", "shards": {id: records}}."""
        with urllib.request.urlopen(f"{self.url}/_freshet/stats", timeout=10) as answer:
            return json.load(answer)

    def faults(self, **faults):
        request = urllib.request.Request(
            f"{self.url}/_freshet/faults",
            json.dumps(faults).encode(),
            {"Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
            return answer.read()

    def client(self, **more):
        return boto_client(self.url, **more)

    def close(self):
        """End it as a user would and judge how it went."""
        if self.killed:
            self.process.wait(10)
        else:
            assert self.running(), f"{self} died with {self.process.returncode}\n{self.tail()}"
            self.signal(signal.SIGTERM)
            code = self.wait_exit(20)
            assert code in (0, 143, -signal.SIGTERM), f"{self} ended with {code}\n{self.tail()}"
        self.check_sanitizers()


class Freshet(Program):
    """A primary. After wait(): code, out, err, and json (the --json report, None where there is none)."""

    def __init__(self, args, env, folder):
        self.json_path = folder / "report.json"
        reports = ["--json", self.json_path] if "--headless" in args and "--json" not in args else []
        super().__init__("freshet", [*reports, *args], env, folder)
        self.code = None

    @property
    def json(self):
        return json.loads(self.json_path.read_text()) if self.json_path.exists() else None

    def secondaries(self):
        """Process ids of its local secondaries."""
        return children(self.pid)

    def wait(self, timeout=60):
        self.code = self.wait_exit(timeout)
        self.check_sanitizers()
        return self


def boto_client(url, access_key=ACCESS_KEY, secret_key=SECRET_KEY, region=REGION, token=None, **config):
    """A boto3 Kinesis client that never looks for settings elsewhere and waits at most 30 s."""
    options = {"connect_timeout": 10, "read_timeout": 30, "retries": {"max_attempts": 3}} | config
    return boto3.session.Session().client(
        "kinesis",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
        config=botocore.config.Config(**options),
    )


def read_all(client, stream):
    """Every record of the stream, from the oldest to the newest now: {shard id: [record, ...]}."""
    shards = {}
    listed = client.list_shards(StreamName=stream)
    ids = [shard["ShardId"] for shard in listed["Shards"]]
    while listed.get("NextToken"):
        listed = client.list_shards(NextToken=listed["NextToken"])
        ids += [shard["ShardId"] for shard in listed["Shards"]]
    for shard in ids:
        records = shards[shard] = []
        iterator = client.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        iterator = iterator["ShardIterator"]
        while iterator:
            answer = client.get_records(ShardIterator=iterator, Limit=10000)
            records += answer["Records"]
            if not answer["Records"] and answer.get("MillisBehindLatest", 0) == 0:
                break
            iterator = answer.get("NextShardIterator")
    return shards


def readings(shards):
    """The sensor readings in what read_all gave, as a flat list of dicts."""
    return [json.loads(record["Data"]) for records in shards.values() for record in records]


def finished(run):
    """All went well; on a machine too busy to hold a rate in so short a run, 4 says so and the counts hold still."""
    return run.code == 0 or (run.code == 4 and run.json["schedule"]["achieved_ratio"] < 0.95)


def check_ledger(report):
    """Nothing lost, nothing invented."""
    events = report["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"], events
    if report.get("shards"):
        assert sum(shard["events"] for shard in report["shards"]) == events["delivered"], report["shards"]
