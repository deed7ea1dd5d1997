"""Every request the sink signs is recomputed by botocore's signer from what arrived on the wire."""

import http.server
import json
import os
import subprocess
import threading

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from helpers import BIN
from stub_service import SHARD

PROBE = BIN.parent / "tests" / "sink_probe"
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Capture:
    """Answers as Kinesis does and keeps each request as it came."""

    def __init__(self):
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.path, self.headers, body))
                self.answer(json.loads(body))

            def answer(self, request):
                operation = self.headers["X-Amz-Target"].split(".")[1]
                if operation == "PutRecords":
                    records = [{"SequenceNumber": "1", "ShardId": "shardId-000000000000"}] * len(request["Records"])
                    answer = {"FailedRecordCount": 0, "Records": records}
                elif operation == "DescribeStreamSummary":
                    answer = {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE", "OpenShardCount": 1}}
                else:
                    answer = {"Shards": [SHARD]}
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def capture():
    server = Capture()
    yield server
    server.close()


def probe(tmp_path, capture, *arguments, **variables):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    environment.update(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET, **variables)
    done = subprocess.run(
        [PROBE, "--endpoint-url", capture.url, *arguments], env=environment, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return json.loads(done.stdout)


def signature_by_botocore(path, headers, body, url, region, token):
    authorization = headers["Authorization"]
    signed = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
    request = AWSRequest("POST", url + path, {name: headers[name] for name in signed}, body)
    request.context["timestamp"] = headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials(KEY, SECRET, token), "kinesis", region)
    canonical = signer.canonical_request(request)
    assert canonical.split("\n")[-2].split(";") == signed, "botocore would sign the same headers"
    return signer.signature(signer.string_to_sign(request, canonical), request)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1"])
@pytest.mark.parametrize("token", [None, "FwoGZXIvYXdzEXAMPLEtoken//" + "x" * 900 + "=="])
@pytest.mark.parametrize("events, size", [(1, 5), (500, 117), (20, 20000)])
def test_signatures_are_botocores(tmp_path, capture, region, token, events, size):
    more = {"AWS_SESSION_TOKEN": token} if token else {}
    result = probe(
        tmp_path, capture, "--region", region, "DemoStream",
        PROBE_PREFLIGHT="1", PROBE_BATCHES="3", PROBE_EVENTS=str(events), PROBE_BYTES=str(size), **more,
    )
    assert result["preflight"]["ok"]
    assert [batch["events"] for batch in result["batches"]] == [["delivered"] * events] * 3
    assert len(capture.requests) == 5
    for path, headers, body in capture.requests:
        assert f"/{region}/kinesis/aws4_request" in headers["Authorization"]
        assert headers["X-Amz-Security-Token"] == token
        assert "x-amz-target" in headers["Authorization"]
        assert headers["Expect"] is None
        assert len(headers.get_all("X-Amz-Date")) == 1
        expected = signature_by_botocore(path, headers, body, capture.url, region, token)
        assert headers["Authorization"].split("Signature=")[1] == expected


def test_a_path_in_the_endpoint_is_signed(tmp_path, capture):
    capture.url += "/some/path~x"
    probe(tmp_path, capture, "kinesis://eu-west-1/DemoStream")
    ((path, headers, body),) = capture.requests
    assert path == "/some/path~x"
    base = capture.url.removesuffix("/some/path~x")
    expected = signature_by_botocore(path, headers, body, base, "eu-west-1", None)
    assert headers["Authorization"].split("Signature=")[1] == expected
