#!/usr/bin/env python3
"""Puts the mutants into a copy of the tree and runs the tests that must fail there.

Usage: run.py [--tree DIR] [--count FILE] [SHORT...]

The copy (build/mutants unless said) is built like the preset `debug`: without the optimizer, by
ccache; once for all mutants that can be switched, once more for each of the others. Prints a line
a mutant and `mutants: KILLED/OF`; exit 1 when one survived, or when tests fail without any. FILE
gets "KILLED SURVIVED".
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import mutants
import switches

ROOT = Path(__file__).resolve().parents[2]
MINUTES = 10  # of one test program: a mutant may loop
# What a mutant calls no more is no reason not to compile it.
QUIET = "".join(f'#pragma GCC diagnostic ignored "-Wunused-{what}"\n'
                for what in ("function", "variable", "parameter", "but-set-variable",
                             "const-variable"))


def copy_tree(target):
    """The files of git's tree, as they are; what did not change keeps its time."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")
    wanted = {path for path in listed if path and (ROOT / path).is_file()}
    for path in wanted:
        source, copy = ROOT / path, target / path
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    for copy in [path for path in target.rglob("*") if path.is_file()]:
        path = copy.relative_to(target).as_posix()
        if not path.startswith("build/") and path not in wanted:
            copy.unlink()


class Tree:
    def __init__(self, folder, jobs):
        self.folder = folder
        self.build_folder = folder / "build" / "debug"
        self.jobs = jobs

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        copy_tree(self.folder)
        subprocess.run(["cmake", "--preset", "debug"], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL)

    def build(self, programs):
        """None, or what the compiler said."""
        done = subprocess.run(
            ["cmake", "--build", "--preset", "debug", "-j", str(self.jobs), "--target", *programs],
            cwd=self.folder, capture_output=True, text=True)
        return None if done.returncode == 0 else done.stdout[-3000:] + done.stderr[-1000:]

    def fails(self, program, cases, switched=""):
        """Does one of its cases fail (or it crash, or never end)?"""
        environment = {key: value for key, value in os.environ.items() if key != "GTEST_OUTPUT"}
        environment[switches.VARIABLE] = switched
        command = [str(self.build_folder / "tests" / program), "--gtest_brief=1"]
        if cases:
            command.append(f"--gtest_filter={cases}")
        try:
            done = subprocess.run(
                command, cwd=self.build_folder / "tests", env=environment, timeout=60 * MINUTES,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        except subprocess.TimeoutExpired:
            return True
        if done.returncode == 0 and "[  PASSED  ] 0 tests" in done.stdout:
            raise mutants.Broken(f"{program}: no case is called {cases}")
        return done.returncode != 0

    def with_texts(self, texts, programs, run):
        """Builds these programs with these files in place, then runs; the files are put back."""
        kept = {path: (self.folder / path).read_text(encoding="utf-8") for path in texts}
        try:
            for path, text in texts.items():
                (self.folder / path).write_text(text, encoding="utf-8")
            trouble = self.build(programs)
            if trouble:
                raise mutants.Broken(f"does not compile: {trouble}")
            return run()
        finally:
            for path, text in kept.items():
                (self.folder / path).write_text(text, encoding="utf-8")


class Report:
    def __init__(self):
        self.killed = self.alive = 0

    def add(self, mutant, verdict, began):
        print(f"{mutant.title}: {verdict} ({time.monotonic() - began:.0f} s)", flush=True)
        if verdict == "killed":
            self.killed += 1
            return
        self.alive += 1
        print(f"    {mutant.breaks} [{mutant.where}]", flush=True)


def programs_of(chosen):
    return sorted({program for mutant in chosen for program, _ in mutant.tests})


def run_switched(tree, texts, chosen, report):
    """All of them in one build, after the tests passed in it without any."""
    def run():
        for program, cases in sorted({test for mutant in chosen for test in mutant.tests}):
            if tree.fails(program, cases):
                raise mutants.Broken(f"fails without any mutant: {program} {cases}")
        for mutant in chosen:
            began = time.monotonic()
            killed = any(tree.fails(*test, switched=mutant.short) for test in mutant.tests)
            report.add(mutant, "killed" if killed else "survived", began)

    tree.with_texts(texts, programs_of(chosen), run)


def run_alone(tree, mutant, report):
    began = time.monotonic()
    text = (tree.folder / mutant.path).read_text(encoding="utf-8")
    try:
        killed = tree.with_texts(
            {mutant.path: QUIET + mutant.apply(text)}, programs_of([mutant]),
            lambda: any(tree.fails(*test) for test in mutant.tests))
    except mutants.Broken as broken:
        report.add(mutant, str(broken), began)
    else:
        report.add(mutant, "killed" if killed else "survived", began)


def run_all(tree, chosen, report):
    texts, switched = {}, []
    for path in sorted({mutant.path for mutant in chosen}):
        text = (tree.folder / path).read_text(encoding="utf-8")
        texts[path], fitting = switches.switch(text, [m for m in chosen if m.path == path])
        switched.extend(fitting)
    run_switched(tree, texts, switched, report)
    for mutant in chosen:
        if mutant not in switched:
            run_alone(tree, mutant, report)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tree", type=Path, default=ROOT / "build" / "mutants")
    parser.add_argument("--count", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("short", nargs="*")
    options = parser.parse_args()

    everything = mutants.load()
    chosen = [m for m in everything if not options.short or m.short in options.short]
    unknown = set(options.short) - {mutant.short for mutant in chosen}
    if unknown:
        parser.error(f"no such mutant: {', '.join(sorted(unknown))}")
    tree = Tree(options.tree, options.jobs)
    tree.prepare()
    report = Report()
    run_all(tree, chosen, report)
    print(f"mutants: {report.killed}/{len(chosen)}")
    if options.count:
        options.count.write_text(f"{report.killed} {report.alive}\n")
    return 1 if report.alive else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except mutants.Broken as why:
        sys.exit(str(why))
