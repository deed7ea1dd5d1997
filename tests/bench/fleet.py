"""What secondaries cost their primary: simulated ones (bench_fleet) against a real primary with its dashboard open.

usage: fleet.py [--fleet 1000] [--fleet 5000] [--seconds 20] [--rate 1000]   (sh tests/bench/run.sh fleet builds and starts it)
Each secondary has its own connection, beats its heart and reports once a second. A live stream of the dashboard is open
all the time. Printed per size: the primary's CPU, how old a picture is when the stream brings it, memory, how long answers
to heartbeats take, and how long it takes until a start, an edit and a stop have reached everybody. Fails where the books do
not agree with what the secondaries counted, or a goal at 1,000 is missed.
"""

import argparse
import base64
import datetime
import http.client
import json
import os
import platform
import re
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("FRESHET_BIN") or ROOT / "build/bench/bin")
BUSY = 0.3  # of the machine taken by others: then times are theirs, and only counts and the primary's own CPU are judged
PASSWORD = "made up for this bench"
LOGIN = "Basic " + base64.b64encode(f"freshet:{PASSWORD}".encode()).decode()


def ask(port, path, body=None, method=None):
    data = json.dumps(body).encode() if body is not None else None
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", data, {"Authorization": LOGIN}, method=method)
    if body is not None:
        asked.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(asked, timeout=60) as given:
        return json.load(given)


def until(what, condition, seconds=90):
    """Seconds that it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise SystemExit(f"bench: {what} did not come within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - began


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def threads_cpu_s(pid):
    out = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        name = (task / "comm").read_text().strip()
        out[name] = out.get(name, 0) + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return out


def machine_cpu_s():
    """Of all processes, on all cores."""
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]))
    return (sum(fields[:3]) + sum(fields[5:8])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid):
    return int(re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


class Live(threading.Thread):
    """A dashboard that is looked at: the age of every picture at its arrival, and its size."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.ages_ms, self.sizes, self.last = [], [], None

    def run(self):
        self.connection.request("GET", "/api/v1/live", headers={"Authorization": LOGIN})
        answer = self.connection.getresponse()
        while line := answer.readline():
            if not line.startswith(b"data: {"):
                continue
            now = time.time()
            document = json.loads(line[6:])
            if "now" not in document:
                continue
            made = datetime.datetime.fromisoformat(document["now"]).timestamp()
            self.ages_ms.append((now - made) * 1000)
            self.sizes.append(len(line))
            self.last = document


def at(values, quantile):
    return sorted(values)[min(len(values) - 1, int(len(values) * quantile))] if values else float("nan")


