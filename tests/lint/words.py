"""Refuse words that do not belong into the tree: places on one machine, unfinished work, foreign synonyms."""

import re

import tree

# Written in two parts, so that this file does not hold what it refuses.
REFUSED = [
    (re.compile(r"(?<![\w.\-])/(work|home/\w+|tmp/wt|Users/\w+)/"), "a path of one machine"),
    (re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"), "unfinished work"),
    (re.compile(r"\bsla" + r"ves?\b", re.IGNORECASE), "the word is secondary"),
    (re.compile(r"registry\.npm" + r"js|pypi\." + r"org|files\.python" + r"hosted|deb\.deb" + r"ian\.org|repo\.mav" + r"en",
                re.IGNORECASE), "the host of a registry: leave it to the tool's configuration"),
]  # fmt: skip
SKIPPED = (".png", ".svg", ".woff2")

findings = []
for name in tree.files():
    if name.endswith(SKIPPED) or "/corpus/" in name:
        continue
    for number, line in enumerate(tree.text(name).split("\n"), 1):
        for pattern, why in REFUSED:
            match = pattern.search(line)
            if match:
                findings.append(f"{name}:{number}: '{match.group(0)}': {why}")
tree.finish(findings)
