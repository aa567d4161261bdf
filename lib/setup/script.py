"""What sets a database up for the declared guards? SQL in order, for a person to read and run.

For the shipped declaration these are the files of sql/setup. For another one they are its history
and its role, and a guard for each declared table. The RPCs and the partition routine speak of the
shipped tables alone, and are made for no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lib.core.declaration import SHIPPED, declaration
from lib.core.errors import SetupFailed
from lib.core.guards import Guard
from lib.core.results import Row
from lib.core.words import listed
from lib.db import sql
from lib.db.database import Database, Session
from lib.db.sql import quoted, remark
from lib.setup.functions import Known, Types, between_dollars, filled, name_of, statement, value_of

_HISTORY, _ROLE = "20_history", "50_role"
_SECONDS = 5.0
_OPENING = """\
begin;

-- A namesake in another schema must not stand in for a function or an operator of PostgreSQL's own.
set local search_path = pg_catalog, pg_temp;
set local standard_conforming_strings = on;

-- Two sessions that set up at once would drop what the other has just made: one after the other.
set local lock_timeout = '10s';
do $alone$
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('watchtower_setup'));
end
$alone$;

set local lock_timeout = '800ms';
"""
_ONCE = """\
-- On purpose means once: a connection may be somebody else's next.
do $once$
begin
    perform set_config('watchtower.replace_guards', '', false);
end
$once$;

commit;
"""


@dataclass(frozen=True)
class Part:
    """One transaction of the setup: what it is, and its SQL."""

    title: str
    sql: str


def script(guards: Sequence[Guard], database: Database | None) -> tuple[Part, ...]:
    """All of it, in order. The shipped declaration needs no database.

    Raises: SetupFailed where a declared table or column is not there, or is of another type than
    the setup makes a guard for; DatabaseUnreachable, QueryFailed.
    """
    if of_the_files(guards):
        return tuple(Part(path.name, path.read_text("utf-8")) for path in sql.setup_files())
    if database is None:
        raise SetupFailed("Name the database (DATABASE_URL): the guards go by its columns.")
    with database.session(_SECONDS) as session:
        found = columns(session, guards)
    there = [guard for guard in guards if not guard.optional or not lacking(guard, found)]
    if gone := [each for guard in there for each in lacking(guard, found)]:
        raise SetupFailed(f"This database has no {listed(dict.fromkeys(gone))}: make it first.")
    return (
        Part("the history", sql.setup_file(f"sql/setup/{_HISTORY}.sql")),
        Part("the guards", "".join(_guards(there, found))),
        Part("the role", "".join(_role(there, found))),
    )


def of_the_files(guards: Sequence[Guard]) -> bool:
    """Are these the guards that the files of sql/setup make?"""
    return _made_alike(guards) == _made_alike(declaration(SHIPPED))


def _made_alike(guards: Sequence[Guard]) -> set[tuple[object, ...]]:
    """What those files know of a guard; a plain table has none of theirs."""
    return {
        (g.relation, g.key, g.clock, g.id, g.trigger, g.function, g.reference, g.fills)
        for g in guards
        if g.partitioned
    }


def columns(session: Session, guards: Sequence[Guard]) -> dict[tuple[str, str], Row]:
    """The declared tables and those that they refer to, by schema and name."""
    wanted = {(guard.schema, guard.table): None for guard in guards}
    wanted |= {(g.schema, g.reference.table): None for g in guards if g.reference}
    schemas, tables = map(list, zip(*wanted, strict=True))
    rows = session.rows("declared/columns", schemas=schemas, tables=tables)
    return {(row["schema_name"], row["table_name"]): row for row in rows}


def known(guard: Guard, found: Mapping[tuple[str, str], Row]) -> Known:
    """Of which types are this guard's columns?"""
    parent: Types = {}
    if guard.reference is not None:
        parent = found[guard.schema, guard.reference.table]["types"]
    return Known(found[guard.schema, guard.table]["types"], parent)


def lacking(guard: Guard, found: Mapping[tuple[str, str], Row]) -> list[str]:
    """What of it is not there, as a sentence names it?"""
    needed = {guard.table: [guard.id, guard.key, guard.clock]}
    if guard.reference is not None:
        needed[guard.table].append(guard.reference.column)
        needed.setdefault(guard.reference.table, []).extend(
            (guard.reference.id, guard.reference.key)
        )
    gone = []
    for table, names in needed.items():
        row = found[guard.schema, table]
        place = f"{quoted(guard.schema)}.{quoted(table)}"
        if row["kind"] is None:
            gone.append(place)
        else:
            gone += [f"{place}.{quoted(n)}" for n in names if n not in row["types"]]
    return gone


def _guards(guards: Sequence[Guard], found: Mapping[tuple[str, str], Row]) -> Iterator[str]:
    names = listed(f"{guard.schema}.{guard.table}" for guard in guards)
    yield f"-- The declared guards: of {remark(names)}.\n"
    yield "-- Run it as the owner of these tables, whole. It may run again at any time.\n\n"
    yield f"{_OPENING}\n"
    for guard in guards:
        own = known(guard, found)
        text = between_dollars(statement(guard, own), "create", "guard")
        named = [each for each in guard.columns if each in own.own]
        yield _block("guard", guard, columns=value_of(named), text=text)
        yield "\n"
    yield _ONCE


def _role(guards: Sequence[Guard], found: Mapping[tuple[str, str], Row]) -> Iterator[str]:
    yield "-- The role watchtower: what it may read of the declared tables, and no more.\n"
    yield "-- Run it as their owner, who needs CREATEROLE where the role is not there yet.\n"
    yield "-- Then give it a password: \\password watchtower\n\n"
    yield f"{_OPENING}\n"
    made = sql.setup_file(f"sql/setup/{_ROLE}.sql").partition("do $role$")[2]
    yield f"do $role${made.partition('do $grants$')[0]}"
    yield sql.load("declared/history_rights")
    for table, names, function in readable(guards, found):
        yield "\n"
        yield sql.written(
            "declared/rights",
            name_of,
            {
                "schema": value_of(table[0]),
                "table": value_of(table[1]),
                "columns": value_of(names),
                "function": value_of(function),
            }.__getitem__,
        )
    yield "\ncommit;\n"


def readable(
    guards: Sequence[Guard], found: Mapping[tuple[str, str], Row]
) -> Iterator[tuple[tuple[str, str], list[str], str]]:
    """Each table, which of its columns are read, and the function of its guard."""
    read: dict[tuple[str, str], dict[str, None]] = {}
    functions = {(guard.schema, guard.table): guard.function for guard in guards}
    for guard in guards:
        own = read.setdefault((guard.schema, guard.table), {})
        own |= dict.fromkeys((guard.id, guard.key, guard.clock))
        if guard.reference is not None:
            own[guard.reference.column] = None
            parent = read.setdefault((guard.schema, guard.reference.table), {})
            parent |= dict.fromkeys((guard.reference.id, guard.reference.key))
            parent |= dict.fromkeys(filled(guard, known(guard, found)))
    for table, names in read.items():
        yield table, list(names), functions.get(table, "")


def _block(name: str, guard: Guard, **more: str) -> str:
    values = {
        "schema": value_of(guard.schema),
        "table": value_of(guard.table),
        "function": value_of(guard.function),
        "trigger": value_of(guard.trigger),
        **more,
    }
    return sql.written(f"declared/{name}", name_of, values.__getitem__)
