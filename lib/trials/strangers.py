"""Whose code would run with our rights, or with those of the tables' owner?

A stranger is a role that has neither the rights of the owner of the guarded tables nor our own.
What it made runs with our rights as soon as we call it, try it, or write where it fires.
"""

from __future__ import annotations

from collections.abc import Iterable

from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.remedies import decision
from lib.core.results import Row
from lib.db.database import Session, once

ARMED = "WT003"  # of sql/session/unarmed.sql
REMEDY = decision(
    "give what is to stay to the owner of the tables (alter … owner to …), drop\n"
    "the rest, and run the files of sql/setup, which make what is missing"
)


def not_run(rows: Iterable[Row], role: str) -> str:
    """Why is that not run? `rows` have object and owner."""
    each = (f"{row['object']} belongs to {row['owner']}, a stranger here" for row in rows)
    return f"{'; '.join(dict.fromkeys(each))}, and would run with the rights of {role}"


def strangers(
    session: Session, context: Context, guard: Guard, place: Row, *, beside: bool = False
) -> list[Row]:
    """What that strangers made would a try of this guard run with rights that they lack?

    `place` is a row of sql/checks/guard_behaviour.sql: a role that may only look has nothing to
    lose. `beside`: the try runs the table's other triggers too. The catalogs are read once a run.
    Raises: QueryFailed.
    """
    if not place["may_more"]:
        return []
    found = once(
        session,
        context,
        "checks/strangers",
        schemas=context.schemas,
        tables=context.tables,
        functions=[guard.function for guard in context.guards],
    )
    return [
        row for row in found if row["table_name"] == guard.table and (beside or not row["beside"])
    ]
