"""Patterns beside co_await that g++ 12 compiles into a use after free or a double free."""

import re

from cpp_text import blank, statements

MARK = "co_await: checked"
_LAMBDA = re.compile(r"(?<![\w)\]\[])\s*\[(?!\[)([^\[\]]+)\]\s*(?:\(|@|mutable|->)")


def _problems(text):
    if re.search(r"\bswitch\s*\(\s*co_await\b", text):
        yield "switch over an awaited value: name it first"
    if re.match(r"\s*for\s*\(.*[^:]:[^:].*\bco_await\b", text, re.DOTALL):
        yield "range-for over an awaited value: name it first"
    if "?" in text:
        yield "?: beside co_await: use if/else"
    if "{" in text:
        yield "braces beside co_await: name the value on the line before"
    if any(match.group(1).strip() for match in _LAMBDA.finditer(_unbound(text))):
        yield "capturing lambda beside co_await: name it on the line before"


def _unbound(text):
    """Without structured bindings, whose brackets capture nothing."""
    return re.sub(r"\bauto\s*&{0,2}\s*\[[^\]]*\]", "auto", text)


def check(path, text):
    """(problems as (line, message), number of statements marked as proven harmless)."""
    marked = {n for n, line in enumerate(text.splitlines(), 1) if MARK in line}
    found, spared = [], 0
    for statement in statements(blank(text)):
        problems = []
        if re.search(r"\bco_await\b", statement.text):
            problems.extend(_problems(statement.text))
        if statement.capturing_coroutine and not path.startswith("tests/"):
            problems.append("a lambda that is a coroutine may capture nothing: pass parameters")
        if problems and marked & set(range(statement.first - 1, statement.last + 1)):
            spared += 1
            continue
        found.extend((statement.first, problem) for problem in problems)
    return found, spared
