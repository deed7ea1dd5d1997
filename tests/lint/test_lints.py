"""The lints find what they are for: each is run over a small tree of its own that holds one fault."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINTS = Path(__file__).resolve().parent


def run(lint, folder, files, *arguments):
    shutil.copytree(LINTS, folder / "tests/lint", ignore=shutil.ignore_patterns("__pycache__"))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o755)
    subprocess.run(["git", "init", "-q", folder], check=True)
    return subprocess.run(
        [sys.executable, folder / "tests/lint" / lint, *arguments], cwd=folder, capture_output=True, text=True
    )


LONG_FUNCTION = "static void much(void)\n{\n" + "    ;\n" * 68 + "}\n"
FAULTS = [
    ("walls.py", "common/a.c", '#include "secondary/sink.h"\n', "common must not see secondary/sink.h"),
    ("walls.py", "standins/a.h", '#include "primary/run.h"\n', "standins must not see"),
    ("walls.py", "primary/run.c", '#include "web/http.h"\n', "primary must not see"),
    ("walls.py", "common/a.c", '#include "must.h"\n', "by its path from the root"),
    ("banned.py", "common/a.c", "int a = atoi(b);\n", "common/a.c:1: atoi(): no errors"),
    ("banned.py", "web/server/a.c", "x = time(NULL);\n", "time(): use common/clock.h"),
    ("banned.py", "common/a.c", 'f("/*"); strcpy(a, b); /* */\n', "strcpy()"),
    ("sizes.py", "common/a.c", ";\n" * 501, "501 lines, 500 are allowed"),
    ("sizes.py", "common/a.c", LONG_FUNCTION, "common/a.c:1: a function of 71 lines, 70 are allowed"),
    ("words.py", "notes.md", "in /wor" + "k/main there\n", "a path of one machine"),
    ("words.py", "common/a.c", "/* TO" + "DO */\n", "unfinished work"),
]


@pytest.mark.parametrize("lint,name,content,finding", FAULTS)
def test_a_fault_is_found(tmp_path, lint, name, content, finding):
    done = run(lint, tmp_path, {name: content})
    assert done.returncode == 1
    assert finding in done.stdout


FINE = [
    ("walls.py", "primary/main.c", '#include "web/http.h"\n#include "common/must.h"\n#include <stdio.h>\n'),
    ("banned.py", "common/clock.c", "clock_gettime(CLOCK_MONOTONIC, &now);\n"),
    ("banned.py", "common/a.c", '/* strcpy(a) */ log("rand()"); run_time(now); self->time(1); // gets()\n'),
    ("sizes.py", "common/a.c", LONG_FUNCTION.replace("    ;\n", "", 1) + ";\n" * 430),
]


@pytest.mark.parametrize("lint,name,content", FINE)
def test_what_is_fine_passes(tmp_path, lint, name, content):
    done = run(lint, tmp_path, {name: content})
    assert (done.returncode, done.stdout) == (0, "")


PROGRAM = "#!/bin/sh\necho '- `--rate RATE`'\n"
README = "# a\n<!-- options:freshet -->\n{}<!-- /options -->\nend\n"


def test_a_drifted_option_list_is_found_and_mended(tmp_path):
    files = {"README.md": README.format("- `--users`\n"), "bin/freshet": PROGRAM}
    done = run("options.py", tmp_path, files, "bin")
    assert done.returncode == 1 and "+- `--rate RATE`" in done.stdout
    fix = subprocess.run([sys.executable, tmp_path / "tests/lint/options.py", "--fix", tmp_path / "bin"])
    assert fix.returncode == 0
    assert (tmp_path / "README.md").read_text() == README.format("- `--rate RATE`\n")


def test_a_readme_without_an_option_list_is_found(tmp_path):
    done = run("options.py", tmp_path, {"README.md": "# a\n", "bin/freshet": PROGRAM}, "bin")
    assert done.returncode == 1 and "no block" in done.stdout
