"""Refuse calls that overflow, hide errors, share state or read clocks behind the back of common/clock.c."""

import re

import tree

WHY = {
    "strcpy": "no length", "strcat": "no length", "sprintf": "no length", "vsprintf": "no length", "gets": "no length",
    "atoi": "no errors", "atol": "no errors", "atoll": "no errors", "atof": "no errors",
    "rand": "use common/rng.h", "srand": "use common/rng.h", "random": "use common/rng.h",
    "strtok": "keeps state", "alloca": "unbounded stack", "system": "starts a shell",
    "gettimeofday": "use common/clock.h", "clock_gettime": "use common/clock.h", "time": "use common/clock.h",
    "clock": "use common/clock.h", "zclock_mono": "use common/clock.h", "zclock_usecs": "use common/clock.h",
    "zclock_time": "use common/clock.h",
}  # fmt: skip
CLOCKS = {name for name, why in WHY.items() if "clock.h" in why}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(WHY) + r")\s*\(")

findings = []
for name in tree.files(".c", ".h", under=tree.OURS):
    for number, line in enumerate(tree.code(name), 1):
        for match in CALL.finditer(line):
            if match.group(1) in CLOCKS and name == "common/clock.c":
                continue
            findings.append(f"{name}:{number}: {match.group(1)}(): {WHY[match.group(1)]}")
tree.finish(findings)
