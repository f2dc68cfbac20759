"""Faults that are known and not mended yet: how many tests show one, each under its own name."""

import re

CALL = re.compile(r'\bwhile_unmended\(\s*(?:"((?:[^"\\]|\\.)*)"\s*([,"]))?')
# What defines it and what tests it.
SPARED = ("tests/support/while_unmended.", "tests/unit/support/while_unmended_test.cpp")


def check(texts):
    """(violations as (path, line, message), how many faults are shown)."""
    found, first = [], {}
    for path, text in sorted(texts.items()):
        if path.startswith(SPARED):
            continue
        for call in CALL.finditer(text):
            line = text.count("\n", 0, call.start()) + 1
            name = call.group(1)
            if not name or call.group(2) != ",":
                found.append((path, line, "the name of a fault is one literal"))
            elif name in first:
                found.append((path, line, f"`{name}` is shown in {first[name]} too"))
            else:
                first[name] = path
    return found, len(first)
