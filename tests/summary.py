#!/usr/bin/env python3
"""Sums up what the stages of tests/run.sh left: "N passed, N failed" over all test cases.

A folder per stage holds GoogleTest's XML, ctest's JUnit files (a program that crashed left no XML
of its own) and *.count files with "PASSED FAILED" or "PASSED FAILED SKIPPED".
"""

import argparse
from pathlib import Path
from xml.etree import ElementTree


def gtest_cases(path):
    """[passed, failed, skipped] of one test program."""
    try:
        cases = [case for case in ElementTree.parse(path).iter("testcase")]
    except ElementTree.ParseError:  # the program died while it wrote
        return [0, 0, 0]
    failed = sum(1 for case in cases if case.find("failure") is not None)
    skipped = sum(1 for case in cases if case.get("result") in ("skipped", "suppressed"))
    return [len(cases) - failed - skipped, failed, skipped]


def stage_cases(folder):
    total = [0, 0, 0]
    programs = {path.stem: gtest_cases(path) for path in folder.glob("*.xml")}
    counted = list(programs.values())
    for junit in folder.glob("*.junit"):
        for test in ElementTree.parse(junit).iter("testcase"):
            cases = programs.get(f"test_{test.get('name')}")
            if test.get("status") != "run" and (cases is None or cases[1] == 0):
                counted.append([0, 1, 0])
            elif cases is None:
                counted.append([1, 0, 0])
    for path in folder.glob("*.count"):
        passed, failed, *skipped = map(int, path.read_text().split())
        counted.append([passed, failed, sum(skipped)])
    for cases in counted:
        total = [a + b for a, b in zip(total, cases)]
    return total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("--broken", help="stage that failed: it counts even without a test")
    options = parser.parse_args()

    total = [0, 0, 0]
    for folder in sorted(path for path in options.results.iterdir() if path.is_dir()):
        cases = stage_cases(folder)
        if folder.name == options.broken and cases[1] == 0:
            cases[1] = 1
        if any(cases):
            print(f"{folder.name}: {cases[0]} passed, {cases[1]} failed, {cases[2]} skipped")
        total = [a + b for a, b in zip(total, cases)]
    skipped = f", {total[2]} skipped" if total[2] else ""
    print(f"{total[0]} passed, {total[1]} failed{skipped}")


if __name__ == "__main__":
    main()
