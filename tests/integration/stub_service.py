"""A stream service under the test's thumb: each answer, its clock and the keys it hands out are the story's to choose."""

import collections
import datetime
import email.utils
import http.server
import json
import re
import threading
import time

Reply = collections.namedtuple("Reply", "status body headers", defaults=(b"", {}))
SHARD = {"ShardId": "shardId-000000000000", "SequenceNumberRange": {},
         "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": str(2**128 - 1)}}  # fmt: skip
CUT, GARBAGE, STALL, RESET = "cut", "garbage", "stall", "reset"  # instead of a Reply: how the answer goes wrong


def refusal(code, message="said the service", status=400, **headers):
    return Reply(status, json.dumps({"__type": code, "message": message}).encode(), headers)


class Service:
    """Kinesis: `answer(operation, count)` is asked first, with how many of that operation came before; None means
    the usual answer. Each request is kept in .calls as (operation, key id, records stored)."""

    def __init__(self, answer=lambda operation, count: None):
        self.answer = answer
        self.calls = []
        self.clock_ahead_s = None  # a number: signatures are judged by a clock that goes so much ahead of ours
        self.tells_date = True
        self.counts = collections.Counter()
        self.lock = threading.Lock()
        self.released = threading.Event()  # ends every stall
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].split(".")[1]
                key = re.search("Credential=([^/]*)/", self.headers["Authorization"]).group(1)
                with service.lock:
                    count = service.counts[operation]
                    service.counts[operation] += 1
                    reply = service.judge_clock(self.headers["X-Amz-Date"]) or service.judge(operation, count, key)
                    stored = 0
                    if reply is None:
                        request = json.loads(body)
                        stored = len(request.get("Records", ()))
                        reply = Reply(200, json.dumps(usual(operation, stored)).encode())
                    service.calls.append((operation, key, stored))
                self.send(reply)

            def send(self, reply):
                if reply in (STALL, RESET, GARBAGE, CUT):
                    self.close_connection = True
                if reply == STALL:
                    service.released.wait(30)
                elif reply == GARBAGE:
                    self.wfile.write(b"\x16\x03\x01 what? \r\n\r\n")
                elif reply == CUT:
                    self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"FailedRecordCount":0,"Reco')
                if not isinstance(reply, Reply):
                    return
                self.send_response_only(reply.status)
                if service.tells_date:
                    now = time.time() + (service.clock_ahead_s or 0)
                    self.send_header("Date", email.utils.formatdate(now, usegmt=True))
                for name, value in reply.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_):
                pass

        self.start(Handler)

    def judge(self, operation, count, key):
        return self.answer(operation, count)

    def judge_clock(self, signed_at):
        if self.clock_ahead_s is None:
            return None
        then = datetime.datetime.strptime(signed_at, "%Y%m%dT%H%M%S%z")
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.clock_ahead_s)
        if abs((now - then).total_seconds()) <= 300:
            return None
        return refusal("InvalidSignatureException", f"Signature expired: {signed_at} is now earlier than {now}")

    def start(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def puts(self):
        return [(key, stored) for operation, key, stored in list(self.calls) if operation == "PutRecords"]

    def stored(self):
        return sum(stored for _, stored in self.puts())


def usual(operation, records):
    if operation == "PutRecords":
        verdict = {"SequenceNumber": "1", "ShardId": "shardId-000000000000"}
        return {"FailedRecordCount": 0, "Records": [verdict] * records}
    if operation == "DescribeStreamSummary":
        return {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE", "OpenShardCount": 1}}
    return {"Shards": [SHARD]}


class Container(Service):
    """The container credentials endpoint. `keys(count)` gives (key id, seconds to live), or None: HTTP status 500.
    Each set takes `slow_s` to come, the first apart."""

    def __init__(self, keys, slow_s=0):
        self.fetches = []  # (begun, ended) as the number of puts .watched had then
        self.watched = None
        self.released = threading.Event()
        container = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                begun = container.puts_seen()
                number = len(container.fetches)
                given = keys(number)
                if number > 0:
                    container.released.wait(slow_s)
                container.fetches.append((begun, container.puts_seen()))
                if given is None:
                    self.send_error(500)
                    return
                expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=given[1])
                body = json.dumps({"AccessKeyId": given[0], "SecretAccessKey": "s", "Token": f"token-of-{given[0]}",
                                   "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.start(Handler)

    def puts_seen(self):
        return self.watched.counts["PutRecords"] if self.watched else 0

    def environment(self):
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}/keys"}
