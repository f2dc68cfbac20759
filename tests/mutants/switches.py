"""Many mutants in one file, each behind a switch that is read while it runs."""

import re

ON = 'wavegate_mutant("{}")'
VARIABLE = "WAVEGATE_MUTANT"
PRELUDE = f"""#include <cstdlib>
#include <string_view>
namespace {{
[[maybe_unused]] bool wavegate_mutant(std::string_view name) {{
    static const char* const chosen = std::getenv("{VARIABLE}");
    return chosen != nullptr && name == chosen;
}}
}}  // namespace
"""

CONDITION = re.compile(r"((?:\}\s*else\s+)?if\s*)\((.*)\)\s*\{", re.DOTALL)
VALUE = re.compile(r"(const (?:bool|auto\*) \w+\s*=)(.*);", re.DOTALL)
DECLARES = re.compile(r"(?:const|auto|static|constexpr|using|case|default|for|while|switch|else)\b"
                      r"|[\w:<>]+[&*]?\s+\w+\s*(?:[=;({]|$)")


def _either(short, after, before):
    return f"({ON.format(short)} ? static_cast<bool>({after}) : static_cast<bool>({before}))"


class _Condition:
    """`if (…) {`, after an `else` or not"""

    @staticmethod
    def holds(text):
        found = CONDITION.fullmatch(text)
        return bool(found) and ";" not in text and found.group(2).count("{") == found.group(2).count("}")

    @staticmethod
    def switch(text, others):
        head, condition = CONDITION.fullmatch(text).groups()
        for short, after in others:
            condition = _either(short, CONDITION.fullmatch(after).group(2), condition)
        return f"{head}({condition}) {{"


class _Value:
    """`const bool name = …;`"""

    @staticmethod
    def holds(text):
        return bool(VALUE.fullmatch(text)) and text.count(";") == 1

    @staticmethod
    def switch(text, others):
        head, value = VALUE.fullmatch(text).groups()
        for short, after in others:
            other = VALUE.fullmatch(after).group(2)
            value = (_either(short, other, value) if "bool" in head
                     else f"({ON.format(short)} ? ({other}) : ({value}))")
        return f"{head} {value};"


class _Statement:
    """A return, an expression, or whole blocks; what follows does not rest on it."""

    @staticmethod
    def holds(text):
        whole = text.count("{") == text.count("}") and text.rstrip().endswith((";", "}"))
        leaves = re.match(r"(co_)?return\b", text)
        return not text or whole and bool(leaves or not DECLARES.match(text))

    @staticmethod
    def switch(text, others):
        returns = re.match(r"(co_)?return\b", text)
        for short, after in others:
            text = (f"if ({ON.format(short)}) {{ {after} }} {text}" if returns
                    else f"if ({ON.format(short)}) {{ {after} }} else {{ {text} }}")
        return text


def _form(before, after):
    """How both may stand in one file, or None."""
    for form in (_Condition, _Value, _Statement):
        if form.holds(before.strip()) and form.holds(after.strip()):
            return form
    return None


def switch(text, mutants):
    """The file with as many of these mutants as fit, and which ones these are."""
    spans, fitting = {}, []
    for mutant in mutants:
        places = mutant.places(text)
        forms = [_form(text[begin:end], after) for begin, end, after in places]
        clash = any(begin < other_end and other < end and (begin, end) != (other, other_end)
                    for begin, end, _ in places for other, other_end in spans)
        taken = [spans.get((begin, end), (form,))[0] != form
                 for (begin, end, _), form in zip(places, forms)]
        if None in forms or clash or any(taken):
            continue
        for (begin, end, after), form in zip(places, forms):
            spans.setdefault((begin, end), (form, []))[1].append((mutant.short, after.strip()))
        fitting.append(mutant)
    for (begin, end), (form, others) in sorted(spans.items(), reverse=True):
        text = text[:begin] + form.switch(text[begin:end].strip(), others) + text[end:]
    return PRELUDE + text, fitting
