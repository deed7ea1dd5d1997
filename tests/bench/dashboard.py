"""What the dashboard costs a running load: 50 live streams and 1,000 requests/s to the API, with and without, in turns.

usage: dashboard.py [--load null,stream,rate] [--streams 50] [--requests 1000] [--repeat 12] [--seconds 2]
       (needs cmake --build --preset release)
One secondary has a core of its own; the primary, which serves the dashboard, the visitors and freshet-kinesis share the
others. The loads: null, as fast as it can into null://; stream, as fast as it can into freshet-kinesis --discard; rate,
100,000 events/s into the same. What counts is the median of the one-second rates with the visitors against the median
without them; beside it stand events by CPU second of the secondary, which neighbours on the machine disturb less, and the
CPU that the primary and the visitors took. With the right to it, all of it runs before its neighbours (nice).
"""

import argparse
import base64
import json
import os
import re
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("FRESHET_BIN") or ROOT / "build/release/bin")
PASSWORD = "made up for this bench"
LOGIN = "Authorization: Basic " + base64.b64encode(f"freshet:{PASSWORD}".encode()).decode()
PATHS = ("api/v1/run", "stats/requests", "api/v1/secondaries", "api/v1/series?points=300", "api/v1/run", "metrics")
CONNECTIONS = 10  # that the requests are spread over
GOAL = 0.95
LOADS = {
    "null": {"target": "null://", "users": "4", "spawn-rate": "1000", "wait-time": "0s"},
    "stream": {"target": "kinesis://Bench", "users": "16", "spawn-rate": "1000", "wait-time": "0s"},
    "rate": {"target": "kinesis://Bench", "rate": "100k"},
}


# ---- the visitors, in a process of their own: one loop that costs little itself ----


class Visitors:
    def __init__(self, port, streams, requests):
        self.port, self.requests = port, requests
        self.poll = select.epoll()
        self.live, self.busy, self.idle = {}, {}, []
        self.answers = self.events = self.late = self.number = 0
        for _ in range(streams):
            one = self.open()
            one.sendall(self.request("api/v1/live"))
            self.live[one.fileno()] = one
        for _ in range(CONNECTIONS if requests else 0):
            self.idle.append(self.open())

    def open(self):
        one = socket.create_connection(("127.0.0.1", self.port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.poll.register(one.fileno(), select.EPOLLIN)
        return one

    def request(self, path):
        return f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{LOGIN}\r\n\r\n".encode()

    def ask(self):
        if not self.idle:
            self.late += 1
            return False
        one = self.idle.pop(0)
        self.busy[one.fileno()] = [one, 0]
        one.sendall(self.request(PATHS[self.number % len(PATHS)]))
        self.number += 1
        return True

    def read(self, handle):
        if handle in self.live:
            got = self.live[handle].recv(1 << 20)
            self.events += got.count(b"event: run")
        elif handle in self.busy:
            got = self.take(self.busy[handle], handle)
        else:
            got = b""
        if not got:
            raise SystemExit("a visitor was sent away")

    def take(self, state, handle):
        """A piece of an answer; state[1] is what is still to come of it."""
        one, left = state
        got = one.recv(1 << 20)
        if left == 0 and got:
            if not got.startswith(b"HTTP/1.1 200 "):
                raise SystemExit(f"a visitor was refused: {got[:200]}")
            head = got.index(b"\r\n\r\n")
            left = head + 4 + int(re.search(rb"(?i)content-length: *(\d+)", got[:head]).group(1))
        state[1] = left - len(got)
        if state[1] == 0:
            self.answers += 1
            self.idle.append(self.busy.pop(handle)[0])
        return got

    def stay(self, seconds):
        began = due = time.monotonic()
        while (now := time.monotonic()) < began + seconds:
            if self.requests and due <= now:
                due = due + 1 / self.requests if self.ask() else now + 0.001
            wait = (due if self.requests else began + seconds) - time.monotonic()
            for handle, _ in self.poll.poll(max(0, min(wait, began + seconds - now))):
                self.read(handle)
        return {"answers": self.answers / seconds, "events": self.events, "late": self.late}


# ---- the load ----


def get(port, path, body=None):
    headers = {"Content-Type": "application/json"} if body else {}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", body and json.dumps(body).encode(), headers)
    asked.add_header(*LOGIN.split(": ", 1))
    with urllib.request.urlopen(asked, timeout=20) as given:
        return json.load(given)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise SystemExit("bench: the primary did not get that far")
        time.sleep(0.05)
    return value


def cpu_s(pid):
    """CPU seconds of all threads, to the nanosecond."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def first_child(pid):
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def keep_off(core, *pids):
    """All threads of these processes, and this one with what it starts, stay away from the secondary's core."""
    others = os.sched_getaffinity(0) - {core}
    if not others:
        return
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), others)
    os.sched_setaffinity(0, others)


class Measure:
    def __init__(self, pid, port, arguments):
        self.pid, self.port, self.arguments = pid, port, arguments
        self.secondary = first_child(pid)

    def slice(self, visited):
        """One-second rates, events by CPU second of the secondary, and the CPU shares of all."""
        visitors = None
        if visited:
            options = ["--visit", self.port, "--streams", self.arguments.streams, "--requests", self.arguments.requests]
            command = [sys.executable, __file__, *options, "--seconds", self.arguments.seconds + 1.5]
            visitors = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
        time.sleep(1)  # all have come
        watched = {"primary": self.pid, "secondary": self.secondary, **({"visitors": visitors.pid} if visitors else {})}
        first = get(self.port, "api/v1/run")
        cpu, began = {name: cpu_s(pid) for name, pid in watched.items()}, time.monotonic()
        time.sleep(self.arguments.seconds)
        cpu, took = {name: cpu_s(pid) - cpu[name] for name, pid in watched.items()}, time.monotonic() - began
        last = get(self.port, "api/v1/run")
        series = get(self.port, f"api/v1/series?points=1000&from={first['elapsed_s'] + 0.1}&to={last['elapsed_s']}")
        seen = {"answers": 0, "events": 0, "late": 0}
        if visitors is not None:
            out, _ = visitors.communicate(timeout=30)
            if visitors.returncode != 0:
                raise SystemExit("bench: the visitors failed")
            seen = json.loads(out)
        delivered = series["columns"]["delivered"]
        return {"rates": delivered, "by_cpu": statistics.median(delivered) * took / max(cpu["secondary"], 1e-3),
                **{name: spent / took for name, spent in cpu.items()}, **seen}  # fmt: skip


