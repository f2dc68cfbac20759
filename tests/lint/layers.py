"""Which folder may include which, and which files may see the heavy libraries."""

import re
from pathlib import PurePosixPath

from cpp_text import includes

BACKENDS = ["portainer", "keycloak", "openbao", "eunomia", "mcp", "grafana"]
ROOMS = ["stacks", "clients", "secrets", "policies", "annotations", "rollout"]

# folder → folders it may include, itself left out.
ALLOWED = {
    "operator/base": "",
    "operator/model": "base",
    "operator/ports": "base model",
    "operator/formats": "base model",
    "operator/source": "base model ports",
    "operator/desired": "base model formats",
    "operator/net": "base model ports",
    "operator/store": "base model ports formats",
    "operator/runtime": "base model ports",
    "operator/render": "base model formats desired",
    "operator/importer": "base model formats desired",
    "operator/status": "base model",
    "operator/serve": "base model ports net status",
    "operator/sandbox": "base model ports formats",  # never a backend's wire code
    "operator/sandbox/program": "base model ports formats source desired net runtime client sandbox",
    "operator/settings": "base model formats desired net source",
    "operator/access": "base model ports formats settings desired",
    "operator/client": "base model ports desired",  # knows the API's answers, not who gives them
    "operator/program": "base model ports formats source desired settings access net store runtime"
                        " render importer status serve client " +
                        " ".join(f"backends/{name}" for name in BACKENDS),
    "reconcilers/gates": "base model ports formats",
    "reconcilers/lock": "base model",  # who acts: pure, too
    "reconcilers/guard": "base model formats",  # judges without knowing the planner
    "reconcilers/fleet": "base model ports formats render desired status",
}
ALLOWED.update({f"operator/backends/{name}": "base model ports formats net" for name in BACKENDS})
# Pure: what they are given is all that they know, and what they return is all that they do.
ALLOWED.update({f"reconcilers/{name}": "base model formats render" for name in ROOMS})
# What `fleet/` loops over, and beside each room that has one the system that it looks at.
SYSTEMS = ["stacks", "clients", "secrets", "policies", "annotations"]
ALLOWED["reconcilers/system.hpp"] = "base model"
ALLOWED.update({f"reconcilers/{name}/system": "base model ports formats" for name in SYSTEMS})
ALLOWED = {folder: {f"operator/{name}" for name in names.split()} for folder, names in ALLOWED.items()}
ALLOWED["operator/program"].add("reconcilers/fleet")
ALLOWED["reconcilers/fleet"] |= {f"reconcilers/{name}" for name in [*ROOMS, "gates", "guard", "lock"]}
ALLOWED["reconcilers/fleet"] |= {f"reconcilers/{name}/system" for name in SYSTEMS}
ALLOWED["reconcilers/fleet"].add("reconcilers/system.hpp")
for name in SYSTEMS:
    ALLOWED[f"reconcilers/{name}/system"] |= {f"reconcilers/{name}", "reconcilers/system.hpp"}

# What a program's folder, and all that it links, must not hold: the operator no double, the sandbox
# no client of the systems that it plays.
APART = [
    ("operator/program", "operator/sandbox"),
    ("operator/sandbox/program", "operator/backends"),
    ("operator/sandbox/program", "operator/program"),
    ("operator/sandbox/program", "reconcilers"),
]

# Libraries that cost seconds per file: the .cpp files below these folders may include them.
HEAVY = {
    "boost/beast": ["operator/net/"],
    "curl/": ["operator/net/"],
    "spdlog/": ["operator/base/"],
    "sqlite3.h": ["operator/store/"],
    "yaml-cpp/": ["operator/formats/", "operator/sandbox/"],
    "openssl/": ["operator/base/", "operator/formats/", "operator/sandbox/"],
    "CLI/": ["operator/client/", "operator/program/", "operator/sandbox/program/"],
    "boost/asio.hpp": [],
    "boost/asio/impl/src.hpp": ["operator/base/asio.cpp"],
    "boost/json/src.hpp": [],
}


