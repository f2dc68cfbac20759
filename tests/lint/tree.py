"""What may lie in the repository, and what no file may say."""

import re

TOP = re.compile(
    r"CMakeLists\.txt|CMakePresets\.json|operator|reconcilers|crd-schemas|deploy|tests|Dockerfile"
    r"|README\.md|LICENSE|CHANGELOG\.md|\..+"
)
LONG = 400  # lines; a reason to look, no error

# Brackets keep these patterns from finding themselves.
_WORDS = [
    (re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b"), "unfinished work belongs in an issue"),
    (re.compile(r"(?<![\w.~-])/(?:wor[k]|far[m]|tm[p]/bash_jobs)/|(?<![\w.~-])/(?:roo[t]|hom[e]/\w+)/"),
     "path of one machine"),
    (re.compile(
        r"\b(?:pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.(?:org|com)|crate[s]\.io|golan[g]\.org/|"
        r"mave[n]\.org|de[b]\.debian\.org)"),
     "host of a package registry"),
]


def check_top(paths):
    """Messages about entries that do not belong at the top level."""
    for name in sorted({path.split("/")[0] for path in paths}):
        if not TOP.fullmatch(name):
            yield f"{name}: not one of the entries that belong at the top level"


def check_words(text):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, message in _WORDS:
            match = pattern.search(line)
            if match:
                yield number, f"`{match.group(0)}`: {message}"


def is_long(text):
    return text.count("\n") > LONG
