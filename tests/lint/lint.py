#!/usr/bin/env python3
"""Lints the repository by the rules beside this file; exit 1 when one is broken.

Usage: lint.py [--count FILE]   FILE gets "PASSED FAILED", counted in rules.
"""

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path

import banned
import coroutines
import layers
import papers
import tree
import unity
import unmended

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "mutants"))
import mutants  # noqa: E402

RULES = ["layers", "oracle", "banned", "coroutines", "unity", "top", "words", "papers", "unmended",
         "mutants"]
CODE = (".cpp", ".hpp")


def tracked():
    """Paths of the tree: committed ones, and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")
    return sorted({path for path in listed if path and (ROOT / path).is_file()})


def read(path):
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None  # a picture or another binary file


def lint(texts):
    """(violations as (rule, text), notes)."""
    found, notes, spared = [], [], 0
    code = {path: text for path, text in texts.items() if path.endswith(CODE)}

    def note(rule, path, problems):
        found.extend((rule, f"{path}:{line}: {message}") for line, message in problems)

    found.extend(("top", message) for message in tree.check_top(texts))
    note("layers", "CMakeLists.txt", layers.check_cmake(texts["CMakeLists.txt"]))
    for path, text in code.items():
        note("layers", path, layers.check(path, text, texts))
        note("banned", path, banned.check(path, text))
        problems, marked = coroutines.check(path, text)
        note("coroutines", path, problems)
        spared += marked
        if path.startswith("tests/sim/oracle"):
            found.extend(
                ("oracle", f"{where}:{line}: {message}")
                for where, line, message in layers.oracle(path, code)
            )
    found.extend(
        ("unity", f"{path}:{line}: {message}") for path, line, message in unity.clashes(code)
    )
    problems, shown = unmended.check(code)
    found.extend(("unmended", f"{path}:{line}: {message}") for path, line, message in problems)
    found.extend(
        ("mutants", f"{path}:{line}: {message}") for path, line, message in mutants.check(texts)
    )
    for path, text in texts.items():
        if path.endswith(".md"):
            note("papers", path, papers.check(text))
        if not path.startswith("tests/recorded/"):
            note("words", path, tree.check_words(text))
            if tree.is_long(text) and path != "LICENSE":
                notes.append(f"{path}: over {tree.LONG} lines")
    if shown:
        notes.append(f"{shown} known fault(s) shown by `while_unmended`")
    if spared:
        notes.append(f"{spared} statement(s) marked `// {coroutines.MARK}`")
    return found, notes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=Path)
    options = parser.parse_args()

    texts = {path: text for path in tracked() if (text := read(path)) is not None}
    found, notes = lint(texts)
    for line in notes:
        print(f"note: {line}")
    for rule, line in sorted(set(found)):
        print(f"{line} [{rule}]")
    broken = Counter(rule for rule, _ in found)
    for rule in RULES:
        print(f"lint {rule}: {'ok' if not broken[rule] else f'{broken[rule]} violation(s)'}")
    if options.count:
        failed = sum(1 for rule in RULES if broken[rule])
        options.count.write_text(f"{len(RULES) - failed} {failed}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
