"""Calls that only a few files may make: time, randomness, threads, environment, processes."""

import re

from cpp_text import blank

# What is banned, where it may stand in the program, where in tests, and what to use instead.
# A path ending in "/" is a folder, else a prefix.
_RULES = [
    (r"system_clock\s*::\s*now|\bgettimeofday\b|\bclock_gettime\b|\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)",
     ["operator/runtime/"], [], "time comes from Clock"),
    (r"\bsteady_clock\b|\bhigh_resolution_clock\b",
     ["operator/runtime/", "operator/net/curl", "operator/net/server"], ["tests/bench/"],
     "time comes from Clock"),
    (r"\bsteady_timer\b|\bsystem_timer\b|\bhigh_resolution_timer\b|\bbasic_waitable_timer\b",
     ["operator/runtime/", "operator/net/curl", "operator/net/server"],
     ["tests/unit/net/", "tests/unit/runtime/", "tests/unit/serve/"], "waits go through Clock"),
    (r"\brandom_device\b", ["operator/runtime/"], [], "randomness comes from Random"),
    (r"\b(?:std\s*::\s*)?s?rand\s*\(\s*\)|\bsrand\b", [], [], "randomness comes from Random"),
    (r"\bstd\s*::\s*j?thread\b|\bstd\s*::\s*async\b|\bpthread_create\b|\bthread_pool\b",
     ["operator/runtime/"], ["tests/"], "blocking work goes through Blocking"),
    (r"\b(?:secure_)?getenv\b|\benviron\b", ["operator/client/api", "operator/program/commands"],
     ["tests/"], "the environment is given by program/commands"),
    (r"(?<![\w.>])(?:::\s*)?(?:v?fork|exec[lv]p?e?|popen)\s*\(|\bstd\s*::\s*system\s*\(|(?<![\w.>:])system\s*\(",
     # whose subject is a crash or a real program, or that two processes do the same
     ["operator/runtime/process"], ["tests/e2e/", "tests/real/", "tests/unit/", "tests/sim/test_seeds", "tests/support/output_of"],
     "child processes run through source/child"),
    (r"\bposix_spawnp?\s*\(", ["operator/source/child"], ["tests/e2e/", "tests/real/", "tests/support/"],
     "child processes run through source/child"),
    (r"\bsleep_for\b|\bthis_thread\s*::\s*sleep|\busleep\s*\(|\bnanosleep\s*\(|(?<![\w.>:])sleep\s*\(",
     [], [], "waits go through Clock"),
    (r"\bdetached\b", [], [], "spawn through TaskGroup"),
    (r"\bco_spawn\b", ["operator/", "reconcilers/"], ["tests/support/spawn.cpp"],
     "tests start what runs through support/spawn"),
]
RULES = [(re.compile(pattern), ours, tests, instead) for pattern, ours, tests, instead in _RULES]


def check(path, text):
    """(line, message) of every banned call in the file."""
    lines = blank(text).splitlines()
    for pattern, ours, tests, instead in RULES:
        allowed = tests if path.startswith("tests/") else ours
        if path.startswith(tuple(allowed)):
            continue
        for number, line in enumerate(lines, 1):
            match = pattern.search(line)
            if match:
                yield number, f"`{match.group(0).strip()}` may not stand here: {instead}"
