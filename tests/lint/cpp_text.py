"""C++ as the rules read it: comments and literals blanked, lines kept."""

import re
from dataclasses import dataclass

_BLANKED = re.compile(
    r"""//[^\n]*                                  # line comment
      | /\*.*?\*/                                 # block comment
      | R"(?P<mark>[^(\s]{0,16})\(.*?\)(?P=mark)" # raw string
      | "(?:\\.|[^"\\\n])*"                       # string
      | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'      # character, not a digit separator
    """,
    re.DOTALL | re.VERBOSE,
)


def blank(text):
    """`text` with comments gone and literals emptied; every line break stays where it was."""

    def replace(match):
        found = match.group(0)
        lines = "\n" * found.count("\n")
        if found.startswith(("//", "/*")):
            return " " + lines
        return found[0] + lines + found[-1] if found[0] in "\"'" else '""' + lines

    return _BLANKED.sub(replace, text)


def without_directives(code):
    """Blanked code without preprocessor lines (and their continuations)."""
    return re.sub(
        r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group(0).count("\n"), code, flags=re.M
    )


def includes(text):
    """(line, target, quoted) of every #include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


@dataclass
class Statement:
    """A full expression's surroundings: up to `;` or a block brace. Lambda bodies are statements
    of their own and stand here as `@`. `first` to `last` are lines."""

    first: int
    last: int = 0
    text: str = ""
    capturing_coroutine: bool = False  # holds a lambda with captures whose body awaits


@dataclass
class _Lambda:
    outer: Statement
    captures: bool
    awaits: bool = False


_BLOCK_HEAD = re.compile(
    r"""(?: \b(?:else|do|try|const|noexcept|override|final|mutable)
          | [)}]
          | ->\s*[\w:<>,\s&*]+                                  # trailing return type
          | \b(?:namespace|class|struct|union|enum)\b[^=(]*     # of a definition
          | \b(?:concept|requires)\b.*
          | extern\s*""
        )\s*$""",
    re.VERBOSE | re.DOTALL,
)
_LAMBDA_HEAD = re.compile(
    r"""(?<![\w)\]])\s*\[(?P<captures>[^\[\]]*)\]\s*
        (?:<[^{}]*>\s*)?
        (?:\((?P<parameters>[^{}]*)\)\s*)?
        (?:mutable\s*|noexcept\s*|constexpr\s*)*(?:->\s*[\w:<>,\s&*]+)?\s*$""",
    re.VERBOSE | re.DOTALL,
)


def _opens_block(head):
    """Does a `{` behind `head` open a block (and not a braced initializer)?"""
    stripped = head.strip()
    if not stripped or stripped[-1] in ":@" and not stripped.endswith("::"):
        return True
    return bool(_BLOCK_HEAD.search(stripped) or _LAMBDA_HEAD.search(stripped))


def statements(code):
    """Every statement of blanked code, inner ones before the ones that hold them."""
    return _Splitter().split(without_directives(code))


class _Splitter:
    def __init__(self):
        self.done = []
        self.line = 1
        self.current = Statement(first=1)
        self.braces = []  # "init", "block" or a _Lambda for each open brace

    def split(self, code):
        for char in code:
            if not self.current.text.strip():
                self.current.first = self.line
            if char == "\n":
                self.line += 1
                self.current.text += " "
            elif char == "{":
                self.opened()
            elif char == "}":
                self.closed()
            elif char == ";":
                self.finish()
            else:
                self.current.text += char
        self.finish()
        return self.done

    def opened(self):
        head = self.current.text
        lambda_head = _LAMBDA_HEAD.search(head)
        if not _opens_block(head):
            self.braces.append("init")
            self.current.text += "{"
        elif lambda_head:
            captures = bool(lambda_head.group("captures").strip())
            self.braces.append(_Lambda(self.current, captures))
            self.current = Statement(first=self.line)
        else:
            self.finish()
            self.braces.append("block")

    def closed(self):
        brace = self.braces.pop() if self.braces else "block"
        if brace == "init":
            self.current.text += "}"
            return
        if isinstance(brace, _Lambda):
            self.braces.append(brace)  # the body's last statement belongs to it
            self.finish()
            self.braces.pop()
            self.current = brace.outer
            self.current.text += "@"
            self.current.capturing_coroutine |= brace.captures and brace.awaits
        else:
            self.finish()

    def finish(self):
        if self.current.text.strip():
            self.current.last = self.line
            self.done.append(self.current)
            if re.search(r"\bco_(?:await|return|yield)\b", self.current.text):
                for brace in reversed(self.braces):
                    if isinstance(brace, _Lambda):
                        brace.awaits = True
                        break
        self.current = Statement(first=self.line)
