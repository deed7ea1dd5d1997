"""A real Apache Kafka on loopback, for the integration stories, the benchmarks and by hand.

The jars come from kafka/fetch.sh into build/kafka/lib ($FRESHET_KAFKA chooses another folder); Java is that of the
system. Node 1 is controller and broker; node 2, where a story wants it, a broker only. Each listens on two free ports:
one plain, one SASL/SCRAM-SHA-512 over TLS. Everything ends with the process that started it.

By hand:  python tests/integration/kafka_broker.py [--brokers 2] [--topic sensors:4]   (until it is interrupted)
"""

import argparse
import base64
import os
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

import helpers
from helpers import wait_until

KAFKA = Path(os.environ.get("FRESHET_KAFKA") or helpers.ROOT / "build" / "kafka").resolve()
USER, PASSWORD, STORE_PASSWORD = "flood", "scram-password-of-the-story", "store-password"
HEAP = "-Xmx512m"
LIVES_S = 1200  # no broker outlives this, whatever becomes of the tests


def installed():
    return any((KAFKA / "lib").glob("kafka_2.13-*.jar"))


def java(main, *args, timeout=60, options=()):
    """Run a Java tool of Kafka to its end: kafka.admin.ConfigCommand and the like. Its output."""
    command = [*java_command(main, options), *map(str, args)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{main} {args} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def java_command(main, options=()):
    return ["java", "-XX:TieredStopAtLevel=1", *options, "-cp", f"{KAFKA / 'lib'}/*", main]


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"


def make_authority(folder, name):
    """A certificate authority: its certificate, for clients to trust."""
    certificate = folder / f"{name}.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout",
        folder / f"{name}.key", "-out", certificate)  # fmt: skip
    return certificate


def make_keystore(folder, authority):
    """A key for 127.0.0.1 signed by `authority`, as the store a broker reads."""
    key, request, certificate = folder / "broker.key", folder / "broker.csr", folder / "broker.pem"
    names = folder / "names"
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", request)
    run("openssl", "x509", "-req", "-days", "2", "-in", request, "-CA", authority, "-CAkey",
        authority.with_suffix(".key"), "-CAcreateserial", "-extfile", names, "-out", certificate)  # fmt: skip
    store = folder / "broker.p12"
    run("openssl", "pkcs12", "-export", "-in", certificate, "-inkey", key, "-name", "broker", "-passout",
        f"pass:{STORE_PASSWORD}", "-out", store)  # fmt: skip
    return store


class Node:
    """One process of the cluster; it keeps its ports and its storage over a restart."""

    def __init__(self, cluster, number, controller_port):
        self.cluster, self.number = cluster, number
        self.folder = cluster.folder / f"node-{number}"
        self.folder.mkdir(parents=True)
        self.plain, self.sasl = helpers.free_port(), helpers.free_port()
        self.log = self.folder / "log"
        self.properties = self.folder / "server.properties"
        self.process = None
        self.properties.write_text(self._properties(controller_port))
        self._format()

    def _properties(self, controller_port):
        first = self.number == 1
        listeners = f"PLAINTEXT://127.0.0.1:{self.plain},SASL_SSL://127.0.0.1:{self.sasl}"
        controller = f",CONTROLLER://127.0.0.1:{controller_port}" if first else ""
        lines = {
            "process.roles": "broker,controller" if first else "broker",
            "node.id": self.number,
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listeners": listeners + controller,
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config":
                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "ssl.keystore.type": "PKCS12",
            "ssl.keystore.location": self.cluster.keystore,
            "ssl.keystore.password": STORE_PASSWORD,
            "ssl.key.password": STORE_PASSWORD,
            "log.dirs": self.folder / "data",
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "num.recovery.threads.per.data.dir": 1,
            "quota.window.size.seconds": 1,
            "quota.window.num": 2,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "true",
            "super.users": "User:ANONYMOUS",
            "broker.heartbeat.interval.ms": 500,
            "broker.session.timeout.ms": 3000,
        }  # fmt: skip
        return "".join(f"{name}={value}\n" for name, value in lines.items())

    def _format(self):
        java("kafka.tools.StorageTool", "format", "-t", self.cluster.id, "-c", self.properties, "--add-scram",
             f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")  # fmt: skip

    def start(self):
        """Begin; `wait` tells when it serves."""
        assert self.process is None
        level = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        command = java_command("kafka.Kafka", (HEAP, level))
        command.remove("-XX:TieredStopAtLevel=1")  # a broker lives long enough to be compiled well
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "timeout", "-k", "10", str(LIVES_S), *command, self.properties],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def wait(self, timeout=60):
        def serving():
            assert self.process.poll() is None, f"broker {self.number} ended\n{self.tail()}"
            admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{self.plain}", "log_level": 0})
            try:
                return self.number in admin.list_topics(timeout=1).brokers
            except Exception:  # not yet
                return False

        wait_until(serving, timeout, f"broker {self.number}")

    def stop(self, kill=False):
        """End it: by its own shutdown, which moves its leaders elsewhere first, or at once."""
        if self.process is None:
            return
        if kill:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)
        self.process = None

    def tail(self):
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""