def folder_of(path):
    """The row of the table that a file belongs to, or None outside operator/ and reconcilers/."""
    parts = PurePosixPath(path).parts
    if parts[0] not in ("operator", "reconcilers"):
        return None
    below = (
        parts[:2] == ("operator", "backends")
        or parts[:3] == ("operator", "sandbox", "program")
        or (parts[0] == "reconcilers" and parts[2:3] == ("system",))
    )
    depth = 3 if below else 2
    return "/".join(parts[:depth])


def check(path, text, known):
    """(line, message) for every include that the tables forbid; `known`: paths that exist."""
    home = folder_of(path)
    if home is not None and home not in ALLOWED:
        yield 1, f"folder {home} is not in the table of layers"
        return
    for line, target, quoted in includes(text):
        if quoted:
            yield from ((line, message) for message in _ours(home, target, known))
        else:
            yield from ((line, message) for message in _heavy(path, home, target))


def _ours(home, target, known):
    if not target.startswith(("operator/", "reconcilers/", "tests/")):
        yield f'"{target}" is not a path from the repository root'
    elif target not in known:
        yield f'"{target}" does not exist'
    elif home is not None and folder_of(target) not in ALLOWED[home] | {home}:
        yield f'{home} may not include "{target}"'


def _heavy(path, home, target):
    rows = [name for name in HEAVY if target.startswith(name)]
    if not rows:
        return
    if path.endswith(".hpp"):
        yield f"<{target}> may stand in no header"
    elif home is not None and not path.startswith(tuple(HEAVY[max(rows, key=len)]) or ("\0",)):
        yield f"<{target}> may not stand in {home}"


def oracle(path, texts):
    """(path, line, message) for each way from an oracle file to reconcilers/. `texts`: all."""
    seen, waiting = set(), [path]
    while waiting:
        here = waiting.pop()
        if here in seen or here not in texts:
            continue
        seen.add(here)
        for line, target, quoted in includes(texts[here]):
            if quoted and target.startswith("reconcilers/"):
                yield here, line, f"{path} judges from outside: it may not see {target}"
            elif quoted:
                waiting.append(target)


def cmake_closure(cmake):
    """folder → everything that its USES in CMakeLists.txt make reachable."""
    variables = {}
    direct = {}
    text = re.sub(r"#[^\n]*", "", cmake)
    loop = re.compile(r"foreach\((\w+)\s+([^)]*)\)(.*?)endforeach\(\)", re.DOTALL)
    text = loop.sub(
        lambda m: "\n".join(m.group(3).replace("${%s}" % m.group(1), v) for v in m.group(2).split()),
        text,
    )
    for call in re.findall(r"\bwavegate_folder\(((?:operator|reconcilers)/[^)]*)\)", text):
        words = call.split()
        uses = words[words.index("USES") + 1:] if "USES" in words else []
        name = words[0].replace("/", "_").replace("operator_", "")
        variables[name] = words[0]
        direct[words[0]] = uses
    reach = {}

    def walk(folder):
        if folder not in reach:
            reach[folder] = set()
            for name in direct[folder]:
                reach[folder] |= {variables[name]} | walk(variables[name])
        return reach[folder]

    for folder in direct:
        walk(folder)
    return reach


def check_cmake(cmake):
    """(line, message) where the table and the libraries' USES disagree."""
    reach = cmake_closure(cmake)
    headers = {name for name in ALLOWED if name.endswith(".hpp")}  # alone: nothing to link
    for folder in sorted(set(reach) ^ (set(ALLOWED) - headers)):
        yield 1, f"{folder} stands in only one of CMakeLists.txt and the table of layers"
    for folder in sorted(set(reach) & set(ALLOWED)):
        for target in sorted(ALLOWED[folder] - headers - reach[folder]):
            yield 1, f"the table lets {folder} include {target}, but it is not linked"
    for folder, other in APART:
        for target in sorted(reach.get(folder, ())):
            if target == other or target.startswith(other + "/"):
                yield 1, f"{folder} links {target}: these are programs apart"
