"""Refuse files of more than 500 lines and C functions of more than 70.

The format lint keeps the braces of a function alone in the first column, so that a function is what lies between two
such lines; its signature counts too, from the line after the blank one or the comment in front of it.
"""

import tree

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

findings = []
for name in tree.files(".c", ".h", ".py", ".sh", ".ts", ".lua", ".cmake", "CMakeLists.txt"):
    lines = tree.text(name).splitlines()
    if len(lines) > FILE_LINES_MAX:
        findings.append(f"{name}: {len(lines)} lines, {FILE_LINES_MAX} are allowed")
    if not name.endswith(".c"):
        continue
    opened = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            opened = number
            while opened > 1 and lines[opened - 2] and lines[opened - 2][-1] not in "/;}>":
                opened -= 1
        elif line == "}" and opened is not None:
            if number - opened + 1 > FUNCTION_LINES_MAX:
                findings.append(f"{name}:{opened}: a function of {number - opened + 1} lines, "
                                f"{FUNCTION_LINES_MAX} are allowed")  # fmt: skip
            opened = None
tree.finish(findings)
