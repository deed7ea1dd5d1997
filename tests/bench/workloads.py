"""Measure what scripts cost against C, as ratios in one run: whole runs into null:// on one core, and the making alone.

usage: workloads.py [--repeat N] [--seconds S]   (tests/bench/run.sh workloads prepares and calls it)
Everything is CPU time, so that a busy machine does less harm; what is compared is run in turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import bench
import machine

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bench/bin/bench_workload"
WORKLOADS = [
    ("C, built in", None),
    ("scenario, workloads/sensor.lua", "workloads/sensor.lua"),
    ("template of the same reading", "tests/bench/sensor_template.json"),
    ("template as published, workloads/kdg.json", "workloads/kdg.json"),
]
RATIO, FLOOR_PER_S = 0.35, 1_000_000


def measure(core, seconds, batch, path):
    command = machine.pinned(core, [PROGRAM, seconds, batch, *([path] if path else [])])
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, command))} ended with {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def whole_run(core, seconds, path):
    """Events a CPU second of a secondary that floods the null target."""
    option = [] if path is None else ["-f" if path.endswith(".lua") else "--template", ROOT / path]
    with tempfile.TemporaryDirectory() as folder:
        result = bench.freshet(folder, core, max(2, round(seconds)), "-u", 4, "-r", 1000, "--wait-time", "0s", *option,
                               "null://")  # fmt: skip
    return result["events_per_cpu_s_"]


def tell_runs(found):
    print("\n| whole runs into null:// | events a second of CPU | ratio to C | to reach |\n| --- | ---: | ---: | --- |")
    base = statistics.median(found[WORKLOADS[0][0]])
    for name, path in WORKLOADS:
        rate = statistics.median(found[name])
        good = rate / base >= RATIO and rate >= FLOOR_PER_S
        goal = "" if path is None else "reached" if good else f"**missed** ({RATIO})"
        print(f"| {name} | {rate:,.0f} | {rate / base:.2f} | {goal} |")


def tell(found, batch):
    print(f"\n| making alone, batches of {batch} | ns of CPU an event | ratio to C | MiB | grown by, KiB | after |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    base = statistics.median(run["ns_per_event"] for run in found[WORKLOADS[0][0]])
    for name, _ in WORKLOADS:
        runs = found[name]
        cost = statistics.median(run["ns_per_event"] for run in runs)
        grown = max(run["kib"] - run["warm_kib"] for run in runs)
        print(f"| {name} | {cost:.1f} | {base / cost:.2f} | {runs[-1]['kib'] / 1024:.1f} "
              f"| {grown} | {max(run['events'] for run in runs) / 1e6:.0f} M events |")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--seconds", type=float, default=4, help="length of each measurement, CPU time")
    arguments = parser.parse_args()
    core = min(os.sched_getaffinity(0))
    runs = {name: [] for name, _ in WORKLOADS}
    for _ in range(arguments.repeat):
        for name, path in WORKLOADS:
            runs[name].append(whole_run(core, arguments.seconds, path))
    tell_runs(runs)
    for batch in (500, 10):
        found = {name: [] for name, _ in WORKLOADS}
        for _ in range(arguments.repeat):
            for name, path in WORKLOADS:
                found[name].append(measure(core, arguments.seconds, batch, path))
        tell(found, batch)


if __name__ == "__main__":
    main()
