"""What do the catalogs and the texts of a database tell, as values?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lib.core.results import Row
from lib.db.database import Session
from lib.db.sql import remark
from lib.setup.discover import texts
from lib.setup.discover.found import KEYS, Catalog, ForeignKey, Key, Table, Trigger
from lib.trials.texts.understood import Helper

_DEPTH = 3  # so far helpers are followed
_AT_ONCE = 500  # so many are asked for by one statement, whose time is limited


def catalog(session: Session) -> tuple[Catalog, list[str]]:
    """All that they tell; and which texts could not be read. Raises: QueryFailed."""
    keys = session.rows("discover/keys")
    fired = session.rows("discover/triggers")
    functions, reads = _functions(session, {row["function"] for row in fired})
    triggers = [
        Trigger(row, functions[row["function"]], reads[row["function"]])
        for row in fired
        if row["function"] in functions
    ]
    setting: dict[int, list[Trigger]] = {}
    for trigger in triggers:
        if trigger.read.sets:
            setting.setdefault(trigger.row["relid"], []).append(trigger)
    looked = {
        lookup.table
        for each in setting.values()
        for trigger in each
        for assignment in trigger.read.sets
        for lookup in assignment.made.lookups
    }
    found = tables(session, {*setting, *(row["relid"] for row in keys)}, looked, keys)
    by_table = {relid: tuple(each) for relid, each in setting.items()}
    unread = list(_unread(triggers, found))
    return Catalog(found, by_table, foreign_keys(session, found)), unread


def batched(these: Sequence[int]) -> list[list[int]]:
    """The same, as many at once as one statement may ask for."""
    return [list(these[n : n + _AT_ONCE]) for n in range(0, len(these), _AT_ONCE)]


def _functions(
    session: Session, oids: Iterable[int]
) -> tuple[dict[int, Row], dict[int, texts.Read]]:
    """These functions and what their texts say, with the help of those that they call."""

    def asked(these: Iterable[int], called: Iterable[str]) -> dict[int, Row]:
        names = sorted(called)
        found = {}
        for some in [*batched(sorted(these)), *([[]] if names else [])]:
            for row in session.rows("discover/functions", oids=some, names=[] if some else names):
                found[row["oid"]] = row
        session.close()  # reading texts may take longer than a transaction may be idle
        return found

    own = asked(oids, ())
    reads = {oid: _read(row, ()) for oid, row in own.items()}
    helpers: dict[int, Row] = {}
    for _ in range(_DEPTH):
        called = {name for read in reads.values() for name in read.calls}
        wanted = called - {row["function_name"] for row in helpers.values()}
        if not wanted or not (more := asked((), wanted)):
            break
        helpers |= more
        told = [_helper(row) for row in helpers.values() if row["body"] is not None]
        known = {each.name for each in told}
        reads = {
            oid: _read(own[oid], told) if read.calls & known else read
            for oid, read in reads.items()
        }
    return own, reads


def _read(function: Row, helpers: Sequence[Helper]) -> texts.Read:
    if function["language"] == "internal":  # PostgreSQL's own: none of them makes a key
        return texts.Read()
    if function["language"] != "plpgsql":
        return texts.Read(unread=f"it is written in {function['language']}, which is not read")
    if function["body"] is None:
        return texts.Read(unread="it is longer than 32 KB")
    return texts.read(function["body"], helpers)


def _helper(row: Row) -> Helper:
    return Helper(
        row["schema_name"],
        row["function_name"],
        row["language"],
        row["arguments"],
        tuple(row["names"]),
        row["result"],
        row["body"],
        settings=tuple(row["settings"]),
    )


def tables(
    session: Session,
    relids: Iterable[int],
    called: Iterable[str] = (),
    keys: Sequence[Row] = (),
) -> dict[int, Table]:
    """These tables, and those of these names; `keys` as sql/discover/keys.sql answers."""
    of: dict[int, dict[str, Row]] = {}
    names = sorted(called)
    for some in [*batched(sorted(relids)), *([[]] if names else [])]:
        asked: dict[str, list[Any]] = {"relids": some, "names": [] if some else names}
        for row in session.rows("discover/columns", **asked):
            of.setdefault(row["relid"], {})[row["column_name"]] = row
    divided: dict[int, list[Key]] = {}
    for row in keys:
        if row["column_name"] is not None:
            key = Key(row["column_name"], row["strategy"], row["depth"], row["partitions"])
            divided.setdefault(row["relid"], []).append(key)
    found = {}
    for relid, columns in of.items():
        first = next(iter(columns.values()))
        name = (first["schema_name"], first["table_name"])
        found[relid] = Table(
            relid, *name, columns, tuple(divided.get(relid, ())), first["filtered"]
        )
    return found


def foreign_keys(session: Session, parents: Iterable[int]) -> tuple[ForeignKey, ...]:
    """Which foreign keys name these tables?"""
    return tuple(
        ForeignKey(
            row["name"],
            row["relid"],
            row["parent"],
            tuple(zip(row["columns"], row["keys"], strict=True)),
        )
        for row in session.rows("discover/foreign_keys", relids=sorted(parents))
    )


def _unread(triggers: Iterable[Trigger], found: Mapping[int, Table]) -> Iterator[str]:
    """Of which triggers could the function not be read, where it might set a partition key?"""
    for each in triggers:
        table = found.get(each.row["relid"])
        keys = [key for key in table.keys if table.type(key.column) in KEYS] if table else []
        if table is None or not keys or not each.row["inserts"]:
            continue
        whole = any(one.column == "*" for one in each.read.sets)
        why = each.read.unread or ("it sets the whole row at once" if whole else "")
        if why:
            yield f"the trigger {remark(each.name)} of {table.said}: {why}"
