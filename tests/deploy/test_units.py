"""The units, as cmake --install leaves them, are right by systemd's own word, sandboxed, and hold no secret."""

import re
import shutil

import pytest

from conftest import run

SERVICES = ("freshet-primary", "freshet-secondary@0", "freshet-secondaries", "freshet-run@nightly")
OTHERS = ("freshet.target", "freshet-secondaries.target", "freshet-run@nightly.timer")


@pytest.fixture(scope="module")
def units(staged, tmp_path_factory):
    """Units whose programs are those of the staged tree, templates as instances."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    folder = tmp_path_factory.mktemp("units")
    for file in (staged / "usr/lib/systemd/system").iterdir():
        text = file.read_text()
        for program in ("/usr/bin/", "/usr/lib/freshet/"):
            text = text.replace(f"={program}", f"={staged}{program}")
        (folder / file.name).write_text(text)
    for template, instance in (("freshet-secondary", "0"), ("freshet-run", "nightly")):
        for kind in (".service", ".timer"):
            if (folder / f"{template}@{kind}").exists():
                shutil.copy(folder / f"{template}@{kind}", folder / f"{template}@{instance}{kind}")
    return folder


def test_every_unit_is_there(staged):
    names = {file.name for file in (staged / "usr/lib/systemd/system").iterdir()}
    assert names == {
        "freshet.target", "freshet-primary.service", "freshet-secondary@.service", "freshet-secondaries.service",
        "freshet-secondaries.target", "freshet-run@.service", "freshet-run@.timer",
    }  # fmt: skip


@pytest.mark.parametrize("unit", [f"{name}.service" for name in SERVICES] + list(OTHERS))
def test_systemd_has_nothing_to_say(units, unit):
    done = run("systemd-analyze", "verify", "--man=no", units / unit)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "freshet" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("service", SERVICES)
def test_the_sandbox_is_tight(units, service):
    done = run("systemd-analyze", "security", "--offline=true", units / f"{service}.service")
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout).group(1))
    assert exposure <= 2.0, done.stdout


def test_no_secret_is_in_a_unit(staged):
    for file in (staged / "usr/lib/systemd/system").iterdir():
        for line in file.read_text().splitlines():
            if re.search(r"PASSWORD|PWD|SECRET|TOKEN", line):
                assert line.startswith("UnsetEnvironment="), f"{file.name}: {line}"


def test_units_and_tree_name_the_same_programs(staged):
    for file in (staged / "usr/lib/systemd/system").iterdir():
        for path in re.findall(r"^Exec\w+=(/\S+)", file.read_text(), re.MULTILINE):
            assert (staged / path.lstrip("/")).stat().st_mode & 0o111, f"{file.name}: {path}"