def start(folder, name, *command):
    env = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "FRESHET_WEB_PASSWORD": PASSWORD,
           "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "eu-central-1",
           "AWS_EC2_METADATA_DISABLED": "true"}  # fmt: skip
    out = Path(folder) / name
    with out.open("wb") as file:
        return subprocess.Popen(list(map(str, command)), env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file), out


def measure(folder, load, arguments):
    allowed, started = os.sched_getaffinity(0), []
    settings = dict(LOADS[load])
    try:
        if settings["target"].startswith("kinesis:"):
            kinesis, out = start(folder, f"kinesis-{load}", BIN / "freshet-kinesis", "--port", 0, "--discard", "--stream", "Bench:4")
            started.append(kinesis)
            settings["endpoint-url"] = until(lambda: re.search(r"http://\S+:\d+", out.read_text())).group(0)
        primary, out = start(folder, f"primary-{load}", BIN / "freshet", "--processes", 1, "--web-port", 0, "--bind-port", 0,
                             "--state-dir", f"{folder}/state")  # fmt: skip
        started.append(primary)
        port = int(until(lambda: re.search(r"dashboard at http://[^:]+:(\d+)", out.read_text())).group(1))
        until(lambda: get(port, "api/v1/run")["secondaries"])
        core = min(os.sched_getaffinity(first_child(primary.pid)))
        keep_off(core, *(one.pid for one in started))
        get(port, "api/v1/run", settings)
        until(lambda: get(port, "api/v1/run")["state"] == "running")
        time.sleep(2)
        at = Measure(primary.pid, port, arguments)
        return [(at.slice(False), at.slice(True)) for _ in range(arguments.repeat)]
    finally:
        for one in reversed(started):
            one.terminate()
            one.wait(30)
        os.sched_setaffinity(0, allowed)


def rates(slices, which):
    return [rate for pair in slices for rate in pair[which]["rates"]]


def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3


def tell(load, slices, arguments):
    """Prints one load's table; returns whether it keeps enough of its rate."""
    print(f"\n{load}: {' '.join(f'--{name} {value}' for name, value in LOADS[load].items())}\n")
    print("| turn | events/s without | with | ratio | by CPU time | secondary's CPU | with | primary's CPU | with | visitors' CPU | "
          "requests/s | live events |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    ratios, by_cpu = [], []
    for turn, (alone, with_) in enumerate(slices, 1):
        before, after = statistics.median(alone["rates"]), statistics.median(with_["rates"])
        ratios.append(after / before)
        by_cpu.append(with_["by_cpu"] / alone["by_cpu"])
        print(f"| {turn} | {before:,.0f} | {after:,.0f} | {ratios[-1]:.3f} | {by_cpu[-1]:.3f} | {alone['secondary']:.0%} | "
              f"{with_['secondary']:.0%} | {alone['primary']:.1%} | {with_['primary']:.1%} | {with_['visitors']:.1%} | "
              f"{with_['answers']:,.0f} | {with_['events']} |")  # fmt: skip
    ratio = statistics.median(rates(slices, 1)) / statistics.median(rates(slices, 0))
    low, _, high = quartiles(ratios)
    calm = quartiles(rates(slices, 1))[2] / quartiles(rates(slices, 0))[2]  # a neighbour only ever takes from a rate
    cpu_low, cpu, cpu_high = quartiles(by_cpu)
    spent = statistics.median(with_["primary"] - alone["primary"] for alone, with_ in slices)
    print(f"\n{load}: the load keeps {ratio:.1%} of its rate (turns: {low:.1%} to {high:.1%} in the middle half; the upper "
          f"quartile keeps {calm:.1%}), {cpu:.1%} by CPU "
          f"time ({cpu_low:.1%} to {cpu_high:.1%}), with {arguments.streams} live streams and {arguments.requests:,} requests/s; "
          f"they cost the primary {spent:.1%} of a core")  # fmt: skip
    quiet = load == "rate" or min(one["secondary"] for pair in slices for one in pair) > 0.95
    if not quiet:
        print("the secondary waited: for its core, or for a target that shares one with the visitors; the CPU time has to judge")
    good = (ratio if quiet else cpu) > GOAL
    print(f"the goal, at least {GOAL:.0%}, is", "met" if good else "MISSED")
    return good


def go_first(nice):
    """All of the bench before its neighbours, where that is allowed: by process, and by session where the kernel weighs those."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        Path("/proc/self/autogroup").write_text(str(nice))
    except OSError:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--load", default="null,stream,rate", help="which, with commas between")
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--visit", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.visit:
        print(json.dumps(Visitors(arguments.visit, arguments.streams, arguments.requests).stay(arguments.seconds)))
        return
    good = True
    go_first(-20)
    try:
        for load in arguments.load.split(","):
            with tempfile.TemporaryDirectory() as folder:
                good = tell(load, measure(folder, load, arguments), arguments) and good
    finally:
        go_first(0)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
