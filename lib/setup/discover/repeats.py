"""What else repeats the key of a proposed guard, though no trigger sets it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lib.core.errors import QueryFailed
from lib.db.database import Session
from lib.db.sql import remark
from lib.setup.discover import names
from lib.setup.discover.catalog import foreign_keys, tables
from lib.setup.discover.found import Catalog, ForeignKey, Proposal, Repeat, Table
from lib.setup.discover.joins import Place, joins
from lib.setup.discover.judging import referring
from lib.trials.texts.parsed import Unread

Joined = Mapping[Place, Sequence[tuple[Place, str]]]  # with which columns, and by what


def repeats(
    session: Session, catalog: Catalog, guards: Sequence[Proposal]
) -> tuple[list[Repeat], list[str]]:
    """The columns that seem to; and what could not be read. Raises: QueryFailed."""
    keys = _keys(guards)
    if not keys:
        return [], []
    bound = foreign_keys(session, {table.relid for table, _ in keys})
    ends = [(table.type(key), names.parts(key)[-1:]) for table, key in keys]
    like = session.rows(
        "discover/named_like",
        types=[kind for kind, end in ends if end],
        ends=[end[0] for _, end in ends if end],
    )
    joined, unread = _joined(session, keys)
    seen = tables(
        session,
        {each.relid for each in bound} | {row["relid"] for row in like},
        {table for _, table, _ in joined},
    )
    found: dict[tuple[int, str], tuple[tuple[Table, str], list[str]]] = {}
    own = {(each.table.relid, each.key) for each in guards}
    own |= {(table.relid, key) for table, key in keys}
    for of in keys:
        told_by = [*_bound(bound, of), *_alike(seen, of), *_compared(seen, joined, of)]
        for place, why in told_by:
            if place not in own:
                told = found.setdefault(place, (of, []))[1]
                told += [] if why in told else [why]
    everything = {**catalog.tables, **seen}
    return [
        Repeat(everything[relid], column, *of, tuple(why))
        for (relid, column), (of, why) in sorted(
            found.items(), key=lambda each: (everything[each[0][0]].said, each[0][1])
        )
    ], unread


def _keys(guards: Sequence[Proposal]) -> list[tuple[Table, str]]:
    """The keys of the guards, and those that they repeat."""
    own = {(each.table.relid, each.key): (each.table, each.key) for each in guards}
    theirs = {
        (each.parent.relid, each.reference[2]): (each.parent, each.reference[2])
        for each in guards
        if each.parent and each.reference
    }
    return list((own | theirs).values())


def _bound(
    bound: Sequence[ForeignKey], of: tuple[Table, str]
) -> Iterator[tuple[tuple[int, str], str]]:
    """Which columns name this key by a foreign key?"""
    for each in bound:
        for mine, theirs in each.pairs:
            if (each.parent, theirs) == (of[0].relid, of[1]):
                yield (each.relid, mine), f"{remark(each.name)} binds it"


def _alike(
    seen: Mapping[int, Table], of: tuple[Table, str]
) -> Iterator[tuple[tuple[int, str], str]]:
    """Which columns are named like this key, beside one that is named as its row's id?"""
    parent, key = of
    for table in seen.values() if parent.primary else ():
        if table.relid == parent.relid:
            continue
        refers = referring(table, parent, parent.primary[0])
        for column in table.columns if refers else ():
            alike = table.type(column) == parent.type(key)
            if alike and names.repeats(column, parent, key):
                yield (table.relid, column), f"named like it, beside {remark(refers[0])}"


def _compared(
    seen: Mapping[int, Table], joined: Joined, of: tuple[Table, str]
) -> Iterator[tuple[tuple[int, str], str]]:
    """Which columns does a view or a function compare with this key?"""
    parent, key = of
    for (schema, name, column), others in joined.items():
        by = [
            who
            for (home, table, other), who in others
            if (table, other) == (parent.name, key) and home in ("", parent.schema)
        ]
        for table in seen.values() if by else ():
            same = table.name == name and schema in ("", table.schema)
            if same and column in table.columns and table.type(column) == parent.type(key):
                yield (table.relid, column), f"{remark(by[0])} joins by it"


def _joined(session: Session, keys: Sequence[tuple[Table, str]]) -> tuple[Joined, list[str]]:
    """Which columns do views and functions compare with which, and which of them do?"""
    try:
        rows = session.rows(
            "discover/joining",
            tables=[table.name for table, _ in keys],
            columns=[key for _, key in keys],
        )
    except QueryFailed as error:
        return {}, [f"views and functions that join by the keys: {error}"]
    found: dict[Place, list[tuple[Place, str]]] = {}
    unread = []
    for row in rows:
        name = f"{row['schema_name']}.{row['name']}"
        try:
            pairs = joins(row["body"], row["language"], row["arguments"], row["result"])
        except (Unread, LookupError, ValueError, RecursionError):
            unread.append(f"joins in {remark(name)}: its text is not read here")
            continue
        for one, other in map(tuple, pairs):
            found.setdefault(one, []).append((other, name))
            found.setdefault(other, []).append((one, name))
    return found, unread
