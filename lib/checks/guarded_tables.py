"""Which of the guarded tables are there, and with which of their columns?"""

from __future__ import annotations

from dataclasses import replace

from lib.checks.lock_holders import unanswered
from lib.checks.partition_bounds import ends
from lib.core.declaration import among, learn, required
from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.guards import Guard
from lib.core.periods import Kind, spanning
from lib.core.results import Report, Row
from lib.db.database import Session, Transaction

KINDS: dict[str, Kind] = {
    "date": "date",
    "timestamp with time zone": "timestamptz",
    "smallint": "int",
    "integer": "int",
    "bigint": "int",
}
_SHORT = ("exact", "day", "week")  # whose partitions may well span longer periods


def place(session: Session, guards: tuple[Guard, ...]) -> tuple[Row, tuple[Guard, ...]]:
    """Where are we, and which tables are there? Raises: DatabaseUnreachable."""
    try:
        with session.reading() as transaction:
            (identity,) = transaction.rows("session/identity")
            return identity, present(transaction, guards)
    except QueryFailed as error:
        raise DatabaseUnreachable(unanswered(error)) from None


def present(transaction: Transaction, guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
    """These guards for this database: without optional ones whose table or columns are not there.

    A trigger names those columns alone that its table has: sql/setup makes it so.
    """
    rows = transaction.rows(
        "checks/guarded_tables",
        schemas=[guard.schema for guard in guards],
        tables=[guard.table for guard in guards],
        columns=[",".join(_needed(guard)) for guard in guards],
        named=[",".join(guard.columns) for guard in guards],
    )
    return tuple(
        _known(replace(guard, columns=tuple(row["named"]) or guard.columns), row)
        for guard, row in zip(guards, rows, strict=True)
        if row["present"] or not guard.optional
    )


def _known(guard: Guard, row: Row) -> Guard:
    """With what this database tells of its keys and partitions."""
    known = replace(guard, kind=guard.kind or KINDS.get(row["type"] or ""))
    if guard.every in _SHORT:
        bounds = [ends(known.keys, bound) for bound in row["bounds"]]
        known = replace(known, span=spanning([each for each in bounds if each]))
    learn(known.relation, known.kind, known.span)
    return known


def _needed(guard: Guard) -> list[str]:
    """Which columns make it this guarded table?"""
    return [guard.key, *([guard.reference.column] if guard.reference else [])]


def looked_at(guard: Guard, report: Report) -> bool:
    """Was this table there for this run?"""
    return not guard.optional or guard.table in report.optional


def guards_of(report: Report | None) -> tuple[Guard, ...]:
    """Which guards does this report speak of? Without one, those that must be there."""
    return required() if report is None else among(report.optional)
