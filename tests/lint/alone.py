#!/usr/bin/env python3
"""Compiles every source file by itself, without making code of it.

The presets that CI builds put many files of a library into one (CMAKE_UNITY_BUILD), and so does
tidy.py: there an #include that one file lacks comes with another, until a new file moves it
elsewhere or somebody builds the debug preset. The headers of other libraries are precompiled, all of
them for everyone: what shows is what lacks of our own. With --since, without the tests: nothing else
is made of them, and they are half of it.
Files that are unchanged since they compiled are skipped (build/tidy/alone; deleting it forgets).
"""

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from cpp_text import includes
from tidy import BUILD, ROOT, add_options, closure, configure, digest, with_includes

COMPILER = "clang++-14"
CHECKED = ("operator/", "reconcilers/", "tests/")
MEMORY = BUILD / "alone"


def precompile(paths, command):
    """Precompiles what the files and their headers include of others; returns where it lies."""
    headers = {
        target
        for text in with_includes(paths).values()
        for _, target, quoted in includes(text)
        if not quoted
    }
    source, compiled = MEMORY / "libraries.hpp", MEMORY / "libraries.pch"
    source.write_text("".join(f"#include <{header}>\n" for header in sorted(headers)))
    subprocess.run([*command, "-x", "c++-header", source, "-o", compiled], check=True, cwd=ROOT)
    return compiled


def main():
    parser = argparse.ArgumentParser()
    add_options(parser)
    options = parser.parse_args()

    known, words = configure()
    paths = [path for path in known if path.startswith(CHECKED)]
    if options.since is not None:
        paths = [path for path in closure(paths, options.since) if not path.startswith("tests/")]
    command = [COMPILER, "-w", *(word for word in words if word.startswith(("-D", "-I", "-std")))]
    MEMORY.mkdir(parents=True, exist_ok=True)
    marks = {path: MEMORY / digest([path]) for path in paths
             if path.startswith(tuple(options.paths or CHECKED))}
    changed = [path for path, mark in marks.items() if not mark.exists()]
    compiled = precompile(paths, command) if changed else None

    def visit(path):
        done = subprocess.run(
            [*command, "-fsyntax-only", "-include-pch", compiled, path],
            capture_output=True, text=True, cwd=ROOT,
        )
        if done.returncode == 0:
            marks[path].touch()
        return done.returncode == 0, done.stderr

    failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for alone, output in pool.map(visit, changed):
            if not alone:
                failed += 1
                print(output.rstrip().replace(f"{ROOT}/", ""), flush=True)
    print(f"alone: {len(marks) - failed} files compile by themselves, {failed} don't")
    if options.count:
        options.count.write_text(f"{len(marks) - failed} {failed}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
