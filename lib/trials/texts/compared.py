"""What is otherwise in one text of a function than in another, in words and line by line? Pure."""

from __future__ import annotations

import difflib

from lib.trials.texts.bodies import hands_on
from lib.trials.texts.reviewed import Definition

_VOLATILITIES = {"v": "VOLATILE", "s": "STABLE", "i": "IMMUTABLE"}
_AROUND = 6  # lines: the whole of a trigger, the neighbourhood in a function


def difference(right: str, live: str) -> str:
    """What differs, with - where it is lacking and + where it is too much; empty when alike.

    Each with some lines around it; what is left out between two of them is a line of @@.
    """
    old, new = right.splitlines(), live.splitlines()
    return "\n".join(list(difflib.unified_diff(old, new, n=_AROUND, lineterm=""))[3:])


def between(name: str, right: Definition | None, live: Definition | None) -> str:
    """The same of two texts of this function; empty where one of them is not there."""
    if right is None or live is None or right == live:
        return ""
    return difference(written(name, right), written(name, live))


def written(name: str, definition: Definition) -> str:
    """The statement that creates it, every definition in the same form, to compare line by line."""
    volatility = _VOLATILITIES[definition.volatility].lower()
    tag = "$guard$" if "$guard$" not in definition.body else "$trigger_guard$"
    lines = [
        f"create or replace function {name} returns trigger",
        f"language {definition.language}",
        *([volatility] if definition.volatility != "v" else []),
        f"security {'definer' if definition.security_definer else 'invoker'}",
        *(f"set {setting} = '{value}'" for setting, value in definition.settings),
        f"as {tag}",
        *definition.body.split("\n"),
        f"{tag};",
    ]
    return "\n".join(lines)


def in_words(live: Definition, right: Definition) -> list[str]:
    """What is otherwise in the live one? A clause each; none where they are alike."""
    if live == right:
        return []
    settings = [
        ", ".join(f"{name}='{value}'" for name, value in each.settings) or "none"
        for each in (live, right)
    ]
    words = {
        "body": "its body is empty" if hands_on(live.body) else "another body",
        "security_definer": "now DEFINER"
        if live.security_definer
        else "no longer SECURITY DEFINER",
        "settings": f"settings are {settings[0]} instead of {settings[1]}",
        "volatility": f"declared {_VOLATILITIES[live.volatility]}",
        "language": f"written in {live.language}",
    }
    return [said for part, said in words.items() if getattr(live, part) != getattr(right, part)]
