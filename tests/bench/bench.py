"""Measure freshet as ratios, in one run on one machine; what is compared is run in turns.

usage: bench.py [--quick] [--repeat N] [--seconds S] [--without-locust]   (tests/bench/run.sh prepares and calls it)
The driver (freshet-secondary, libcurl alone, Locust) has one core, nginx another.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build/bench/bin"


def environment(folder, **more):
    return {
        "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "eu-central-1", **more,
    }  # fmt: skip


def run_json(command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, **more)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def status(pid):
    """CPU seconds and peak resident MiB of a process, or None when it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        peak = re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())
        ticks = os.sysconf("SC_CLK_TCK")
        return (int(fields[11]) + int(fields[12])) / ticks, int(peak.group(1)) / 1024 if peak else 0
    except (OSError, IndexError):
        return None


def freshet(folder, core, seconds, *args):
    """One secondary on one core: its report, and "events_per_s_", "events_per_cpu_s_" and "rss_mib_" of our own."""
    report = Path(folder) / "report.json"
    report.unlink(missing_ok=True)
    command = machine.pinned(core, [BIN / "freshet", "--headless", "--processes", 1, "-t", f"{seconds}s", "--only-summary",
                                    "--json", report, *args])  # fmt: skip
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, env=environment(folder), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        cpu, rss = 0.0, 0.0
        end = time.monotonic() + seconds + 60
        while process.poll() is None:
            for pid in children(process.pid):
                seen = status(pid)
                cpu, rss = max(cpu, seen[0] if seen else 0), max(rss, seen[1] if seen else 0)
            if time.monotonic() > end:
                process.kill()
            time.sleep(0.1)
        out.seek(0)
        said = out.read().decode(errors="replace")
    if not report.exists():
        raise SystemExit(f"bench: {' '.join(map(str, command))} ended with {process.returncode}\n{said}")
    result = json.loads(report.read_text())
    if result["events"]["failed"] or result["events"]["unknown"] or not result["events"]["delivered"]:
        raise SystemExit(f"bench: not all was delivered: {result['events']} {result['errors']}\n{said}")
    result["events_per_s_"] = result["events"]["delivered"] / result["duration_s"]
    result["events_per_cpu_s_"] = result["events"]["delivered"] / max(cpu, 0.01)
    result["rss_mib_"] = rss
    return result


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def locust(python, folder, core, url, batch, seconds):
    command = machine.pinned(core, [Path(python).parent / "locust", "-f", ROOT / "tests/bench/locustfile.py", "--headless",
                                    "-u", 4, "-r", 4, "-t", f"{seconds}s", "--json", "--only-summary"])  # fmt: skip
    env = environment(folder, BENCH_URL=url, BENCH_BATCH=str(batch))
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=seconds + 60)
    try:
        entry = json.loads(done.stdout[done.stdout.index("[") :])[0]
    except (ValueError, IndexError):
        raise SystemExit(f"bench: Locust gave no numbers\n{done.stdout}\n{done.stderr}") from None
    if entry["num_failures"]:
        raise SystemExit(f"bench: Locust failed\n{done.stderr}")
    return entry["num_requests"] * batch / (entry["last_request_timestamp"] - entry["start_time"])


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "|".join(" --- " if not index else " ---: " for index in range(len(head))) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def measure(arguments, folder, cores):
    """Every repetition measures everything once, so that a slow minute of the machine hits all alike."""
    driver, server = cores
    nginx_program = machine.find_nginx()
    batches = (500, 10)
    connections = (4, 16) if arguments.quick else (1, 4, 16, 64)
    seconds = arguments.seconds
    found = {}

    def note(key, value):
        found.setdefault(key, []).append(value)
        print(f"  {' '.join(map(str, key)):<28} {value:>14,.1f}", flush=True)

    nginx = machine.Nginx(nginx_program, folder, server, batches)
    try:
        for repetition in range(arguments.repeat):
            print(f"round {repetition + 1} of {arguments.repeat}", flush=True)
            generated = run_json(machine.pinned(driver, [BIN / "bench_generate", min(seconds, 2)]))
            note(("generate ns",), generated["ns_per_event"])
            null = freshet(folder, driver, seconds, "-u", 4, "-r", 1000, "--batch-size", 500, "--wait-time", "0s", "null://")
            note(("null events/s",), null["events_per_s_"])
            for batch in batches:
                for count in connections:
                    ceiling = run_json(
                        machine.pinned(driver, [BIN / "bench_ceiling", nginx.url(batch), batch, count, seconds])
                    )
                    note(("ceiling", batch, count), ceiling["events_per_s"])
                    note(("ceiling CPU ns", batch, count), 1e9 * ceiling["cpu_share"] / ceiling["events_per_s"])
                    ours = freshet(
                        folder, driver, seconds, "-u", count, "-r", 1000, "--wait-time", "0s", "--batch-size", batch,
                        "--max-connections", count, "--endpoint-url", nginx.url(batch), "DemoStream",
                    )  # fmt: skip
                    note(("freshet", batch, count), ours["events_per_s_"])
                    note(("freshet CPU ns", batch, count), 1e9 / ours["events_per_cpu_s_"])
                    note(("MiB", batch, count), ours["rss_mib_"])
                if not arguments.without_locust:
                    locust_s = 5 if arguments.quick else 10
                    note(("locust", batch), locust(sys.executable, folder, driver, nginx.url(batch), batch, locust_s))
    finally:
        nginx.close()
    return {key: statistics.median(values) for key, values in found.items()}, batches, connections, nginx_program


