"""Which text does PostgreSQL get? The files under sql/, loaded by name.

The files are psql's own dialect, so that each runs by hand: `:'name'` is a value and
`:"name"` an identifier, `(:name)` an expression, given to psql with `-v name=…`. Here a value
becomes a bound parameter and an identifier is quoted where it must be; nothing from outside is ever
pasted into the text as it came: an expression is of our own making.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from psycopg import sql as composed
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from lib.core import visible
from lib.core.statements import readable

ROOT = Path(__file__).resolve().parents[2]

_PREPARER = PGDialect_psycopg().identifier_preparer  # type: ignore[no-untyped-call]


@functools.cache
def load(name: str) -> str:
    """What does sql/<name>.sql say?

    Raises: FileNotFoundError when there is no such file, which is a bug.
    """
    return (ROOT / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@functools.cache
def prepared(name: str, identifiers: tuple[tuple[str, str], ...] = ()) -> str:
    """What is sent to the driver: identifiers quoted and values as %(name)s placeholders?"""
    names = dict(identifiers)
    text = load(name).replace("%", "%%")
    told = {each: Expression(own.replace("%", "%%")) for each, own in _expressions(names)}
    return _expressed(text, told, lambda part: _written(part, names, "%({})s".format))


def by_hand(name: str, identifiers: Mapping[str, str], values: Mapping[str, object]) -> str:
    """What would somebody paste into a SQL editor to see the same thing?"""
    told = dict(_expressions(identifiers))
    return _expressed(
        load(name),
        told,
        lambda part: _written(part, identifiers, lambda each: literal(values[each])),
    )


def written(name: str, identifier: Callable[[str], str], value: Callable[[str], str]) -> str:
    """sql/<name>.sql, where what stands for its variables is SQL by now.

    In one pass: what a name or a value holds is no variable.
    """
    return _filled(load(name), '"', identifier, lambda part: _filled(part, "'", value))


class Expression(str):
    """SQL of our own, over names that are quoted in it already, for a (:name)."""


def _expressions(given: Mapping[str, str]) -> Iterator[tuple[str, Expression]]:
    return ((name, each) for name, each in given.items() if isinstance(each, Expression))


def _expressed(text: str, told: Mapping[str, Expression], between: Callable[[str], str]) -> str:
    """The text with its expressions, (:name), and `between` them as that makes it."""
    head, *rest = text.split("(:")
    filled = [between(head)]
    for part in rest:
        name, _, after = part.partition(")")
        filled.append(f"({told[name]}){between(after)}" if name in told else between(f"(:{part}"))
    return "".join(filled)


def _written(part: str, names: Mapping[str, str], value: Callable[[str], str]) -> str:
    return _filled(
        part, '"', lambda each: quoted(names[each]), lambda rest: _filled(rest, "'", value)
    )


def _filled(
    text: str,
    mark: str,
    write: Callable[[str], str],
    between: Callable[[str], str] = lambda part: part,
) -> str:
    """The text with its variables, names between :' and ' say, as they are written in SQL."""
    head, *rest = text.split(f":{mark}")
    filled = [between(head)]
    for part in rest:
        name, end, after = part.partition(mark)
        own = end and name.isidentifier()
        filled.append(f"{write(name)}{between(after)}" if own else between(f":{mark}{part}"))
    return "".join(filled)


def quoted(identifier: str) -> str:
    """How is this identifier written in SQL, quoted where it must be? On one line, readable."""
    return (
        visible.identifier(identifier) if visible.acts(identifier) else _PREPARER.quote(identifier)
    )


def literal(value: object) -> str:
    """How is this value written in SQL? A sequence becomes an array. On one line, readable."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = list(value)
    text = composed.Literal(value).as_string(None)
    if not visible.acts(text):
        return text
    if isinstance(value, list):
        return f"array[{', '.join(map(literal, value))}]"
    return visible.string(str(value))


def setup_file(path: str) -> str:
    """What does this file of the setup say? By its path in the project, sql/setup/10_guards.sql."""
    return load(path.removeprefix("sql/").removesuffix(".sql"))


def remark(text: str) -> str:
    """How does it stand in a comment? On one line: a name with a line break must not end that.

    A quoted name is written by numbers then, so that it still names the object.
    """
    return " ".join(readable(text).split())


def setup_files() -> list[Path]:
    """Which files make the canonical guards, in the order in which they must run?"""
    return sorted((ROOT / "sql" / "setup").glob("[0-9]*.sql"))
