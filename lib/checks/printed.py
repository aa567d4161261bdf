"""What does an expression or a definition say, as PostgreSQL prints it?

A policy's condition: is it true for every row, whoever asks? A default: of which zone is the local
time that it stores? A trigger: which are its clauses?
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

_TRUE, _FALSE, _NULL, _OPEN = "true", "false", "null", "?"
_SIGNS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_QUOTED = re.compile(r"'((?:[^']|'')*)'|\"(?:[^\"]|\"\")*\"")  # a text, or a name
_NAME, _LITERAL = '"name"', re.compile("§[0-9]+")
_CAST = re.compile(r'::[\w."]+(?: varying| precision| with(?:out)? time zone)?(?:\[\])*')
_GROUP = re.compile(r'([\w."]*)\(([^()]*)\)')  # innermost; a name before it makes it a call
_IS = re.compile(r"(\S+) IS (NOT )?(NULL|TRUE|FALSE)")
_SELECT = re.compile(r'SELECT (\S+)(?: AS "?\w+"?)?')
_DIGITS = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_COMPARED = re.compile(rf"(\S+) ({'|'.join(_SIGNS)}) (\S+)")

_CONVERTED = re.compile(r"\btimezone\('([^']+)'|\bAT TIME ZONE '([^']+)'", re.IGNORECASE)
# What stands in quotes is never broken, whatever words are in it.
_CLAUSE = re.compile(
    r"""(?P<kept>"(?:[^"]|"")*"|'(?:[^']|'')*')"""
    r"| (?=(?:BEFORE|AFTER|INSTEAD OF|ON|FOR EACH|WHEN|EXECUTE)\b)"
)


def local_zone(default: str) -> str | None:
    """Which zone's local time is it? None where it is a moment, or the session's own local time.

    Printed as timezone('utc'::text, now()) or (now() AT TIME ZONE 'utc'::text). Converted twice it
    is a moment again.
    """
    found = _CONVERTED.findall(default)
    return found[0][0] or found[0][1] if len(found) % 2 else None


def by_clause(trigger: str) -> str:
    """The trigger with a clause a line: one line is too long to read, and to compare."""
    return _CLAUSE.sub(lambda match: match["kept"] or "\n  ", trigger)


@lru_cache(maxsize=512)
def always_true(condition: str) -> bool:
    """Is it `true`, a comparison of literals, or what AND, OR, NOT, IS and SELECT make of such?

    What a function answers is not to be told from the text.
    """
    texts: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        if found[1] is None:
            return _NAME
        if found[1] not in texts:
            texts.append(found[1])
        return f"§{texts.index(found[1])}"

    text = _CAST.sub("", _QUOTED.sub(numbered, condition))
    while found := _GROUP.search(text):
        value = _OPEN if found[1] else _value(found[2], texts)
        text = f"{text[: found.start()]}{value}{text[found.end() :]}"
    return _value(text, texts) == _TRUE


def _value(text: str, texts: list[str]) -> str:
    """True, false, null, the literal itself, or open: what there is without parentheses."""
    text = text.strip()
    for word, wanted, other in ((" OR ", _TRUE, _FALSE), (" AND ", _FALSE, _TRUE)):
        if word in text:
            found = {_value(part, texts) for part in text.split(word)}
            # OR is true (AND false) where one part is, whatever the rest.
            return next((value for value in (wanted, _OPEN, _NULL) if value in found), other)
    if text.startswith("NOT "):
        value = _value(text[4:], texts)
        return {_TRUE: _FALSE, _FALSE: _TRUE, _NULL: _NULL}.get(value, _OPEN)
    if of := _IS.fullmatch(text):
        value, asked = _value(of[1], texts), of[3].lower()
        return _OPEN if value == _OPEN else str((value == asked) is not bool(of[2])).lower()
    if of := _SELECT.fullmatch(text):
        return _value(of[1], texts)
    if of := _COMPARED.fullmatch(text):
        return _compared(_value(of[1], texts), of[2], _value(of[3], texts), texts)
    if text.lower() in (_TRUE, _FALSE, _NULL):
        return text.lower()
    return text if _LITERAL.fullmatch(text) or _number(text, texts) is not None else _OPEN


def _compared(left: str, sign: str, right: str, texts: list[str]) -> str:
    """Two literals: as numbers where one is written as such, else by their letters."""
    if _OPEN in (left, right):
        return _OPEN
    if _NULL in (left, right):
        return _NULL
    one, other = _number(left, texts), _number(right, texts)
    if one is not None and other is not None and not (left[0] == right[0] == "§"):
        return str(_SIGNS[sign](one, other)).lower()
    if left == right or sign in ("=", "<>"):
        return str((left == right) is ("=" in sign)).lower()
    return _OPEN


def _number(text: str, texts: list[str]) -> Decimal | None:
    digits = texts[int(text[1:])] if _LITERAL.fullmatch(text) else text
    return Decimal(digits) if _DIGITS.fullmatch(digits) else None
