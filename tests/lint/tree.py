"""What the lints share: the files of the tree, and how a finding is told."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("common", "secondary", "primary", "web", "standins", "tests")


def files(*suffixes, under=None):
    """Files that git knows or would add, with one of these suffixes (all files where none is given)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    names = sorted({name for name in listed if name and (ROOT / name).is_file()})
    if under is not None:
        names = [name for name in names if name.split("/")[0] in under]
    return [name for name in names if not suffixes or name.endswith(suffixes)]


def text(name):
    return (ROOT / name).read_text(errors="replace")


def code(name):
    """The lines of a C file with comments and the contents of literals blanked, so that words in them don't count."""
    out, state = [], "code"
    source = text(name)
    i = 0
    while i < len(source):
        two = source[i : i + 2]
        char = source[i]
        if state == "code" and two in ("//", "/*"):
            state = "line" if two == "//" else "block"
            out.append("  ")
            i += 2
            continue
        if state == "block" and two == "*/":
            state = "code"
            out.append("  ")
            i += 2
            continue
        if state in "\"'" and char == "\\":
            out.append("  " if two[1:] != "\n" else " \n")
            i += 2
            continue
        if state == "code":
            out.append(char)
            if char in "\"'":
                state = char
        elif state == char or (state == "line" and char == "\n"):
            out.append(char)
            state = "code"
        else:
            out.append("\n" if char == "\n" else " ")
        i += 1
    return "".join(out).split("\n")


def finish(findings):
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
