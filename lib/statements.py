"""Which statements does a SQL text hold, and which of them travel together?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lib import visible

# What a semicolon may stand in without ending a statement.
_SKIPPED = re.compile(
    r"--[^\n\r]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\1\$|;|[^-/'\"$;]+|.",
    re.DOTALL,
)
_COMMENT = re.compile(r"--[^\n\r]*|/\*.*?\*/|\s+", re.DOTALL)
_ALONE = re.compile(r"alter system\b", re.IGNORECASE)
_BEGINS = re.compile(r"(?:begin|start transaction)\b", re.IGNORECASE)
_ENDS = re.compile(r"(?:commit|end)\b", re.IGNORECASE)


def statements(text: str) -> Iterator[str]:
    """Each statement with the comments before it; a comment that ends the text goes with none."""
    part = ""
    for match in _SKIPPED.finditer(text):
        part += match[0]
        if match[0] == ";":
            yield part.strip()
            part = ""
    if bare(part):
        yield part.strip() + ";"


def readable(text: str) -> str:
    """The same SQL; a name that would forge a line, or steer a terminal, is written by numbers."""
    return _SKIPPED.sub(_readable, text)


def _readable(found: re.Match[str]) -> str:
    part = found[0]
    if part.startswith('"') and visible.acts(part):
        return visible.identifier(part[1:-1].replace('""', '"'))
    if part.startswith(("'", "$")) and len(part) > 1:  # SQL that runs later, mostly
        return f"{part[0]}{readable(part[1:-1])}{part[-1]}"
    return part


def bare(statement: str) -> str:
    """The statement without the comments before it. Empty where there is nothing but comments."""
    at = 0
    while match := _COMMENT.match(statement, at):
        at = match.end()
    return statement[at:]


def stands_alone(text: str) -> bool:
    """Can PostgreSQL run it outside a transaction only?"""
    return _ALONE.match(bare(text)) is not None


def transactions(text: str) -> Iterator[str]:
    """What of it runs together, one transaction after the other, without its begin and commit.

    What stands outside of any is one by itself, up to the next begin; what PostgreSQL allows in no
    transaction comes one statement at a time.
    """
    together: list[str] = []
    for statement in statements(text):
        word = bare(statement)
        if _BEGINS.match(word) or _ENDS.match(word) or stands_alone(statement):
            if together:
                yield "\n".join(together)
                together = []
            if stands_alone(statement):
                yield statement
        else:
            together.append(statement)
    if together:
        yield "\n".join(together)
