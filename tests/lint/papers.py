"""Blocks of code in Markdown files: closed, of a language that is checked, and valid in it.

What YAML blocks mean is checked by tests/unit/papers, which takes their kind from the words behind
the language: desired state, or with `operator.yaml` or `fleet.spec` a part of these. Of a `compose`
file, what its services name must be declared in it.
"""

import json
import re
import subprocess

import yaml

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(.*)$")
YAML_KINDS = ("", "operator.yaml", "fleet.spec", "compose")


class _Strict(yaml.SafeLoader):
    """Keys that stand twice are an error, as they are for the program."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"stands twice: {', '.join(sorted(twice))}", node.start_mark)
        return super().construct_mapping(node, deep)


def blocks(text):
    """(line, info, body) of every fenced block; body None where it is never closed."""
    opened = None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if opened is None:
            if fence:
                opened = (number, fence, [])
        elif fence and fence.group(2).startswith(opened[1].group(2)) and not fence.group(3):
            begun, head, lines = opened
            indent = len(head.group(1))
            yield begun, head.group(3).strip(), "\n".join(row[indent:] for row in lines) + "\n"
            opened = None
        else:
            opened[2].append(line)
    if opened is not None:
        yield opened[0], opened[1].group(3).strip(), None


def _yaml(words, body):
    if words not in YAML_KINDS:
        return f"`yaml {words}` is none of {', '.join('`yaml ' + kind + '`' for kind in YAML_KINDS)}"
    try:
        documents = list(yaml.load_all(body, Loader=_Strict))
    except yaml.YAMLError as error:
        return f"no YAML: {' '.join(str(error).split())}"
    return _compose(documents[0]) if words == "compose" else None


def _compose(file):
    for name, service in file.get("services", {}).items():
        if "image" not in service:
            return f"service {name} has no image"
        for kind in ("networks", "secrets", "configs", "volumes"):
            for used in service.get(kind, []):
                used = used if isinstance(used, str) else used["source"]
                used = used.split(":")[0]
                if not used.startswith("/") and used not in file.get(kind, {}):
                    return f"service {name} uses {used}, which is not among its {kind}"
    return None


def _json(_words, body):
    try:
        json.loads(body)
    except ValueError as error:
        return f"no JSON: {error}"
    return None


def _shell(_words, body):
    done = subprocess.run(["bash", "-n"], input=body, capture_output=True, text=True)
    return f"no shell: {done.stderr.strip()}" if done.returncode else None


def _braces(_words, body):
    """HCL: whether it nests, which is as much as can be told without its own tools."""
    nested = []
    for sign in re.sub(r'"(?:[^"\\]|\\.)*"', "", body):
        if sign in "{[(":
            nested.append({"{": "}", "[": "]", "(": ")"}[sign])
        elif sign in "}])" and (not nested or nested.pop() != sign):
            return "braces do not match"
    return "braces do not match" if nested else None


CHECKS = {
    "yaml": _yaml, "json": _json, "sh": _shell, "bash": _shell, "hcl": _braces,
    "text": lambda _words, _body: None,
}


def check(text):
    """(line, message) of every block that is not as it should be."""
    for line, info, body in blocks(text):
        language, _, words = info.partition(" ")
        if body is None:
            yield line, "this block is never closed"
        elif language not in CHECKS:
            yield line, f"a block of `{language}`: known are {', '.join(sorted(CHECKS))}"
        elif message := CHECKS[language](words, body):
            yield line, message