class Bench:
    def __init__(self, folder, count, arguments):
        self.count, self.arguments, self.row = count, arguments, {}
        env = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "FRESHET_WEB_PASSWORD": PASSWORD}
        command = [BIN / "freshet", "--processes", 0, "--plaintext", "--web-port", 0, "--bind-port", 0,
                   "--state-dir", f"{folder}/state"]  # fmt: skip
        self.out = Path(folder) / "out"
        with self.out.open("wb") as file:
            self.primary = subprocess.Popen(list(map(str, command)), env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.fleet = None

    def said(self, pattern):
        found = re.search(pattern, self.out.read_text(errors="replace"))
        return found and found.group(1)

    def running(self):
        return ask(self.port, "api/v1/run")["state"] == "running"

    def rate_of(self, rate):
        return lambda: abs((self.live.last or {}).get("now_per_s", {}).get("delivered", 0) - rate) < rate / 50

    def measure(self):
        row, rate = self.row, self.count * self.arguments.rate
        until("the dashboard", lambda: self.said(r"dashboard at http://[^:]+:(\d+)"))
        self.port, pid = int(self.said(r"dashboard at http://[^:]+:(\d+)")), self.primary.pid
        bind = self.said(r"host=127.0.0.1 port=(\d+)")
        self.fleet = subprocess.Popen([BIN / "bench_fleet", bind, str(self.count)], stdout=subprocess.PIPE, text=True)
        row["join_s"] = until("everybody", lambda: ask(self.port, "worker-count")["worker_count"] == self.count)
        self.live = Live(self.port)
        self.live.start()
        began = time.monotonic()
        ask(self.port, "api/v1/run", {"target": "null://", "rate": str(rate)})
        until("the start", self.running)
        row["start_s"] = time.monotonic() - began
        time.sleep(3)
        first, threads, wall = cpu_s(pid), threads_cpu_s(pid), time.monotonic()
        own = [pid, self.fleet.pid, os.getpid()]
        others = machine_cpu_s() - sum(map(cpu_s, own))
        del self.live.ages_ms[:]
        time.sleep(self.arguments.seconds)
        took = time.monotonic() - wall
        row["cpu"] = (cpu_s(pid) - first) / took
        row["others"] = (machine_cpu_s() - sum(map(cpu_s, own)) - others) / took / len(os.sched_getaffinity(0))
        row["threads"] = {name: (cpu - threads.get(name, 0)) / took for name, cpu in threads_cpu_s(pid).items()}
        row["ages_ms"], row["picture"], row["memory_mib"] = list(self.live.ages_ms), self.live.sizes[-1], memory_mib(pid)
        began = time.monotonic()
        ask(self.port, "api/v1/run", {"rate": str(rate * 2)}, "PATCH")
        until("the edit", self.rate_of(rate * 2))
        row["edit_s"] = time.monotonic() - began
        began = time.monotonic()
        ask(self.port, "stop", method="POST")
        until("the stop", lambda: ask(self.port, "api/v1/run")["state"] == "stopped")
        row["stop_s"] = time.monotonic() - began
        row["events"] = ask(self.port, "api/v1/run")["events"]
        self.primary.terminate()
        row["exit"] = self.primary.wait(60)
        self.fleet.terminate()
        row["fleet"] = json.loads(self.fleet.communicate(timeout=60)[0])
        row["log"] = [line for line in self.out.read_text().splitlines() if " WARNING " in line or " ERROR " in line]
        return row

    def close(self):
        for process in (self.primary, self.fleet):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


def judge(count, row):
    """What is wrong with it."""
    events, fleet = row["events"], row["fleet"]
    wrong = []
    if (events["generated"], events["delivered"]) != (fleet["generated"], fleet["delivered"]):
        wrong.append(f"the books say {events}, the secondaries {fleet}")
    if events["generated"] != events["delivered"] + events["failed"] + events["unknown"]:
        wrong.append(f"the books don't balance: {events}")
    if row["exit"] != 0 or (row["log"] and row["others"] < BUSY):
        wrong.append(f"exit code {row['exit']}, and the log has {row['log'][:5]}")
    if count <= 1000 and row["cpu"] >= 0.5:
        wrong.append(f"the primary took {row['cpu']:.0%} of a core: 50 % is the goal")
    if count <= 1000 and at(row["ages_ms"], 0.99) >= 100 and row["others"] < BUSY:
        wrong.append(f"a picture was {at(row['ages_ms'], 0.99):.0f} ms old: 100 ms is the goal")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--fleet", type=int, action="append")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=int, default=1000, help="events/s of each")
    parser.add_argument("--threads", action="store_true", help="the CPU of each of the primary's threads, too")
    arguments = parser.parse_args()
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    print(f"{cpu.group(1) if cpu else platform.machine()}, {len(os.sched_getaffinity(0))} cores, Linux {platform.release()}")
    print("\n| secondaries | primary's CPU, of a core | picture's age p50 / p99 / max, ms | picture, KiB | memory, MiB | "
          "heartbeat p50 / p99 / max, ms | join s | start s | edit s | stop s | others' share of the machine |")  # fmt: skip
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    problems = []
    for count in arguments.fleet or [1000, 5000]:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(folder, count, arguments)
            try:
                row = bench.measure()
            finally:
                bench.close()
        ages, trip = row["ages_ms"], row["fleet"]["round_trip_us"]
        print(f"| {count:,} | {row['cpu']:.0%} | {at(ages, 0.5):.0f} / {at(ages, 0.99):.0f} / {max(ages):.0f} | {row['picture'] / 1024:,.0f} | "
              f"{row['memory_mib']:,.0f} | {trip['p50'] / 1e3:.1f} / {trip['p99'] / 1e3:.1f} / {trip['max'] / 1e3:.0f} | {row['join_s']:.1f} | "
              f"{row['start_s']:.1f} | {row['edit_s']:.1f} | {row['stop_s']:.1f} | {row['others']:.0%} |", flush=True)  # fmt: skip
        if arguments.threads:
            print(f"\n{ {name: f'{cpu:.1%}' for name, cpu in sorted(row['threads'].items())} }\n{row['fleet']}\n")
        problems += [f"{count}: {wrong}" for wrong in judge(count, row)]
    for problem in problems:
        print(f"\nMISSED {problem}")
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()
