"""The commands that a first boot changes a machine with, as stand-ins: each call is noted, and done in a folder.

usage: fakes.py COMMAND ARGUMENTS...
BOOT_FAKE is the folder: calls (what was called), secrets/ (what Secrets Manager holds), program (what S3 holds),
freshet.env (what the package installs), allowed (what the host's role may do), and broken (AWS commands that answer with
an error, one a line).
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

FAKE = Path(os.environ["BOOT_FAKE"])
ETC, STATE = Path(os.environ["BOOT_ETC"]), Path(os.environ["BOOT_STATE"])
NAME, ARGS = sys.argv[1], sys.argv[2:]
FACTS = {
    "instance-id": "i-0123456789abcdef0",
    "public-hostname": "ec2-203-0-113-9.compute.example",
    "local-hostname": "ip-10-0-0-9.example",
    "public-ipv4": "203.0.113.9",
    "local-ipv4": "10.0.0.9",
}


def option(name):
    return ARGS[ARGS.index(name) + 1]


def end(message, code=255):
    print(message, file=sys.stderr)
    sys.exit(code)


def needed(command):
    """The action and the end of the resource that a command takes."""
    if command == "s3 cp":
        return "s3:GetObject", option("--only-show-errors").removeprefix("s3://")
    if command == "cloudformation signal-resource":
        return "cloudformation:SignalResource", "AWS::StackId"
    actions = {"get-secret-value": "GetSecretValue", "put-secret-value": "PutSecretValue"}
    return f"secretsmanager:{actions[ARGS[1]]}", option("--secret-id")


def aws():
    command = " ".join(ARGS[:2])
    action, resource = needed(command)
    if not any(a == action and r.endswith(resource) for a, r in json.loads((FAKE / "allowed").read_text())):
        end(f"An error occurred (AccessDeniedException): not authorized to perform {action} on {resource}")
    broken = FAKE / "broken"
    for line in broken.read_text().splitlines() if broken.exists() else []:
        if command.startswith(line.split(":")[0]):
            end(line.partition(":")[2] or "Unable to locate credentials")
    if command == "s3 cp":
        shutil.copy(FAKE / "program", ARGS[-1])
    elif command == "secretsmanager get-secret-value":
        file = FAKE / "secrets" / option("--secret-id")
        if not file.exists():
            end("An error occurred (ResourceNotFoundException): can't find the specified secret value")
        print(file.read_text())
    elif command == "secretsmanager put-secret-value":
        value = option("--secret-string")
        assert value.startswith("file://"), "a secret in the list of processes"
        (FAKE / "secrets" / option("--secret-id")).write_text(Path(value[7:]).read_text())
    elif command != "cloudformation signal-resource":
        end(f"the stand-in knows no {command}")


def curl():
    url = next(argument for argument in ARGS if argument.startswith("http"))
    if url.endswith("/latest/api/token"):
        print("metadata-token")
    elif "/latest/meta-data/" in url:
        assert "X-aws-ec2-metadata-token: metadata-token" in ARGS
        print(FACTS[url.rpartition("/latest/meta-data/")[2]], end="")
    elif "-o" in ARGS and option("-o") != "/dev/null":
        Path(option("-o")).write_text("fetched")


def apt_get():
    if any(argument.endswith(".deb") for argument in ARGS):
        ETC.mkdir(exist_ok=True)
        if not (ETC / "freshet.env").exists():
            shutil.copy(FAKE / "freshet.env", ETC / "freshet.env")
            (ETC / "freshet.env").chmod(0o640)


def install():
    if "-d" in ARGS:
        os.execv("/usr/bin/install", ["install", *ARGS])
    shutil.copy(ARGS[-2], ARGS[-1])
    Path(ARGS[-1]).chmod(int(option("-m"), 8))


def runuser():
    folder = STATE / "keys" / "bundles"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{option('--host')}.bundle").write_text('metadata\n    name = "fleet"\ncurve\n    secret-key = "made"\n')


def systemctl():
    if ARGS[0] == "is-active":
        sys.exit(3)


def dpkg():
    if ARGS == ["--print-architecture"]:
        print("arm64")


def unzip():
    subprocess.run([sys.executable, "-m", "zipfile", "-e", ARGS[-1], "."], check=True)


def cmake():
    folder = Path("build/release")
    folder.mkdir(parents=True)
    (folder / "freshet_0.1.0_arm64.deb").write_text("a package")


if __name__ == "__main__":
    with (FAKE / "calls").open("a") as calls:
        calls.write(json.dumps([NAME, *ARGS]) + "\n")
    {"aws": aws, "curl": curl, "apt-get": apt_get, "install": install, "runuser": runuser, "systemctl": systemctl,
     "dpkg": dpkg, "unzip": unzip, "cmake": cmake}[NAME]()  # fmt: skip
