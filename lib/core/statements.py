"""Which statements does a SQL text hold, and which of them travel together?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lib.core import visible

# Comments, strings and names are one token each, whatever stands in them: a semicolon, say.
_TOKEN = re.compile(
    r"--[^\n\r]*|/\*.*?\*/"
    r"|(?P<escapes>[eE]'(?:[^'\\]|''|\\.)*')|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\""
    r"|\$(?P<tag>\w*)\$(?P<body>.*?)\$(?P=tag)\$"
    r"|[uU]&'(?:[^']|'')*'|[uU]&\"(?:[^\"]|\"\")*\""
    r"|;|\w[\w$]*|[^-/'\"$;\w]+|.",
    re.DOTALL,
)
_COMMENT = re.compile(r"--[^\n\r]*|/\*.*?\*/|\s+", re.DOTALL)
_ALONE = re.compile(r"alter system\b", re.IGNORECASE)
_BEGINS = re.compile(r"(?:begin|start transaction)\b", re.IGNORECASE)
_ENDS = re.compile(r"(?:commit|end)\b", re.IGNORECASE)
_WAITS = re.compile(r"set local lock_timeout\b", re.IGNORECASE)


def statements(text: str) -> Iterator[str]:
    """Each statement with the comments before it; a comment that ends the text goes with none."""
    *whole, rest = _parts(text)
    yield from (part.strip() for part in whole)
    if bare(rest):
        yield rest.strip() + ";"


def _parts(text: str) -> Iterator[str]:
    """The text as it is, cut after each semicolon that ends a statement."""
    part = ""
    for match in _TOKEN.finditer(text):
        part += match[0]
        if match[0] == ";":
            yield part
            part = ""
    yield part


def readable(text: str) -> str:
    """The same to PostgreSQL; what would forge a line or steer a terminal is written by numbers.

    A string's E gets a space before it: it must not become the end of a word.
    """
    return _TOKEN.sub(_readable, text)


def _readable(found: re.Match[str]) -> str:
    part, body = found[0], found["body"]
    if not visible.acts(part):
        return part
    if part.startswith('"'):
        return visible.identifier(part[1:-1].replace('""', '"'))
    if found["escapes"]:
        return visible.escaped_again(part)
    if body is not None and any(map(_acts, _tokens(body))):
        return _string(body)
    if part.startswith("'"):
        text = part[1:-1].replace("''", "'")
        return f" {visible.string(text)}"
    return part


def _string(body: str) -> str:
    """What stood between dollars, as another string: its lines stay, but for those in names."""
    parts = (visible.escaped(part, lines=not part.startswith('"')) for part in _tokens(body))
    return f" E'{''.join(parts)}'"


def _acts(part: str) -> bool:
    return visible.acts(part) if part.startswith('"') else visible.steers(part)


def _tokens(text: str) -> Iterator[str]:
    """The tokens of a body, those of its strings too: mostly SQL that runs later."""
    for found in _TOKEN.finditer(text):
        if found[0].startswith("'") and len(found[0]) > 1:
            yield from ("'", *_tokens(found[0][1:-1]), "'")
        else:
            yield found[0]


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


def waits(statement: str) -> bool:
    """Does it say for how long its transaction waits for a lock?"""
    return _WAITS.match(bare(statement)) is not None


def patient(text: str, wait: str) -> str:
    """The same as transactions, each of which waits so long for a lock, unless it says itself."""
    if stands_alone(text):
        return text
    parts = list(_parts(text))
    if not any(map(_begins, parts)):
        return f"begin;\n{wait}\n{text}\ncommit;"
    following = [*parts[1:], ""]
    return "".join(
        f"{part}\n{wait}" if _begins(part) and not waits(after) else part
        for part, after in zip(parts, following, strict=True)
    )


def _begins(statement: str) -> bool:
    return _BEGINS.match(bare(statement)) is not None
