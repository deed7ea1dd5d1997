"""Each credential provider, their order, and what is said when they fail; boto3 in the same place as cross-check."""

import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.parse

import pytest

from test_signature import PROBE, Capture

EXPIRES = "2099-01-01T00:00:00Z"


class Stub:
    """Instance metadata, container endpoint and STS on one loopback port."""

    def __init__(self):
        self.calls = []
        self.token_status = 200
        self.failures = 0  # so many answers are an HTTP status 500 first
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self):
                outer.calls.append(("PUT", self.path, dict(self.headers), ""))
                if self.failed():
                    return
                self.reply(outer.token_status, "imds-token")

            def do_GET(self):
                outer.calls.append(("GET", self.path, dict(self.headers), ""))
                if self.failed():
                    return
                if self.path.endswith("/security-credentials/"):
                    return self.reply(200, "my-role")
                if self.path.endswith("/security-credentials/my-role"):
                    return self.keys("IMDSKEY")
                if self.path.endswith("/placement/region"):
                    return self.reply(200, "eu-west-3")
                if self.path.startswith("/container"):
                    return self.keys("CONTAINERKEY")
                self.reply(404, "")

            def failed(self):
                outer.failures -= 1
                if outer.failures >= 0:
                    self.reply(500, "")
                return outer.failures >= 0

            def do_POST(self):
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.calls.append(("POST", self.path, dict(self.headers), form))
                action = urllib.parse.parse_qs(form)["Action"][0]
                if "denied" in form:
                    return self.reply(403, "<ErrorResponse><Error><Code>AccessDenied</Code>"
                                           "<Message>not for you</Message></Error></ErrorResponse>")
                key = "WEBKEY" if action.endswith("WebIdentity") else "ROLEKEY"
                self.reply(200, f"<{action}Response><{action}Result><Credentials><AccessKeyId>{key}</AccessKeyId>"
                                f"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                                f"<Expiration>{EXPIRES}</Expiration></Credentials></{action}Result></{action}Response>")

            def keys(self, key):
                self.reply(200, json.dumps({"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key,
                                            "SecretAccessKey": "s", "Token": "t", "Expiration": EXPIRES,
                                            "LastUpdated": "2020-01-01T00:00:00Z"}))

            def reply(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

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
def stub():
    server = Stub()
    yield server
    server.close()


@pytest.fixture
def place(tmp_path, stub):
    return Place(tmp_path, stub)


class Place:
    """A home folder and an environment in which nothing is configured but what a test adds."""

    def __init__(self, home, stub):
        self.home = home
        self.stub = stub
        (home / ".aws").mkdir()
        self.variables = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_REGION": "eu-central-1",
                          "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_STS": stub.url,
                          "AWS_MAX_ATTEMPTS": "1", "AWS_METADATA_SERVICE_TIMEOUT": "20"}

    def file(self, name, text):
        path = self.home / name
        path.write_text(text)
        return str(path)

    def probe(self, *arguments):
        capture = Capture()
        try:
            done = subprocess.run([PROBE, "--endpoint-url", capture.url, *arguments, "DemoStream"],
                                  env=self.variables, capture_output=True, timeout=60)
        finally:
            capture.close()
        result = json.loads(done.stdout)
        if "error" in result:
            assert done.returncode == 6
            return result["error"]
        ((_, headers, _),) = capture.requests
        return headers["Authorization"].split("Credential=")[1].split("/")[0]

    def boto3(self):
        script = ("import boto3; c = boto3.Session().get_credentials();"
                  "print(c.get_frozen_credentials().access_key if c else None)")
        done = subprocess.run([sys.executable, "-c", script],
                              env={"AWS_DEFAULT_REGION": "eu-central-1", **self.variables}, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def expect(self, key):
        assert self.probe() == key
        assert self.boto3() == key


def test_environment_before_all(place):
    place.file(".aws/credentials", "[default]\naws_access_key_id=FILEKEY\naws_secret_access_key=s\n")
    place.variables.update(AWS_ACCESS_KEY_ID="ENVKEY", AWS_SECRET_ACCESS_KEY="s")
    place.expect("ENVKEY")


def test_an_id_without_secret_is_an_error(place):
    place.variables.update(AWS_ACCESS_KEY_ID="ENVKEY")
    code, message = place.probe()
    assert code == "NoCredentials"
    assert "AWS_ACCESS_KEY_ID without AWS_SECRET_ACCESS_KEY" in message


def test_profile_of_both_files(place):
    place.file(".aws/credentials", "# mine\n[default]\naws_access_key_id = FILEKEY\naws_secret_access_key = a/b+c=\n"
                                   "[other]\naws_access_key_id = OTHERKEY\naws_secret_access_key = s\n")
    place.file(".aws/config", "[default]\naws_access_key_id = CONFIGKEY\naws_secret_access_key = s\n"
                              "[profile third]\naws_access_key_id = THIRDKEY\naws_secret_access_key = s\n")
    place.expect("FILEKEY")
    assert place.probe("--profile", "other") == "OTHERKEY"
    place.variables["AWS_PROFILE"] = "third"
    place.expect("THIRDKEY")
    code, message = place.probe("--profile", "missing")
    assert code == "NoSuchProfile" and "missing" in message


def test_a_named_profile_beats_keys_in_the_environment(place):
    place.file(".aws/credentials", "[other]\naws_access_key_id = OTHERKEY\naws_secret_access_key = s\n")
    place.variables.update(AWS_ACCESS_KEY_ID="ENVKEY", AWS_SECRET_ACCESS_KEY="s")
    assert place.probe("--profile", "other") == "OTHERKEY"


def test_role_with_a_source_profile(place):
    place.file(".aws/config", "[default]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\n"
                              "external_id = e/1\n[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n")
    assert place.probe() == "ROLEKEY"
    ours = place.stub.calls[-1]
    assert place.boto3() == "ROLEKEY"
    form = urllib.parse.parse_qs(ours[3])
    assert form["Action"] == ["AssumeRole"] and form["ExternalId"] == ["e/1"]
    assert "Credential=BASE/" in ours[2]["Authorization"] and "/sts/aws4_request" in ours[2]["Authorization"]


def test_source_profiles_in_a_circle(place):
    place.file(".aws/config", "[default]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = b\n"
                              "[profile b]\nrole_arn = arn:aws:iam::123456789012:role/y\nsource_profile = default\n")
    code, message = place.probe()
    assert code == "NoCredentials" and "circle" in message


def test_role_refused_in_the_services_words(place):
    place.file(".aws/config", "[default]\nrole_arn = arn:aws:iam::123456789012:role/denied\nsource_profile = default\n"
                              "aws_access_key_id = BASE\naws_secret_access_key = s\n")
    code, message = place.probe()
    assert code == "NoCredentials" and "403" in message and "AccessDenied: not for you" in message


def test_credential_process(place):
    printed = json.dumps({"Version": 1, "AccessKeyId": "PROCESSKEY", "SecretAccessKey": "s", "Expiration": EXPIRES})
    path = place.file("printed", printed)
    place.file(".aws/config", f'[default]\ncredential_process = cat "{path}"\n')
    place.expect("PROCESSKEY")
    place.file(".aws/config", "[default]\ncredential_process = false\n")
    code, message = place.probe()
    assert code == "NoCredentials" and "ended with status 1" in message


def test_web_identity(place):
    token = place.file("token", "abc.def+/=\n")
    place.variables.update(AWS_WEB_IDENTITY_TOKEN_FILE=token, AWS_ROLE_ARN="arn:aws:iam::123456789012:role/x")
    assert place.probe() == "WEBKEY"
    method, _, headers, form = place.stub.calls[-1]
    assert urllib.parse.parse_qs(form)["WebIdentityToken"] == ["abc.def+/="]
    assert "Authorization" not in headers
    place.file("token", "abc.def")
    assert place.boto3() == "WEBKEY"


def test_container(place):
    token = place.file("token", "Bearer x")
    place.variables.update(AWS_CONTAINER_CREDENTIALS_FULL_URI=place.stub.url + "/container?a=b",
                           AWS_CONTAINER_AUTHORIZATION_TOKEN="loses", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token,
                           http_proxy="http://127.0.0.1:1")
    place.variables["NO_PROXY"] = "127.0.0.1"
    assert place.probe() == "CONTAINERKEY"
    assert place.stub.calls[-1][2]["Authorization"] == "Bearer x"
    assert place.boto3() == "CONTAINERKEY"
    place.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/x"
    code, message = place.probe()
    assert code == "NoCredentials" and "neither https nor a local address" in message


def test_instance_metadata_and_region(place):
    del place.variables["AWS_EC2_METADATA_DISABLED"]
    place.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = place.stub.url + "/"
    place.expect("IMDSKEY")
    place.stub.calls.clear()
    del place.variables["AWS_REGION"]
    assert place.probe() == "IMDSKEY"
    assert any(path.endswith("/placement/region") for _, path, _, _ in place.stub.calls)
    assert all(headers.get("x-aws-ec2-metadata-token") == "imds-token"
               for method, _, headers, _ in place.stub.calls if method == "GET")


def test_instance_metadata_version_1_only_where_allowed(place):
    del place.variables["AWS_EC2_METADATA_DISABLED"]
    place.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = place.stub.url
    place.stub.token_status = 404
    place.expect("IMDSKEY")
    place.variables["AWS_EC2_METADATA_V1_DISABLED"] = "true"
    code, message = place.probe()
    assert code == "NoCredentials" and "404" in message


def test_instance_metadata_is_tried_as_often_as_the_environment_says(place):
    del place.variables["AWS_EC2_METADATA_DISABLED"]
    place.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = place.stub.url
    place.stub.failures = 1
    code, message = place.probe()  # one try is the default
    assert code == "NoCredentials" and "HTTP status 500 to the request for a token" in message
    place.variables["AWS_METADATA_SERVICE_NUM_ATTEMPTS"] = "2"
    place.stub.failures = 1
    assert place.probe() == "IMDSKEY"
    place.variables["AWS_METADATA_SERVICE_NUM_ATTEMPTS"] = "many"
    place.stub.failures = 1
    assert place.probe()[0] == "NoCredentials"


def test_a_container_endpoint_is_tried_three_times(place):
    place.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = place.stub.url + "/container"
    place.stub.failures = 2
    assert place.probe() == "CONTAINERKEY"
    assert len(place.stub.calls) == 3
    place.stub.failures = 3
    code, message = place.probe()
    assert code == "NoCredentials"
    # What is set up and broken comes first, then what was looked at before it.
    assert message.startswith("no AWS credentials from container: HTTP status 500 from http://127.0.0.1")
    assert "Tried before it: environment: AWS_ACCESS_KEY_ID is not set; profile: " in message
    place.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = place.stub.url + "/nothing"
    place.stub.calls.clear()
    assert "HTTP status 404" in place.probe()[1]
    assert len(place.stub.calls) == 1  # no use in asking again


def test_nothing_anywhere_names_every_provider(place):
    code, message = place.probe()
    assert code == "NoCredentials"
    for name in ("environment:", "profile:", "web identity:", "container:", "instance metadata:"):
        assert name in message
    assert place.boto3() == "None"
