"""Whose code would run with our rights, or with those of the tables' owner?

A stranger has neither the rights of the owner of the guarded tables nor our own: what such a role
made runs with ours as soon as we call it, try it, or write where it fires.
"""

from __future__ import annotations

from collections.abc import Iterable

from lib.checks.context import Context
from lib.database import Session
from lib.guards import Guard
from lib.results import Row

ARMED = "WT003"  # of sql/session/unarmed.sql
REMEDY = (
    "-- a decision: what is meant goes to the owner of the tables (alter … owner to …); the rest\n"
    "-- is dropped, and the files of sql/setup make what is missing then"
)


def not_run(rows: Iterable[Row], role: str) -> str:
    """Why is that not run? `rows` have object and owner."""
    each = (f"{row['object']} belongs to {row['owner']}, a stranger here" for row in rows)
    return f"{'; '.join(dict.fromkeys(each))}, and would run with the rights of {role}"


def strangers(
    session: Session, context: Context, guard: Guard, place: Row, *, beside: bool = False
) -> list[Row]:
    """What of strangers' would a try of this guard run with rights that they have not?

    `place` is one of sql/checks/guard_behaviour.sql: a role that may no more than look has nothing
    to lose. `beside`: a try together with the triggers beside it. Read once a run.
    Raises: QueryFailed.
    """
    if not place["may_more"]:
        return []
    name = "checks/strangers"
    if name not in context.kept:
        with session.reading() as transaction:
            context.kept[name] = transaction.rows(
                name,
                schemas=context.schemas,
                tables=context.tables,
                functions=[guard.function for guard in context.guards],
            )
    return [
        row
        for row in context.kept[name]
        if row["table_name"] == guard.table and (beside or not row["beside"])
    ]