class Cluster:
    """One broker, or two after second(). Made in `folder`, started at once."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.id = base64.urlsafe_b64encode(uuid.UUID(int=uuid.uuid4().int >> 8).bytes).decode().rstrip("=")
        self.authority = make_authority(self.folder, "authority")
        self.stranger = make_authority(self.folder, "stranger")  # signed nothing here
        self.keystore = make_keystore(self.folder, self.authority)
        self._controller = helpers.free_port()
        self.nodes = [Node(self, 1, self._controller)]
        self.nodes[0].start()
        self._admin = None

    def second(self):
        """Join, or restart, the second broker."""
        if len(self.nodes) == 1:
            self.nodes.append(Node(self, 2, self._controller))
        if self.nodes[1].process is None:
            self.nodes[1].start()
        self.wait()
        return self.nodes[1]

    def wait(self):
        for node in self.nodes:
            if node.process is not None:
                node.wait()

    def restart(self):
        """Whatever a story left stopped, node 1 serves again."""
        if self.nodes[0].process is None:
            self.nodes[0].start()
        self.nodes[0].wait()

    def close(self):
        if self._admin is not None:
            self._admin = None
        for node in reversed(self.nodes):
            node.stop(kill=True)

    @property
    def bootstrap(self):
        return ",".join(f"127.0.0.1:{node.plain}" for node in self.nodes if node.process is not None)

    @property
    def bootstrap_sasl(self):
        return f"127.0.0.1:{self.nodes[0].sasl}"

    @property
    def admin(self):
        if self._admin is None:
            self._admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{self.nodes[0].plain}", "log_level": 0})
        return self._admin

    def sasl(self, password=PASSWORD, authority=None):
        """The client's properties for the SASL/SCRAM listener over TLS."""
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanisms": "SCRAM-SHA-512",
            "sasl.username": USER,
            "sasl.password": password,
            "ssl.ca.location": str(authority or self.authority),
        }

    # ---- topics ----

    def create(self, topic, partitions=4, replicas=None, **config):
        """`replicas`: the brokers of each partition, the first its leader, as [[2, 1], ...]."""
        if replicas is None:
            new = NewTopic(topic, num_partitions=partitions, replication_factor=1, config=config)
        else:
            new = NewTopic(topic, num_partitions=len(replicas), replica_assignment=replicas, config=config)
        self.admin.create_topics([new], operation_timeout=20)[topic].result(20)
        wait_until(lambda: all(leader >= 0 for leader in self.leaders(topic).values()), 20, f"leaders of {topic}")
        return topic

    def delete(self, topic):
        self.admin.delete_topics([topic], operation_timeout=20)[topic].result(20)

    def leaders(self, topic):
        """{partition: the broker that leads it, -1 for none}; empty where the topic is not known."""
        found = self.admin.list_topics(topic, timeout=10).topics[topic]
        return {number: partition.leader for number, partition in found.partitions.items()}

    def configure(self, *args):
        return java("kafka.admin.ConfigCommand", "--bootstrap-server", self.bootstrap, *args)

    def limit(self, client_id, bytes_per_s):
        """A producer_byte_rate quota for this client id."""
        self.configure("--alter", "--add-config", f"producer_byte_rate={bytes_per_s}", "--entity-type", "clients",
                       "--entity-name", client_id)  # fmt: skip

    def deny(self, topic, operation):
        """The SASL user may not do this ("ALL", "WRITE") to the topic; all else stays allowed."""
        rules = [
            AclBinding(ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, f"User:{USER}", "*",
                       AclOperation[what], permission)
            for what, permission in (("ALL", AclPermissionType.ALLOW), (operation, AclPermissionType.DENY))
        ]  # fmt: skip
        for answer in self.admin.create_acls(rules, request_timeout=20).values():
            answer.result(20)

    def end_offsets(self, topic, timeout=20):
        """{partition: how many records it holds}, by the broker's own offsets; waits where leaders just change."""
        consumer = self._consumer()
        end = time.monotonic() + timeout
        try:
            while True:
                try:
                    found = {}
                    for partition in self.leaders(topic):
                        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=5)
                        found[partition] = high - low
                    return found
                except KafkaException:
                    if time.monotonic() >= end:
                        raise
                    time.sleep(0.1)
        finally:
            consumer.close()

    def _consumer(self):
        return Consumer({
            "bootstrap.servers": self.bootstrap,
            "group.id": f"reader-{uuid.uuid4()}",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 50,
            "log_level": 0,
        })  # fmt: skip

    def read_all(self, topic, timeout=60):
        """Every message of the topic, checked against its CRC: {partition: [(key, value), ...]}."""
        consumer = self._consumer()
        found = {partition: [] for partition in self.leaders(topic)}
        unfinished = set(found)
        end = time.monotonic() + timeout
        try:
            consumer.assign([TopicPartition(topic, partition, 0) for partition in found])
            while unfinished:
                assert time.monotonic() < end, f"{topic} was not read within {timeout} s: {unfinished}"
                for message in consumer.consume(10000, 0.2):
                    if message.error() is None:
                        found[message.partition()].append((message.key(), message.value()))
                    elif message.error().code() == KafkaError._PARTITION_EOF:
                        unfinished.discard(message.partition())
        finally:
            consumer.close()
        return found


def main():
    parser = argparse.ArgumentParser(description="Run a real Kafka on loopback until interrupted.")
    parser.add_argument("--brokers", type=int, choices=(1, 2), default=1)
    parser.add_argument("--topic", action="append", default=[], metavar="NAME:PARTITIONS")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    with tempfile.TemporaryDirectory(prefix="kafka-") as folder:
        cluster = Cluster(Path(folder))
        try:
            cluster.wait()
            if args.brokers == 2:
                cluster.second()
            for topic in args.topic:
                name, _, partitions = topic.partition(":")
                cluster.create(name, int(partitions or 4))
            print(f"plain      {cluster.bootstrap}", flush=True)
            print(f"SASL_SSL   {cluster.bootstrap_sasl}, SCRAM-SHA-512 {USER} {PASSWORD}, CA {cluster.authority}", flush=True)
            signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            cluster.close()


if __name__ == "__main__":
    main()
