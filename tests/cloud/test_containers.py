"""deploy/kubernetes against the schemas of Kubernetes, and what the manifests and the Containerfile promise."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(os.environ.get("FRESHET_BIN") or ROOT / "build" / "dev" / "bin")
# As the manifests and the Containerfile have it: a root that nobody can write to, and a user who may do nothing else.
LOCKED = """
mount --make-rprivate /
mount -t tmpfs -o mode=0700,uid=10001,gid=10001 none "$1/state"
mount -o remount,ro,bind /
cd "$1/state"
if touch "$1/written" 2>/dev/null; then echo "the root can be written to"; exit 99; fi
exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    env -i PATH=/usr/bin:/bin FRESHET_STATE_DIR="$1/state" "$1/bin/freshet" --autostart --autoquit 1s --web-port 0 \
    --bind-port 0 --processes 1 --rate 1k --events 2k null://
"""
FILES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
VERSIONS = ["1.30", "1.37"]  # the oldest that is likely met, and the newest known here


def documents(kind=None):
    found = [document for file in FILES for document in yaml.safe_load_all(file.read_text())]
    return [document for document in found if kind is None or document["kind"] == kind]


def named(kind, name):
    (found,) = [document for document in documents(kind) if document["metadata"]["name"] == name]
    return found


def pods():
    return [(one["metadata"]["name"], one["spec"]["template"]) for one in documents("Deployment")]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_keep_to_the_schemas(version):
    assert len(documents()) >= 6
    for document in documents():
        kubernetes_validate.validate(document, version, strict=True)


def test_a_wrong_manifest_would_be_noticed():
    wrong = named("Deployment", "freshet-primary")
    wrong["spec"]["replica"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_there_is_a_primary_that_is_one_and_secondaries_that_scale():
    primary, secondaries = named("Deployment", "freshet-primary"), named("Deployment", "freshet-secondaries")
    assert primary["spec"]["replicas"] == 1 and primary["spec"]["strategy"] == {"type": "Recreate"}
    for deployment in (primary, secondaries):
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
    service = named("Service", "freshet-primary")
    assert service["spec"]["selector"].items() <= primary["spec"]["template"]["metadata"]["labels"].items()
    ports = {port["name"]: port["containerPort"] for port in primary["spec"]["template"]["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"]: port["port"] for port in service["spec"]["ports"]} == ports == {"dashboard": 8089, "link": 5557}
    (container,) = secondaries["spec"]["template"]["spec"]["containers"]
    assert {"name": "FRESHET_PRIMARY_HOST", "value": service["metadata"]["name"]} in container["env"]


def test_nothing_runs_as_root_or_writes_to_its_root():
    for name, pod in pods():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] == 10001, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not spec["automountServiceAccountToken"], name
        for container in spec["containers"] + spec.get("initContainers", []):
            locked = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            assert container["securityContext"] == locked, (name, container["name"])
            assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
            mounts = {mount["name"] for mount in container["volumeMounts"]}
            assert mounts <= {volume["name"] for volume in spec["volumes"]}, name


def test_the_names_of_services_are_not_taken_for_options():
    # A Service freshet-primary gives each pod FRESHET_PRIMARY_PORT=tcp://..., which is --primary-port to freshet.
    assert all(pod["spec"]["enableServiceLinks"] is False for _, pod in pods())


def test_no_secret_has_a_value_here():
    for secret in documents("Secret"):
        assert not secret.get("data") and set(secret["stringData"].values()) == {""}
    wanted = {v["secret"]["secretName"] for _, pod in pods() for v in pod["spec"]["volumes"] if "secret" in v}
    assert wanted == {"freshet-login", "freshet-join"}


def test_the_containerfile_builds_in_one_stage_and_runs_in_another():
    lines = (DEPLOY / "container" / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    stages = [rest for word, rest in steps if word == "FROM"]
    assert len(stages) == 2 and stages[0].endswith(" AS build")
    assert {word for word, _ in steps} <= {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT"}
    last = [steps.index(step) for step in steps if step[0] == "FROM"][-1]
    final = steps[last:]
    assert ["USER", "10001:10001"] in final and final[-1][0] == "ENTRYPOINT"
    assert all("--from=build" in rest for word, rest in final if word == "COPY")
    assert not re.search(r"PASSWORD|SECRET|TOKEN", " ".join(rest for word, rest in steps if word == "ENV"))
    for word, rest in steps[:last]:  # what it copies by name is there
        if word == "COPY" and rest != ". .":
            assert all((DEPLOY.parent / name).exists() for name in rest.split()[:-1]), rest


def test_hadolint_finds_nothing():
    program = Path(sys.executable).with_name("hadolint")
    if not program.exists():
        pytest.skip("no hadolint for this machine")
    # DL3008 wants versions of Debian's packages, which Debian replaces with each of its fixes.
    done = subprocess.run([program, "--no-color", "--ignore", "DL3008", DEPLOY / "container" / "Containerfile"],
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_a_run_on_a_read_only_root_by_a_user_without_rights():
    if not (BIN / "freshet").exists():
        pytest.skip("freshet is not built (FRESHET_BIN chooses a folder)")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, timeout=30).returncode != 0:
        pytest.skip("no mount namespace here")
    folder = Path(tempfile.mkdtemp(prefix="freshet-locked-"))
    try:
        folder.chmod(0o755)
        (folder / "state").mkdir()
        (folder / "bin").mkdir()
        for name in ("freshet", "freshet-secondary"):
            shutil.copy(BIN / name, folder / "bin")
        done = subprocess.run(["unshare", "-m", "sh", "-euc", LOCKED, "sh", folder], capture_output=True, text=True, timeout=120)
    finally:
        shutil.rmtree(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^all +\S+ +2000 +2000 +0 +0 ", done.stdout, re.MULTILINE), done.stdout
