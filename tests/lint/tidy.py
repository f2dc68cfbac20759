#!/usr/bin/env python3
"""Runs clang-tidy over the sources, a folder at a time, and remembers what was clean.

Files of a folder are checked as one unit, since most of the time goes into the headers that they
share; where two files' private names clash, the files of that unit are checked one by one.
A unit whose files, headers and settings are unchanged since it was clean is skipped
(build/tidy/clean; deleting it forgets). Arguments: paths to check instead of all.
"""

import argparse
import hashlib
import json
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cpp_text import includes

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "tidy"
TIDY = "clang-tidy-14"
CHECKED = ("operator/", "reconcilers/")
UNIT_LINES = 1500  # of source in one unit: larger ones save little and hold up the end


def configure():
    # clang cannot read g++'s precompiled headers.
    subprocess.run(
        ["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         "-DWAVEGATE_NO_PCH=ON", "--log-level=ERROR"],
        check=True, stdout=subprocess.DEVNULL,
    )
    commands = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = Path(entry["file"]).relative_to(ROOT).as_posix()
        words = shlex.split(entry["command"])
        begin = next(i for i, word in enumerate(words) if re.search(r"(\+\+|g\+\+-\d+)$", word))
        end = words.index("-o")
        # Some of g++'s warnings, switched off by name, are unknown to clang.
        commands.setdefault(path, [*words[begin:end], "-Wno-unknown-warning-option"])
    return commands


def units(commands, wanted):
    """Lists of files: those of one folder that are compiled alike, up to UNIT_LINES."""
    groups = {}
    for path in sorted(commands):
        if path.startswith(wanted):
            key = (str(Path(path).parent), tuple(commands[path]))
            groups.setdefault(key, []).append(path)
    for files in groups.values():
        unit, lines = [], 0
        for path in files:
            size = (ROOT / path).read_text().count("\n")
            if unit and lines + size > UNIT_LINES:
                yield unit
                unit, lines = [], 0
            unit.append(path)
            lines += size
        yield unit


def digest(files):
    """Of everything of ours that the check of `files` depends on."""
    seen, waiting = {}, [*files, ".clang-tidy"]
    while waiting:
        path = waiting.pop()
        if path in seen or not (ROOT / path).is_file():
            continue
        text = seen[path] = (ROOT / path).read_text()
        waiting.extend(target for _, target, quoted in includes(text) if quoted)
    # Headers are named relative to the root, so a unit's digest is the same in every clone.
    return hashlib.sha256(json.dumps([sorted(files), sorted(seen.items())]).encode()).hexdigest()


def run_tidy(name, source, command):
    """(clean, output) of one translation unit."""
    folder = BUILD / "units" / name
    folder.mkdir(parents=True, exist_ok=True)
    unit = folder / "unit.cpp"
    unit.write_text(source)
    (folder / "compile_commands.json").write_text(json.dumps(
        [{"directory": str(folder), "file": str(unit), "arguments": [*command, "-c", str(unit)]}]
    ))
    done = subprocess.run(
        [TIDY, "--quiet", f"--config-file={ROOT / '.clang-tidy'}", "-p", str(folder), str(unit)],
        capture_output=True, text=True, cwd=ROOT,
    )
    return done.returncode == 0, done.stdout + (done.stderr if done.returncode > 1 else "")


def check(files, command):
    name = hashlib.sha256("\n".join(files).encode()).hexdigest()[:12]
    lines = [f'#include "{path}"  // NOLINT(bugprone-suspicious-include)\n' for path in files]
    clean, output = run_tidy(name, "".join(lines), command)
    if not clean and len(files) > 1 and "clang-diagnostic-" in output:
        # The files do not go together: names clash, or one hides what another does not use.
        parts = [check([path], command) for path in files]
        return all(part[0] for part in parts), "".join(part[1] for part in parts)
    return clean, output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--count", type=Path, help='gets "PASSED FAILED", counted in units')
    options = parser.parse_args()

    commands = configure()
    memory = BUILD / "clean"
    memory.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True, text=True).stdout
    settings = hashlib.sha256((version + Path(__file__).read_text()).encode()).hexdigest()[:12]

    def visit(files):
        mark = memory / f"{settings}-{digest(files)}"
        if mark.exists():
            return files, True, "", None
        begun = time.monotonic()
        clean, output = check(files, commands[files[0]])
        if clean:
            mark.touch()
        return files, clean, output, time.monotonic() - begun

    work = sorted(units(commands, tuple(options.paths) or CHECKED), key=len, reverse=True)
    counts = [0, 0]
    seen = set()
    with ThreadPoolExecutor(options.jobs) as pool:
        for files, clean, output, seconds in pool.map(visit, work):
            counts[0 if clean else 1] += 1
            took = "unchanged" if seconds is None else f"{seconds:.0f} s"
            print(f"tidy {Path(files[0]).parent} ({len(files)} files): "
                  f"{'ok' if clean else 'FAILED'}, {took}", flush=True)
            for finding in re.split(r"(?m)^(?=\S+:\d+:\d+: (?:error|warning): )", output):
                if finding.strip() and finding not in seen:  # headers are seen by many units
                    seen.add(finding)
                    print(finding.rstrip().replace(f"{ROOT}/", ""), flush=True)
    print(f"tidy: {counts[0]} units clean, {counts[1]} not")
    if options.count:
        options.count.write_text(f"{counts[0]} {counts[1]}\n")
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
