#!/usr/bin/env python3
"""Where the registries cannot be reached, servers are skipped and counted, and fail CI alone.

    test_skips.py BUILD    a build folder with the programs of tests/real
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(sys.argv.pop(1)).resolve()
# Cut off from every network. One try: nobody is going to answer.
CUT_OFF = ["unshare", "--map-root-user", "--net"]


def run(command, folder, **env):
    return subprocess.run(
        command,
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if name not in ("CI", "GTEST_OUTPUT")},
            "WAVEGATE_SERVERS": f"{folder}/servers",
            "PIP_RETRIES": "0",
            "PIP_NO_CACHE_DIR": "1",
            "REAL_BUILD": str(BUILD),
            "REAL_SERVERS": "openbao",
            "REAL_ONLY": "^real_openbao",
            **env,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def programs():
    """Commands of ctest's real programs by name."""
    listed = subprocess.run(
        ["ctest", "--test-dir", BUILD, "-L", "^real$", "--show-only=json-v1"],
        capture_output=True,
        text=True,
        check=True,
    )
    tests = json.loads(listed.stdout)["tests"]
    return {test["name"]: test["command"] for test in tests if test["name"] != "real_skips"}


# What issue trackers and logs are searched for.
SKIPPED = re.compile(r"skipped: ([a-z]+)(?: or ([a-z]+))* not installable here")


def servers():
    """What install.sh knows."""
    listed = subprocess.run(
        ["bash", ROOT / "tests/real/install.sh", "--list"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.split()[0] for line in listed.stdout.splitlines()}


class Skips(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="wavegate-skips.")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def summary(self):
        command = [sys.executable, ROOT / "tests/summary.py", self.folder / "results"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[-1]

    def test_a_server_that_cannot_be_had_is_skipped_and_leaves_no_half(self):
        done = run([*CUT_OFF, "bash", "tests/real/install.sh", "openbao"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("skipped: openbao not installable here\n", done.stdout)
        left = [path.name for path in (self.folder / "servers").iterdir()]
        self.assertEqual(sorted(left), [".lock", "openbao.skipped"])

    def test_every_program_skips_whole_and_says_why_where_no_server_is(self):
        for name, command in programs().items():
            with self.subTest(name):
                done = run(command, self.folder, GTEST_OUTPUT=f"xml:{self.folder}/{name}/")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                report = ElementTree.parse(next((self.folder / name).glob("*.xml")))
                results = {case.get("result") for case in report.iter("testcase")}
                # Processes of its own need no server.
                self.assertEqual(results, {"completed" if name == "real_process" else "skipped"})
                for case in report.iter("testcase"):
                    why = case.find("skipped")
                    if why is not None:
                        said = SKIPPED.search(why.get("message"))
                        self.assertIsNotNone(said, why.get("message"))
                        self.assertLessEqual({name for name in said.groups() if name}, servers())

    def test_skips_are_counted_and_no_failure(self):
        results = self.folder / "results/real"
        done = run([*CUT_OFF, "bash", "tests/real/run.sh", str(results)], self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        cases = sum(
            len(list(ElementTree.parse(path).iter("testcase"))) for path in results.glob("*.xml")
        )
        self.assertGreater(cases, 0)
        self.assertEqual(self.summary(), f"0 passed, 0 failed, {cases + 1} skipped")

    def test_in_ci_a_server_that_cannot_be_had_is_a_failure(self):
        results = self.folder / "results/real"
        done = run([*CUT_OFF, "bash", "tests/real/run.sh", str(results)], self.folder, CI="true")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("0 passed, 1 failed", self.summary())


if __name__ == "__main__":
    unittest.main()
