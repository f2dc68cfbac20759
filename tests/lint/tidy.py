#!/usr/bin/env python3
"""Runs clang-tidy over the sources, many files at a time, and remembers what was clean.

Files are checked in units, since most of the time goes into the headers that they share; a unit
in which two files' private names clash is halved. Tests are checked by tests/.clang-tidy, a
folder at a time, since they are programs that do not know each other's names.
A unit whose files, headers and settings are unchanged since it was clean is skipped
(build/tidy/clean; deleting it forgets). Arguments: paths to check instead of all.
--since DAYS: only what the commits of that many days before HEAD, or nobody yet, touched, and what
includes it; all of it where the settings are touched.
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

import unity
from cpp_text import includes

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "tidy"
TIDY = "clang-tidy-14"
CHECKED = ("operator/", "reconcilers/", "tests/")
SETTINGS = {".clang-tidy", "tests/.clang-tidy", "tests/lint/tidy.py"}
UNIT_LINES = 5000  # of source in one unit, at most: larger ones hold up the end


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
        # Warnings of g++'s that are switched off by name are unknown to clang; and in a unit one
        # file's names would shadow another's (g++ looks at that).
        dropped = ("-Wno-", "-Wshadow")
        commands[path] = [word for word in words[begin:end] if not word.startswith(dropped)]
    # Libraries and programs differ in definitions only, which go together.
    common = dict.fromkeys(word for command in commands.values() for word in command)
    return sorted(commands), list(common)


def config_of(path):
    return "tests/.clang-tidy" if path.startswith("tests/") else ".clang-tidy"


def units(paths, wanted):
    """Lists of files whose names go together, up to UNIT_LINES."""
    filled = []
    for path in paths:
        if path.startswith(wanted):
            lines = (ROOT / path).read_text().count("\n")
            own = names_seen(path)
            for unit in filled:
                if config_of(unit["files"][0]) == config_of(path) and (
                        unit["lines"] + lines <= UNIT_LINES) and all(
                        unit["names"].get(key, owner) == owner for key, owner in own.items()):
                    break
            else:
                unit = {"lines": 0, "files": [], "names": {}}
                filled.append(unit)
            unit["files"].append(path)
            unit["lines"] += lines
            unit["names"].update(own)
    return [unit["files"] for unit in sorted(filled, key=lambda unit: -unit["lines"])]


def names_seen(path):
    """Whose the namespaces' names are in a file and in those of ours that it includes."""
    found = {}
    for seen, text in with_includes([path]).items():
        for _, key, _, private in unity.names(text):
            # What a header declares, a source may define; but only one.
            defines = seen.endswith(".cpp") and not private and len(key) == 3
            found[defines, key] = seen if private else str(Path(seen).parent)
    return found


def with_includes(files):
    """The texts, by path, of files of ours and of what they include of ours."""
    seen, waiting = {}, list(files)
    while waiting:
        path = waiting.pop()
        if path not in seen and (ROOT / path).is_file():
            text = seen[path] = (ROOT / path).read_text()
            waiting.extend(target for _, target, quoted in includes(text) if quoted)
    return seen


def git(*words):
    return subprocess.run(
        ["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def touched_since(days):
    """Paths that differ from the newest commit that is so many days older than HEAD; None: all."""
    if not (ROOT / ".git").exists():
        return None
    before = int(git("log", "-1", "--format=%ct")) - days * 86400
    base = git("rev-list", "-1", f"--before={before}", "HEAD")
    if not base:
        return None
    changed = git("diff", "--name-only", base).splitlines()
    return set(changed + git("ls-files", "-o", "--exclude-standard").splitlines())


def closure(paths, days):
    """Those of `paths` that were touched, or that include what was."""
    touched = touched_since(days)
    if touched is None or touched & SETTINGS:
        return paths
    return [path for path in paths if touched & with_includes([path]).keys()]


def add_options(parser):
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--since", type=int, metavar="DAYS")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--count", type=Path, help='gets "PASSED FAILED"')


def digest(files):
    """Of everything of ours that the check of `files` depends on."""
    seen = with_includes([*files, ".clang-tidy", config_of(files[0])])
    # Headers are named relative to the root, so a unit's digest is the same in every clone.
    return hashlib.sha256(json.dumps([sorted(files), sorted(seen.items())]).encode()).hexdigest()


def run_tidy(name, source, command, config):
    """(clean, output) of one translation unit."""
    folder = BUILD / "units" / name
    folder.mkdir(parents=True, exist_ok=True)
    unit = folder / "unit.cpp"
    unit.write_text(source)
    (folder / "compile_commands.json").write_text(json.dumps(
        [{"directory": str(folder), "file": str(unit), "arguments": [*command, "-c", str(unit)]}]
    ))
    done = subprocess.run(
        [TIDY, "--quiet", f"--config-file={ROOT / config}", "-p", str(folder), str(unit)],
        capture_output=True, text=True, cwd=ROOT,
    )
    return done.returncode == 0, done.stdout + (done.stderr if done.returncode > 1 else "")


def check(files, command):
    name = hashlib.sha256("\n".join(files).encode()).hexdigest()[:12]
    lines = [f'#include "{path}"  // NOLINT(bugprone-suspicious-include)\n' for path in files]
    clean, output = run_tidy(name, "".join(lines), command, config_of(files[0]))
    if not clean and len(files) > 1 and "[clang-diagnostic-error" in output:
        # The files do not go together: names clash, or one hides what another does not use.
        half = len(files) // 2
        parts = [check(part, command) for part in (files[:half], files[half:])]
        return all(part[0] for part in parts), "".join(part[1] for part in parts)
    return clean, output


def main():
    parser = argparse.ArgumentParser()
    add_options(parser)
    options = parser.parse_args()

    paths, command = configure()
    if options.since is not None:
        paths = closure(paths, options.since)
    memory = BUILD / "clean"
    memory.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True, text=True).stdout
    settings = hashlib.sha256((version + Path(__file__).read_text()).encode()).hexdigest()[:12]

    def visit(files):
        mark = memory / f"{settings}-{digest(files)}"
        if mark.exists():
            return files, True, "", None
        begun = time.monotonic()
        clean, output = check(files, command)
        if clean:
            mark.touch()
        return files, clean, output, time.monotonic() - begun

    work = units(paths, tuple(options.paths) or CHECKED)
    counts = [0, 0]
    seen = set()
    with ThreadPoolExecutor(options.jobs) as pool:
        for files, clean, output, seconds in pool.map(visit, work):
            counts[0 if clean else 1] += 1
            took = "unchanged" if seconds is None else f"{seconds:.0f} s"
            last = "" if len(files) == 1 else f" to {files[-1]} ({len(files)} files)"
            print(f"tidy {files[0]}{last}: {'ok' if clean else 'FAILED'}, {took}", flush=True)
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
