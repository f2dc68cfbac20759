"""What must hold so that the files of a library can be compiled as one (CMAKE_UNITY_BUILD)."""

import re

from layers import folder_of

OPEN = re.compile(r"namespace (\S+ )?\{")
CONSTANT = re.compile(r"(?:static |inline )?(?:constexpr|const) [^=({]*?\b(k[A-Z]\w*)")
TYPE = re.compile(r"(?:struct|class|enum class|enum|union) (\w+)[^;]*$")
TEST = re.compile(r"(?:TYPED_)?TEST(?:_[FP])?\((\w+, \w+)\)")
FUNCTION = re.compile(r"[\w:<>,&*\s\[\]]+?[\s&*]([a-z]\w*)\(")


def _parameters(text):
    """Their types, as far as they tell overloads apart."""
    depth, word, found = 0, "", []
    for sign in text:
        depth += sign in "(<{"
        depth -= sign in ")>}"
        if depth < 0:
            break
        if sign == "," and depth == 0:
            found.append(word)
            word = ""
        else:
            word += sign
    found.append(word)
    names = (re.sub(r"=.*", "", one.strip(), flags=re.S) for one in found)
    return tuple(" ".join(re.sub(r"(?<=[\s&*>])\w+\s*$", "", name).split()) for name in names)


def names(text):
    """(line, key, name, private) of what stands in namespaces; private: in those without a name."""
    lines, where = text.split("\n"), []
    for number, line in enumerate(lines):
        if opened := OPEN.match(line):
            where.append(opened.group(1))
        elif line.startswith("}  // namespace") and where:
            where.pop()
        elif where and line[:1] not in " }/#*" and line:
            space = tuple(name for name in where if name)
            private = where[-1] is None
            if found := CONSTANT.match(line) or TYPE.match(line):
                yield number + 1, (space, found.group(1)), found.group(1), private
            elif found := TEST.match(line):
                yield number + 1, (space, found.group(1)), found.group(1), True
            elif not line.startswith(("TEST", "TYPED", "INSTANTIATE", "template", "using", "static_")):
                if found := FUNCTION.match("\n".join(lines[number:number + 8])):
                    if "\n" not in found.group(1) and found.end() <= len(line) + 1:
                        rest = "\n".join([line[found.end():], *lines[number + 1:number + 8]])
                        key = (space, found.group(1), _parameters(rest))
                        yield number + 1, key, found.group(1), private


def programs_of(path):
    """What a file is compiled into, with others as one."""
    if not path.startswith("tests/"):
        return [folder_of(path)] if folder_of(path) else []
    folder = path.rpartition("/")[0]
    # A suite is assertions of both contract/X and real/X.
    shared = path.endswith("_suite.cpp")
    return [folder, folder.replace("/contract/", "/real/")] if shared else [folder]


def clashes(texts):
    """(path, line, message) for each private name that two files of one library define."""
    first = {}
    for path, text in sorted(texts.items()):
        if not path.endswith(".cpp"):
            continue
        for line, key, name, private in names(text):
            if not private:
                continue
            others = {first.setdefault((program, key), path) for program in programs_of(path)}
            for other in sorted(others - {path}):
                yield path, line, f"`{name}` is private to {other} too: they can't be one file"
