"""README.md lists exactly the options that the programs know. --fix writes what they say into it.

usage: options.py [--fix] FOLDER_OF_THE_PROGRAMS
Between <!-- options:PROGRAM --> and <!-- /options --> stands what `PROGRAM --help-markdown` prints.
"""

import difflib
import re
import subprocess
import sys
from pathlib import Path

import tree

BLOCK = re.compile(r"(<!-- options:([a-z-]+) -->\n)(.*?)(<!-- /options -->)", re.DOTALL)

arguments = [argument for argument in sys.argv[1:] if argument != "--fix"]
if len(arguments) != 1:
    sys.exit("usage: options.py [--fix] FOLDER_OF_THE_PROGRAMS")
readme = tree.ROOT / "README.md"
page = readme.read_text() if readme.exists() else ""


def says(program):
    path = Path(arguments[0]).resolve() / program
    done = subprocess.run([path, "--help-markdown"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{program} --help-markdown ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip("\n") + "\n"


findings = []
if "freshet" not in {match.group(2) for match in BLOCK.finditer(page)}:
    findings.append("README.md has no block between <!-- options:freshet --> and <!-- /options -->")
fixed = BLOCK.sub(lambda match: match.group(1) + says(match.group(2)) + match.group(4), page)
if fixed != page and "--fix" in sys.argv:
    readme.write_text(fixed)
elif fixed != page:
    findings.append("README.md and --help-markdown differ; tests/lint/options.py --fix build/dev/bin mends it")
    difference = difflib.unified_diff(page.splitlines(), fixed.splitlines(), "README.md", "--help-markdown", "", "", 0, "")
    findings += list(difference)[:40]
tree.finish(findings)
