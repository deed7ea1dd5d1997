"""Refuse an include through a wall: what each room of the house may see."""

import re

import tree

MAY_SEE = {
    "common": {"common"},
    "secondary": {"common", "secondary"},
    "primary": {"common", "primary"},
    "web": {"common", "web"},
    "standins": {"common", "standins"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')

findings = []
for name in tree.files(".c", ".h", under=MAY_SEE):
    room = name.split("/")[0]
    may_see = MAY_SEE[room]
    if re.fullmatch(r"primary/main[a-z_]*\.c", name):
        may_see = may_see | {"web"}
    for number, line in enumerate(tree.text(name).split("\n"), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        seen = match.group(1)
        if "/" not in seen or seen.startswith("."):
            findings.append(f'{name}:{number}: include "{seen}" by its path from the root')
        elif seen.split("/")[0] not in may_see:
            findings.append(f"{name}:{number}: {room} must not see {seen}")
tree.finish(findings)
