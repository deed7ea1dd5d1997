"""TLS as it is met: nginx in front of the stream, with a certificate authority of our own."""

import socket
import subprocess
import sys

import pytest

from helpers import ROOT, check_ledger, free_port, wait_until

sys.path.insert(0, str(ROOT / "tests"))
from unpacked import unpacked  # noqa: E402

SHORT = ["--headless", "--processes", 1, "--stop-timeout", "5s", "--batch-size", 20]

CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_max_body_size 20m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 5;
    upstream stream {{ server 127.0.0.1:{upstream}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location / {{
            proxy_pass http://stream;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with ca.pem, other.pem (another authority) and, under each name, NAME.pem and NAME.key."""
    folder = tmp_path_factory.mktemp("authority")
    for name in ("ca", "other"):
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN=throw-away {name}", "-days", "2")  # fmt: skip
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ncertificate=ca.pem\n"
        "private_key=ca.key\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\nunique_subject=no\n"
        "[p]\ncommonName=supplied\n"
    )
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    for name, host, begins, ends in (
        ("good", "localhost", "20200101000000Z", "20990101000000Z"),
        ("elsewhere", "elsewhere.example", "20200101000000Z", "20990101000000Z"),
        ("expired", "localhost", "20200101000000Z", "20200102000000Z"),
    ):
        openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")  # fmt: skip
        openssl(folder, "ca", "-batch", "-config", "ca.cnf", "-in", f"{name}.csr", "-out", f"{name}.pem", "-notext",
                "-startdate", begins, "-enddate", ends)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def nginx_program():
    found = unpacked("nginx", "nginx")
    if found is None:
        pytest.skip("no nginx here, and none to be had")
    return found


@pytest.fixture
def nginx(nginx_program, authority, tmp_path):
    started = []

    def start(name, upstream):
        folder = tmp_path / "nginx"
        folder.mkdir()
        port = free_port()
        (folder / "nginx.conf").write_text(
            CONF.format(folder=folder, port=port, upstream=upstream, certificate=authority / f"{name}.pem",
                        key=authority / f"{name}.key")  # fmt: skip
        )
        process = subprocess.Popen(
            [nginx_program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        started.append(process)

        def listening():
            assert process.poll() is None, (folder / "error.log").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(listening, 10, "nginx")
        return f"https://localhost:{port}"

    yield start
    for process in started:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def test_a_run_through_tls(kinesis, nginx, authority, freshet):
    """nginx closes each connection after five requests, so connections end and begin all the time."""
    server = kinesis("--stream", "DemoStream:4", "--access-key", "AKIDEXAMPLE",
                     "--secret-key", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY")  # fmt: skip
    url = nginx("good", server.port)
    run = freshet(*SHORT, "-n", 2_000, "--rate", "1k", "--ca-bundle", authority / "ca.pem", "DemoStream", endpoint=url)
    check_ledger(run.json)
    assert run.code in (0, 4), run.tail()
    assert run.json["events"]["delivered"] == server.stats()["records"] == 2_000
    assert run.json["events"]["failed"] == run.json["events"]["unknown"] == 0


def test_the_bundle_may_come_from_the_environment(kinesis, nginx, authority, freshet):
    server = kinesis("--stream", "DemoStream:4")
    run = freshet(*SHORT, "-n", 100, "--rate", "1k", "DemoStream", endpoint=nginx("good", server.port),
                  env={"AWS_CA_BUNDLE": authority / "ca.pem"})  # fmt: skip
    assert run.code in (0, 4), run.tail()
    assert server.stats()["records"] == 100


@pytest.mark.parametrize(
    "certificate, bundle, words",
    [
        ("good", None, "unable to get local issuer certificate"),
        ("good", "other.pem", "unable to get local issuer certificate"),
        ("good", "missing.pem", "missing.pem"),
        ("good", "ca.cnf", "ca.cnf"),
        ("elsewhere", "ca.pem", "'localhost'"),
        ("expired", "ca.pem", "certificate has expired"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_before_anything_is_sent(
    kinesis, nginx, authority, freshet, certificate, bundle, words
):
    server = kinesis("--stream", "DemoStream:4")
    url = nginx(certificate, server.port)
    more = [] if bundle is None else ["--ca-bundle", authority / bundle]
    run = freshet(*SHORT, "-n", 100, "--rate", "1k", *more, "DemoStream", endpoint=url)
    assert run.code == 6, run.tail()
    (told,) = [line for line in run.err.splitlines() if "target refused" in line]
    assert "TlsError: " in told and words in told and url in told
    assert server.stats()["requests"] == 0
