"""The package and the installed tree: what is in them, and that it reads well."""

import gzip
import os
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, run, said

PROGRAMS = sorted(file.name[: -len(".1.in")] for file in (ROOT / "deploy/man").glob("*.1.in"))
# freshet-ctl has a page before it has a program in some trees.
BUILT = [name for name in PROGRAMS if (ROOT / "build/release/bin" / name).exists()]


@pytest.fixture(scope="module")
def control(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("control")
    said("dpkg-deb", "-e", package, folder)
    return folder


@pytest.fixture(scope="module")
def content(package):
    """path -> (mode, owner)."""
    rows = {}
    for line in said("dpkg-deb", "-c", package).splitlines():
        mode, owner, _, _, _, path = line.split(None, 5)
        rows[path[1:]] = (mode, owner)
    return rows


def test_what_a_machine_needs_is_in_it(content):
    assert "freshet" in BUILT and "freshet-secondary" in BUILT
    for name in BUILT:
        assert content[f"/usr/bin/{name}"][0] == "-rwxr-xr-x"
        assert f"/usr/share/man/man1/{name}.1.gz" in content
        assert f"/usr/share/bash-completion/completions/{name}" in content
    assert content["/etc/freshet/freshet.env"][0] == "-rw-r-----", "passwords may stand there"
    assert "/etc/freshet/runs/" in content
    assert "/usr/lib/systemd/system/freshet.target" in content
    assert {owner for _, owner in content.values()} == {"root/root"}
    outside = [path for path in content if not path.startswith(("/usr/", "/etc/", "/"))]
    assert outside == []
    assert not any("/local/" in path for path in content)


def test_dependencies_are_those_of_the_programs(package, control):
    fields = dict(re.findall(r"^(\S+): (.*)$", (control / "control").read_text(), re.MULTILINE))
    names = {word.split()[0] for word in fields["Depends"].split(",")}
    linked = said("sh", "-c", f"ldd {ROOT}/build/release/bin/freshet {ROOT}/build/release/bin/freshet-secondary")
    for library, name in (("libzmq.so", "libzmq5"), ("libcurl.so", "libcurl4"), ("libsqlite3.so", "libsqlite3-0"), ("libc.so", "libc6")):
        assert library in linked
        assert name in names or f"{name}t64" in names, fields["Depends"]
    assert "adduser" in names
    assert fields["Architecture"] == said("dpkg", "--print-architecture").strip()
    assert package.name == f"freshet_{fields['Version']}_{fields['Architecture']}.deb"
    assert re.search(r"project\(freshet VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1) == fields["Version"]


def test_the_configuration_is_kept_on_upgrade(control):
    assert (control / "conffiles").read_text().split() == ["/etc/freshet/freshet.env"]


def test_maintainer_scripts_are_scripts(control):
    for name in ("postinst", "prerm", "postrm"):
        said("sh", "-n", control / name)
        assert (control / name).stat().st_mode & 0o777 == 0o755
        if shutil.which("shellcheck"):
            said("shellcheck", control / name)


def test_nothing_says_what_machine_it_is_for():
    for file in (ROOT / "deploy").rglob("*"):
        if file.suffix in (".cmake", ".in", ".sh", ".awk") and "man" not in file.parts:
            assert not re.search(r"amd64|x86_64|x86-64", file.read_text()), file


@pytest.mark.parametrize("name", BUILT)
def test_man_pages_are_right_and_list_every_option(staged, name, tmp_path):
    page = tmp_path / f"{name}.1"
    page.write_bytes(gzip.decompress((staged / f"usr/share/man/man1/{name}.1.gz").read_bytes()))
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100", "MANROFFOPT": "-ww"}
    shown = run("man", "--warnings", "-l", page, env=environment)
    assert (shown.returncode, shown.stderr) == (0, "")
    if shutil.which("mandoc"):
        lint = run("mandoc", "-T", "lint", "-W", "warning", page)
        assert (lint.returncode, lint.stdout) == (0, "")
    told = said(ROOT / f"build/release/bin/{name}", "--help")
    flags = set(re.findall(r"^  (?:-., |    )(--[a-z-]+)", told, re.MULTILINE))
    assert "--help" in flags
    text = page.read_text().replace("\\-", "-")
    listed = {flag for line in re.findall(r"^\.TP\n\\fB(-.*?)\\fR", text, re.MULTILINE) for flag in line.split(", ")}
    assert flags <= listed
    assert "@" not in re.sub(r"freshet-(run|secondary)@", "", text), "a word of the template was left"
    also = {flag for words in re.findall(r"\[also:\s+([^\]]*)\]", told) for flag in re.split(r",\s+", words)}
    assert also <= listed


# What bash offers for a line of words, the last of which is being typed.
COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { :; }
name=_${1//-/_}
$name
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(staged, *words):
    file = staged / f"usr/share/bash-completion/completions/{words[0]}"
    told = subprocess.run(["bash", "-uc", COMPLETE, "bash", file, *words], capture_output=True, text=True, timeout=20, check=True)
    assert told.stderr == ""
    return [line for line in told.stdout.splitlines() if line]


@pytest.mark.parametrize("name", BUILT)
def test_completions_are_bash_and_know_every_flag(staged, name):
    file = staged / f"usr/share/bash-completion/completions/{name}"
    said("bash", "-n", file)
    told = said(ROOT / f"build/release/bin/{name}", "--help")
    flags = set(re.findall(r"^  (?:-., |    )(--[a-z-]+)", told, re.MULTILINE))
    assert flags <= set(completed(staged, name, "--"))


def test_completions_offer_what_an_option_takes(staged, tmp_path):
    assert completed(staged, "freshet", "--loglevel", "D") == ["DEBUG"]
    assert completed(staged, "freshet", "--loglevel", "=", "WA") == ["WARNING"]
    assert completed(staged, "freshet", "--rate", "") == []
    assert completed(staged, "freshet", "--only") == ["--only-summary"]
    (tmp_path / "out.json").touch()
    assert completed(staged, "freshet", "--json", f"{tmp_path}/o") == [f"{tmp_path}/out.json"]
    (tmp_path / "state").mkdir()
    assert completed(staged, "freshet", "--state-dir", f"{tmp_path}/") == [f"{tmp_path}/state"]


@pytest.mark.skipif("freshet-ctl" not in BUILT, reason="no freshet-ctl in this tree")
def test_commands_are_completed(staged):
    assert set(completed(staged, "freshet-ctl", "")) == {"keys", "revoke", "status", "stop"}
