"""Several hosts on one machine: network namespaces on a common wire.

    with Network("primary", "one", "two") as network:
        network.address["one"]                              10.99.0.2
        network.popen("one", "freshet-secondary", ...)      subprocess.Popen there; its pid is the program's own
        network.run("one", "ip", "addr")                    the same to its end; its standard output
        with network.inside("one"): ...                     this thread is there: its sockets, what it starts
        network.cut("one"); network.heal("one")             the plug pulled at the switch, and put back
        network.netem("one", "loss 30% delay 200ms")        both ways; heal() ends that, too

Each host has `lo` and `eth0`; a further namespace is the switch, a bridge, so nothing of the machine's own network is
touched. All that runs there is ended and all is removed at the end. why_not() says why it can't be had here, or None.
"""

import contextlib
import ctypes
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

SECONDS = 30  # no command of ours takes longer
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
CLONE_NEWNET = 0x40000000


def command(*words, check=True):
    done = subprocess.run(
        list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert not check or done.returncode == 0, f"{' '.join(map(str, words))}: {done.returncode}\n{done.stderr}"
    return done


def enter(namespace):
    """Move this thread. Python has no such call before 3.12."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def whole_checksums(device):
    """No checksum is left to a network card that isn't there (ethtool -K DEVICE tx off)."""
    value = (ctypes.c_uint32 * 2)(ETHTOOL_STXCSUM, 0)
    request = struct.pack("16sP16x", device.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        fcntl.ioctl(anything, SIOCETHTOOL, request)


def why_not():
    """The reason why there can be no namespaces here, or None."""
    if sys.platform != "linux" or not any(os.access(f"{d}/ip", os.X_OK) for d in ("/sbin", "/usr/sbin", "/bin")):
        return "no ip command here (iproute2)"
    name = f"fr{os.getpid()}-try"
    tried = command("ip", "netns", "add", name, check=False)
    if tried.returncode != 0:
        return f"ip netns is not permitted here: {tried.stderr.strip()}"
    veth = command("ip", "-n", name, "link", "add", "try0", "type", "veth", "peer", "name", "try1", check=False)
    command("ip", "netns", "delete", name, check=False)
    return None if veth.returncode == 0 else f"no veth pairs here: {veth.stderr.strip()}"


class Network:
    made = 0

    def __init__(self, *hosts):
        Network.made += 1
        self.prefix = f"fr{os.getpid()}n{Network.made}"
        self.hosts = hosts
        self.address = {host: f"10.99.0.{number}" for number, host in enumerate(hosts, 1)}
        self.started = []
        self.relays = {}
        self.spaces = []

    def __enter__(self):
        try:
            self.switch = self._space("switch")
            command("ip", "-n", self.switch, "link", "add", "br0", "type", "bridge")
            command("ip", "-n", self.switch, "link", "set", "br0", "up")
            for host in self.hosts:
                self._host(host)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _space(self, host):
        name = f"{self.prefix}-{host}"
        command("ip", "netns", "add", name)
        self.spaces.append(name)
        command("ip", "-n", name, "link", "set", "lo", "up")
        return name

    def _host(self, host):
        name, port = self._space(host), self.port(host)
        command("ip", "-n", self.switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
        command("ip", "-n", self.switch, "link", "set", port, "master", "br0", "up")
        command("ip", "-n", name, "address", "add", f"{self.address[host]}/24", "dev", "eth0")
        # Whole checksums, for whoever takes frames from the wire: a relay, a capture.
        with self.inside(host):
            whole_checksums("eth0")
        command("ip", "-n", name, "link", "set", "eth0", "up")

    def port(self, host):
        """The name of the host's port at the switch."""
        return f"port{self.hosts.index(host)}"

    @contextlib.contextmanager
    def inside(self, host):
        """Programs of the fixtures started here are there; boto3 and urllib reach what is there."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.prefix}-{host}", os.O_RDONLY)
        try:
            enter(there)
            try:
                yield
            finally:
                enter(before)
        finally:
            os.close(there)
            os.close(before)

    def popen(self, host, *argv, **more):
        more = {"stdin": subprocess.DEVNULL, "start_new_session": True} | more
        with self.inside(host):
            process = subprocess.Popen(list(map(str, argv)), **more)
        self.started.append(process)
        return process

    def run(self, host, *argv):
        with self.inside(host):
            return command(*argv).stdout

    def cut(self, host):
        command("ip", "-n", self.switch, "link", "set", self.port(host), "down")

    def netem(self, host, what):
        """What is said in tc's words: `loss N%`, `delay Nms`, or both."""
        self.heal(host)
        name = f"{self.prefix}-{host}"
        kernels = [("-n", name, "eth0"), ("-n", self.switch, self.port(host))]
        words = ["root", "netem", *what.split()]
        done = [command("tc", *k[:2], "qdisc", "add", "dev", k[2], *words, check=False) for k in kernels]
        if all(one.returncode == 0 for one in done):
            return
        self._relay(host, what)  # a kernel without netem

    def _relay(self, host, what):
        """The host's port is taken off the bridge, and a process carries each frame across the gap."""
        port, inner, outer = self.port(host), f"i{self.port(host)}", f"o{self.port(host)}"
        command("ip", "-n", self.switch, "link", "add", inner, "type", "veth", "peer", "name", outer)
        command("ip", "-n", self.switch, "link", "set", port, "nomaster")
        command("ip", "-n", self.switch, "link", "set", outer, "master", "br0", "up")
        command("ip", "-n", self.switch, "link", "set", inner, "up", "promisc", "on")
        command("ip", "-n", self.switch, "link", "set", port, "promisc", "on")
        loss, delay = re.search(r"loss (\d+)%", what), re.search(r"delay (\d+)ms", what)
        words = [loss.group(1) if loss else "0", delay.group(1) if delay else "0"]
        relay = self.popen("switch", sys.executable, __file__, port, inner, *words, stdout=subprocess.PIPE)
        assert relay.stdout.readline() == b"relaying\n"
        self.relays[host] = relay

    def heal(self, host):
        relay = self.relays.pop(host, None)
        if relay is not None:
            relay.kill()
            relay.wait(SECONDS)
            relay.stdout.close()
            command("ip", "-n", self.switch, "link", "delete", f"i{self.port(host)}")
            command("ip", "-n", self.switch, "link", "set", self.port(host), "master", "br0")
        for name, device in ((f"{self.prefix}-{host}", "eth0"), (self.switch, self.port(host))):
            command("tc", "-n", name, "qdisc", "delete", "dev", device, "root", check=False)
        command("ip", "-n", self.switch, "link", "set", self.port(host), "up")

    def close(self):
        for name in self.spaces:
            for pid in command("ip", "netns", "pids", name, check=False).stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        for process in self.started:
            process.wait(SECONDS)
            if process.stdout is not None:
                process.stdout.close()
        for name in reversed(self.spaces):
            command("ip", "netns", "delete", name, check=False)
        self.spaces, self.started, self.relays = [], [], {}


# ---- a wire for kernels without netem


def relay(one, other, loss_percent, delay_ms):
    """Carry frames between two devices, each after a delay, or not at all. In order, as on a wire."""
    import collections
    import random
    import select

    sockets = []
    for device in (one, other):
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))  # every protocol
        packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        packets.bind((device, 0))
        packets.setblocking(False)
        sockets.append(packets)
    waiting = collections.deque()  # due, where to, frame
    dice = random.Random(1)
    print("relaying", flush=True)
    while True:
        patience = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select(sockets, [], [], patience)
        for packets in ready:
            for _ in range(64):
                try:
                    frame, sender = packets.recvfrom(65536)
                except BlockingIOError:
                    break
                if sender[2] == socket.PACKET_OUTGOING or dice.randrange(100) < loss_percent:
                    continue
                to = sockets[1] if packets is sockets[0] else sockets[0]
                waiting.append((time.monotonic() + delay_ms / 1000, to, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, to, frame = waiting.popleft()
            try:
                to.send(frame)
            except OSError:
                pass  # a full queue or a device that is down: lost, as on a wire


if __name__ == "__main__":
    relay(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
