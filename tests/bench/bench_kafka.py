"""Measure freshet's Kafka sink as ratios, in one run on one machine; what is compared is run in turns.

usage: bench_kafka.py [--quick] [--repeat N] [--seconds S]   (tests/bench/run.sh kafka prepares and calls it)
One secondary sends 117-byte keyed readings to freshet-kafka (librdkafka's mock cluster) and to a real Apache Kafka of
one broker. Beside it: librdkafka alone (bench_kafka_ceiling: fixed readings), Kafka's own producer-perf-test with the
same settings (which the mock cluster of librdkafka does not understand), and null://. The driver has one core, as every local secondary has, and the cluster another. Compared
is what a second of the driver's CPU time brings: that hardly changes with the other work on the machine.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import bench
import machine

sys.path.insert(0, str(bench.ROOT / "tests/integration"))
import kafka_broker  # noqa: E402

PARTITIONS, USERS, BATCH = 4, 64, 500
IN_FLIGHT = USERS * BATCH
# As the sink's own defaults; librdkafka alone gets the same number of events in flight, which serves it best.
LIBRDKAFKA = {
    "acks": "all", "linger.ms": 5, "batch.size": 1_000_000, "compression.type": "none", "socket.nagle.disable": "true",
    "allow.auto.create.topics": "false", "queue.buffering.max.kbytes": 131_072, "queue.buffering.max.messages": IN_FLIGHT,
}  # fmt: skip
JAVA = {
    "acks": "all", "enable.idempotence": "false", "linger.ms": 5, "batch.size": 1_000_000, "compression.type": "none",
    "buffer.memory": 131_072 * 1024,
}  # fmt: skip
EVENT_BYTES = 117
WARM_EVENTS = 1_000_000  # of Kafka's perf-test: its start and the compiling of its code are taken off


def words(properties):
    return [f"{name}={value}" for name, value in properties.items()]


class Mock:
    name = "mock cluster"
    serves_java = False  # the topic never appears in the metadata that Kafka's own client takes from it

    def __init__(self, folder, core):
        command = machine.pinned(core, [bench.BIN / "freshet-kafka", "--partitions", PARTITIONS])
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.brokers = self.process.stdout.readline().rpartition(" ")[2].strip()

    def topic(self):
        return "sensors"

    def done(self, topic):
        pass

    def close(self):
        self.process.terminate()
        self.process.wait(20)


class Broker:
    name = "Kafka"
    serves_java = True

    def __init__(self, folder, core):
        ours = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {core})  # what it starts inherits it
        self.cluster = kafka_broker.Cluster(Path(folder) / "kafka")
        os.sched_setaffinity(0, ours)
        self.cluster.wait()
        self.brokers = self.cluster.bootstrap
        self.count = 0

    def topic(self):
        """A new one each time: what lies there already costs the next measurement nothing."""
        self.count += 1
        return self.cluster.create(f"bench-{self.count}", PARTITIONS, **{"file.delete.delay.ms": "100"})

    def done(self, topic):
        self.cluster.delete(topic)

    def close(self):
        self.cluster.close()


def perf_test(core, brokers, topic, count):
    """Kafka's own producer: events/s as it says, and the CPU seconds of its process."""
    command = machine.pinned(core, kafka_broker.java_command("org.apache.kafka.tools.ProducerPerformance", ("-Xmx512m",)))
    command.remove("-XX:TieredStopAtLevel=1")  # the best that its compiler can do
    command += ["--topic", topic, "--num-records", str(count), "--record-size", str(EVENT_BYTES), "--throughput", "-1",
                "--producer-props", f"bootstrap.servers={brokers}", *words(JAVA)]  # fmt: skip
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(["timeout", "120", *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        _pid, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        out.seek(0)
        said = out.read().decode(errors="replace")
    rates = re.findall(rf"^{count} records sent, ([\d.]+) records/sec", said, re.MULTILINE)
    if process.returncode != 0 or not rates:
        raise SystemExit(f"bench: kafka-producer-perf-test ended with {process.returncode}\n{said[-4000:]}")
    return float(rates[-1]), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def round_of(server, core, seconds, folder, note):
    def turn(measure):
        topic = server.topic()
        try:
            return measure(topic)
        finally:
            server.done(topic)

    ceiling = turn(lambda topic: bench.run_json(
        machine.pinned(core, [bench.BIN / "bench_kafka_ceiling", server.brokers, topic, seconds, *words(LIBRDKAFKA)])
    ))  # fmt: skip
    note((server.name, "librdkafka alone"), ceiling["events_per_cpu_s"], ceiling["events_per_s"])
    ours = turn(lambda topic: bench.freshet(
        folder, core, seconds, "--bind-port", 0, "-u", USERS, "-r", 1000, "--wait-time", "0s", "--batch-size", BATCH,
        f"kafka://{server.brokers}/{topic}",
    ))  # fmt: skip
    note((server.name, "freshet"), ours["events_per_cpu_s_"], ours["events_per_s_"], ours["rss_mib_"])
    if not server.serves_java:
        return
    count = seconds * 1_000_000
    _rate, warm_s, _rss = turn(lambda topic: perf_test(core, server.brokers, topic, WARM_EVENTS))
    rate, whole_s, rss = turn(lambda topic: perf_test(core, server.brokers, topic, WARM_EVENTS + count))
    note((server.name, "perf-test"), count / max(whole_s - warm_s, 0.01), rate, rss)


def measure(arguments, folder, cores):
    """Every repetition measures everything once, so that a slow minute of the machine hits all alike."""
    driver, other = cores
    found = {}

    def note(key, per_cpu_s, per_s, mib=0.0):
        found.setdefault(key, []).append((per_cpu_s, per_s, mib))
        print(f"  {' '.join(key):<30} {per_cpu_s:>12,.0f} a CPU second {per_s:>12,.0f}/s", flush=True)

    servers = []
    try:
        for kind in (Mock, Broker):
            servers.append(kind(folder, other))
        for repetition in range(arguments.repeat):
            print(f"round {repetition + 1} of {arguments.repeat}", flush=True)
            null = bench.freshet(folder, driver, arguments.seconds, "--bind-port", 0, "-u", 4, "-r", 1000,
                                 "--wait-time", "0s", "null://")  # fmt: skip
            note(("null://", "freshet"), null["events_per_cpu_s_"], null["events_per_s_"], null["rss_mib_"])
            for server in servers:
                round_of(server, driver, arguments.seconds, folder, note)
    finally:
        for server in servers:
            server.close()
    return {key: [statistics.median(column) for column in zip(*values)] for key, values in found.items()}


def tell(arguments, found):
    yield ""
    none = [0.0, 0.0, 0.0]
    rows, goals = [], []
    for server in (Mock, Broker):
        ours, alone = found[server.name, "freshet"], found[server.name, "librdkafka alone"]
        java = found[server.name, "perf-test"] if server.serves_java else none
        for number, unit in enumerate(("a CPU second", "a second")):
            rows.append([
                f"{server.name}, events {unit}", f"{ours[number]:,.0f}", f"{alone[number]:,.0f}",
                f"{ours[number] / alone[number]:.2f}", f"{java[number]:,.0f}" if server.serves_java else "",
                f"{ours[number] / java[number]:.2f}" if server.serves_java else "",
            ])  # fmt: skip
        share = ours[0] / alone[0]
        goals.append([f"{server.name}: against librdkafka alone, by CPU", f"{share:.2f}", "0.75", bench.mark(share >= 0.75)])
        if server.serves_java:
            share = ours[0] / java[0]
            goals.append([f"{server.name}: against producer-perf-test, by CPU", f"{share:.2f}", "1.00", bench.mark(share >= 1)])
        goals.append([f"{server.name}: memory of a secondary", f"{ours[2]:.0f} MiB", "256 MiB", bench.mark(ours[2] <= 256)])
    head = ["one secondary on one core", "freshet", "librdkafka alone", "share", "producer-perf-test", "share"]
    yield from bench.table(head, rows)
    yield ""
    goals.append(["null://, events a CPU second", f"{found['null://', 'freshet'][0]:,.0f}", "", ""])
    yield from bench.table(["what", "measured", "to reach", ""], goals)
    yield ""
    yield (f"`sh tests/bench/run.sh kafka{' --quick' if arguments.quick else ''}`, medians of {arguments.repeat} rounds of "
           f"{arguments.seconds} s each, {PARTITIONS} partitions, {IN_FLIGHT:,} events in flight, on:")  # fmt: skip
    yield from (f"- {fact}" for fact in machine.facts("true", sys.executable)[:3])
    yield f"- librdkafka {machine.said('pkg-config', '--modversion', 'rdkafka')}, Kafka {kafka_version()}"
    yield f"- {machine.said('java', '-version').splitlines()[0]}"


def kafka_version():
    return next((kafka_broker.KAFKA / "lib").glob("kafka-clients-*.jar")).stem.rpartition("-")[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--repeat", type=int, help="rounds (3; quick: 1)")
    parser.add_argument("--seconds", type=int, help="length of each measurement (5; quick: 2)")
    arguments = parser.parse_args()
    arguments.repeat = arguments.repeat or (1 if arguments.quick else 3)
    arguments.seconds = arguments.seconds or (2 if arguments.quick else 5)
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise SystemExit("bench: two cores are needed, one for the driver and one for the cluster")
    with tempfile.TemporaryDirectory(prefix="freshet-bench-") as folder:
        lines = list(tell(arguments, measure(arguments, folder, cores)))
    text = "\n".join(lines) + "\n"
    print(text)
    (bench.ROOT / "build/bench/kafka.md").write_text(text.lstrip("\n"))


if __name__ == "__main__":
    main()
