"""What the bench stands on: nginx as a stream that answers at once, cores, and facts of the machine."""

import os
import platform
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from unpacked import unpacked  # noqa: E402

RECORD = '{"SequenceNumber":"49607379534093459735622134104870091884531846245391499314","ShardId":"shardId-%012d"}'
SUMMARY = (
    '{"StreamDescriptionSummary":{"StreamName":"DemoStream","StreamARN":"arn:aws:kinesis:eu-central-1:000000000000:'
    'stream/DemoStream","StreamStatus":"ACTIVE","StreamModeDetails":{"StreamMode":"PROVISIONED"},'
    '"RetentionPeriodHours":24,"StreamCreationTimestamp":1.7e9,"EnhancedMonitoring":[],"OpenShardCount":4,'
    '"ConsumerCount":0}}'
)
SHARDS = '{"Shards":[%s]}' % ",".join(
    '{"ShardId":"shardId-%012d","HashKeyRange":{"StartingHashKey":"%d","EndingHashKey":"%d"},'
    '"SequenceNumberRange":{"StartingSequenceNumber":"1"}}' % (shard, shard << 126, ((shard + 1) << 126) - 1)
    for shard in range(4)
)
CONFIG = """
daemon off;
master_process off;
error_log {folder}/error.log warn;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_max_body_size 16m;
    client_body_buffer_size 2m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type application/x-amz-json-1.1;
    {servers}
}}
"""
SERVER = """
    server {{
        listen 127.0.0.1:{port} default_server;
        location / {{
            if ($http_x_amz_target = Kinesis_20131202.DescribeStreamSummary) {{ return 200 '{summary}'; }}
            if ($http_x_amz_target = Kinesis_20131202.ListShards) {{ return 200 '{shards}'; }}
            set $r '{records}';
            return 200 '{{"FailedRecordCount":0,"Records":[{repeated}],"EncryptionType":"NONE"}}';
        }}
    }}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """nginx on one core, with one port for each batch size; a PutRecords is answered as if all went well."""

    def __init__(self, program, folder, core, batches):
        self.ports = {batch: free_port() for batch in batches}
        records = ",".join(RECORD % (number % 4) for number in range(10))
        servers = "".join(
            SERVER.format(port=port, summary=SUMMARY, shards=SHARDS, records=records,
                          repeated=",".join(["$r"] * (batch // 10)))
            for batch, port in self.ports.items()
        )  # fmt: skip
        config = Path(folder) / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, servers=servers))
        command = pinned(core, [program, "-p", str(folder), "-c", str(config), "-e", f"{folder}/error.log"])
        self.log = (Path(folder) / "nginx.log").open("wb")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        for port in self.ports.values():
            self.wait(port, folder)

    def wait(self, port, folder):
        end = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise SystemExit("bench: nginx did not start\n" + (Path(folder) / "nginx.log").read_text())
                time.sleep(0.05)

    def url(self, batch):
        return f"http://127.0.0.1:{self.ports[batch]}/"

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


def pinned(core, command):
    return ["taskset", "-c", str(core), *map(str, command)]


def find_nginx():
    """nginx of the system, or unpacked from its package: never installed, since that starts it."""
    found = unpacked("nginx", "nginx")
    if found is None:
        raise SystemExit("bench: there is no nginx, and apt-get gives none")
    return found


def said(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    return (done.stdout + done.stderr).strip()


def facts(nginx, python):
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text())
    versions = (
        "import platform; from importlib.metadata import version as v;"
        "print('Python', platform.python_version() + ', Locust', v('locust') + ', boto3', v('boto3'))"
    )
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    return [
        f"{cpu.group(1) if cpu else platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{int(memory.group(1)) / 2**20:.0f} GiB" if memory else "",
        f"{system.group(1) if system else platform.system()}, Linux {platform.release()}",
        said("gcc", "--version").splitlines()[0],
        "libcurl " + said("pkg-config", "--modversion", "libcurl"),
        said(nginx, "-v").replace("nginx version: ", ""),
        said(python, "-c", versions).splitlines()[-1],
    ]  # fmt: skip