def tell(arguments, found, batches, connections, nginx_program):
    yield ""
    rows = [
        [f"batch {batch}, {count} connections", f"{found['freshet', batch, count]:,.0f}",
         f"{found['ceiling', batch, count]:,.0f}",
         f"{found['freshet', batch, count] / found['ceiling', batch, count]:.2f}",
         f"{found['freshet CPU ns', batch, count]:,.0f}", f"{found['ceiling CPU ns', batch, count]:,.0f}",
         f"{found['ceiling CPU ns', batch, count] / found['freshet CPU ns', batch, count]:.2f}",
         f"{found['MiB', batch, count]:.0f}"]
        for batch in batches for count in connections
    ]  # fmt: skip
    head = ["one secondary on one core", "freshet, events/s", "libcurl alone, events/s", "share",
            "freshet, ns of CPU an event", "libcurl alone, ns", "share", "MiB"]  # fmt: skip
    yield from table(head, rows)
    yield ""
    goals = []
    for batch, times in ((500, 34), (10, 40)):
        best = max(found["freshet", batch, count] for count in connections)
        if ("locust", batch) in found:
            locust_rate = found["locust", batch]
            goals.append([f"batch {batch} against Locust + boto3 ({locust_rate:,.0f}/s)", f"{best / locust_rate:.0f} times",
                          f"{times} times", mark(best / locust_rate >= times)])  # fmt: skip
    share = max(found["freshet", 500, c] for c in connections) / max(found["ceiling", 500, c] for c in connections)
    goals.append(["batch 500, best against libcurl's best", f"{share:.2f}", "0.75", mark(share >= 0.75)])
    like = found["freshet", 500, 4] / found["ceiling", 500, 4]  # where the reference was measured
    goals.append(["batch 500, 4 connections against libcurl's 4", f"{like:.2f}", "0.75", mark(like >= 0.75)])
    best = max(found["freshet", 500, count] for count in connections)
    goals.append(["batch 500, events/s on one core", f"{best:,.0f}", "2,000,000", mark(best >= 2e6)])
    cost = found["generate ns",]
    goals.append(["generate and encode a reading", f"{cost:.0f} ns", "80 ns", mark(cost <= 80)])
    memory = max(value for key, value in found.items() if key[0] == "MiB")
    goals.append(["memory of a secondary at full rate", f"{memory:.0f} MiB", "64 MiB", mark(memory <= 64)])
    goals.append(["null://, events/s on one core", f"{found['null events/s',]:,.0f}", "", ""])
    yield from table(["what", "measured", "to reach", ""], goals)
    yield ""
    rounds = f"medians of {arguments.repeat} rounds of {arguments.seconds} s each"
    yield f"`sh tests/bench/run.sh{' --quick' if arguments.quick else ''}`, {rounds}, on:"
    for fact in machine.facts(nginx_program, sys.executable):
        yield f"- {fact}"


def mark(reached):
    return "reached" if reached else "**missed**"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round with fewer connections")
    parser.add_argument("--repeat", type=int, help="rounds (3; quick: 1)")
    parser.add_argument("--seconds", type=int, help="length of each measurement (5; quick: 2)")
    parser.add_argument("--without-locust", action="store_true")
    arguments = parser.parse_args()
    arguments.repeat = arguments.repeat or (1 if arguments.quick else 3)
    arguments.seconds = arguments.seconds or (2 if arguments.quick else 5)
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise SystemExit("bench: two cores are needed, one for the driver and one for nginx")
    with tempfile.TemporaryDirectory(prefix="freshet-bench-") as folder:
        lines = list(tell(arguments, *measure(arguments, folder, cores)))
    text = "\n".join(lines) + "\n"
    print(text)
    (ROOT / "build/bench/result.md").write_text(text.lstrip("\n"))


if __name__ == "__main__":
    main()
