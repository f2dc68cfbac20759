"""Mutants: small faults that tests must see. One paragraph of a *.mutants file each:

    J2 gate-verdict: a gate that did not hold is taken for one that did (invariant 1)
    in reconcilers/guard/judge_flip.cpp
    by test_unit_guard FlipRules.*
    - if (evidence->verdict != wavegate::Verdict::Pass) {
    + if (false) {

`by` names a test program that must fail, and which of its cases are run (all, if none is named);
several lines: any of them. Lines with `-` are what stands in the file, those with `+` what the
mutant has in its place; lines with two spaces stand around it and stay. Several such places are
changed together. White space does not count, so that what clang-format breaks elsewhere still
applies; that each place is there exactly once is linted.

Most are switched: all of a file are compiled at once, each behind a switch that is read when the
test runs. For that, a place is a whole condition, `return`, `const bool`, statement or block.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TITLE = re.compile(r"^(\w+) ([\w-]+): (.+)$")
TOKEN = re.compile(r"\w+|[^\w\s]")


class Broken(Exception):
    """A mutant that is no mutant: "file:line: why"."""


@dataclass
class Change:
    lead: list = field(default_factory=list)
    before: list = field(default_factory=list)
    after: list = field(default_factory=list)
    trail: list = field(default_factory=list)

    def find(self, text):
        """(begin, end) of every place that it could be."""
        parts = ["\n".join(lines) for lines in (self.lead, self.before, self.trail)]
        pattern = r"\s*".join(f"({_pattern(part)})" for part in parts)
        return [match.span(2) for match in re.finditer(pattern, text)]


@dataclass
class Mutant:
    short: str
    name: str
    breaks: str
    where: str  # "guard.mutants:12"
    path: str = ""
    tests: list = field(default_factory=list)  # (program, filter)
    changes: list = field(default_factory=list)

    @property
    def title(self):
        return f"{self.short} {self.name}"

    def places(self, text):
        """(begin, end, what stands there then) of each change; Broken where it is not one place."""
        found = []
        for change in self.changes:
            spans = change.find(text)
            if len(spans) != 1:
                raise Broken(f"{self.where}: {self.title}: stands {len(spans)} times in {self.path}:"
                             f" {change.before[0]}")
            found.append((*spans[0], "\n".join(change.after)))
        return sorted(found)

    def apply(self, text):
        """The mutated file."""
        for begin, end, after in reversed(self.places(text)):
            text = text[:begin] + after + text[end:]
        return text


def _pattern(text):
    """Matches these tokens in this order, whatever space is between them."""
    tokens = TOKEN.findall(text)
    if not tokens:
        return ""
    parts = [r"\b" if _is_word(tokens[0]) else "", re.escape(tokens[0])]
    for last, token in zip(tokens, tokens[1:]):
        apart = _is_word(last) and _is_word(token)
        parts.append((r"\s+" if apart else r"\s*") + re.escape(token))
    parts.append(r"\b" if _is_word(tokens[-1]) else "")
    return "".join(parts)


def _is_word(token):
    return token[0].isalnum() or token[0] == "_"


def parse(name, text):
    """The mutants of one file; Broken on anything that is none."""
    mutants = []
    for block in re.finditer(r"(?:^[^\n#][^\n]*\n?)+", text, re.MULTILINE):
        first = text.count("\n", 0, block.start()) + 1
        mutants.append(_parse_one(f"{name}:{first}", block.group().splitlines()))
    return mutants


def _parse_one(where, lines):
    title = TITLE.match(lines[0])
    if not title:
        raise Broken(f"{where}: not `SHORT name: what it breaks`")
    mutant = Mutant(title.group(1), title.group(2), title.group(3), where)
    change = Change()
    for line in lines[1:]:
        kind, _, rest = line.partition(" ")
        if kind == "in":
            mutant.path = rest
        elif kind == "by":
            program, _, cases = rest.partition(" ")
            mutant.tests.append((program, cases))
        elif line.startswith("  "):
            (change.trail if change.before else change.lead).append(rest)
        elif kind == "-":
            if change.after or change.trail:
                mutant.changes.append(change)
                change = Change()
            change.before.append(rest)
        elif kind == "+" and change.before:
            change.after.append(rest)
        else:
            raise Broken(f"{where}: not understood: {line}")
    mutant.changes.append(change)
    if not (mutant.path and mutant.tests and all(change.before for change in mutant.changes)):
        raise Broken(f"{where}: {mutant.title}: needs `in`, `by` and lines with `-`")
    return mutant


def load(folder=FOLDER):
    """All mutants; Broken on one that is none, or on a short name that stands twice."""
    mutants = []
    for path in sorted(folder.glob("*.mutants")):
        mutants.extend(parse(path.name, path.read_text(encoding="utf-8")))
    shorts = set()
    for mutant in mutants:
        if mutant.short in shorts:
            raise Broken(f"{mutant.where}: {mutant.short} stands twice")
        shorts.add(mutant.short)
    return mutants


def check(texts):
    """For lint: (file, line, message) of each mutant that does not apply to these files."""
    found = []
    for path, text in texts.items():
        if not (path.startswith("tests/mutants/") and path.endswith(".mutants")):
            continue
        try:
            for mutant in parse(path, text):
                found.extend(_check_one(mutant, texts))
        except Broken as broken:
            found.append(_place(broken))
    return found


def _check_one(mutant, texts):
    if mutant.path not in texts:
        return [_place(Broken(f"{mutant.where}: {mutant.title}: there is no {mutant.path}"))]
    try:
        mutated = mutant.apply(texts[mutant.path])
    except Broken as broken:
        return [_place(broken)]
    if TOKEN.findall(mutated) == TOKEN.findall(texts[mutant.path]):
        return [_place(Broken(f"{mutant.where}: {mutant.title}: changes nothing"))]
    return []


def _place(broken):
    path, line, message = str(broken).split(":", 2)
    return path, int(line), message.strip()
