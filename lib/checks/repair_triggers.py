"""What else does a repair of keys set off? Said in the repair itself, before anything is run."""

from __future__ import annotations

from datetime import datetime

from lib.checks.parameters import lists
from lib.core.bindings import Binding
from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.remedies import Remedies, Repair
from lib.db.database import Session, once
from lib.db.sql import quoted, remark
from lib.remedies.repairs import all_moved, repair_keys

_NAME = "checks/repair_triggers"


def observe(session: Session, context: Context) -> None:
    """Which triggers fire besides the guards, and what is bound to their keys? Read once a run."""
    once(session, context, _NAME, **lists(context, "triggers", "keys"))


def repair(context: Context, guard: Guard, since: datetime | None = None) -> Remedies:
    """Sets keys right, of the rows since then or of all history, and says what that sets off."""
    bound = bindings(context)
    moved = [each.table for each in all_moved(Repair(guard, since, context.guards, bound))]
    fires = "".join(
        f"-- this fires {remark(quoted(row['trigger_name']))} on {remark('.'.join(table))}"
        f" ({remark(row['function'])}) for each row that moves\n"
        for table in moved
        for row in context.kept.get(_NAME, ())
        if row["trigger_name"] is not None and (row["schema_name"], row["table_name"]) == table
    )
    return repair_keys(guard, since, context.guards, fires, bound)


def bindings(context: Context) -> tuple[Binding, ...]:
    """Which foreign keys bind rows of other tables to the guarded keys, as far as was observed?"""
    own = {(guard.schema, guard.table): (*guard.noted, *guard.fills) for guard in context.guards}
    return tuple(
        Binding(
            table,
            tuple(row["columns"]),
            (row["parent_schema"], row["parent"]),
            tuple(row["parent_columns"]),
            row["late"],
            own.get(table, ()),
        )
        for row in context.kept.get(_NAME, ())
        if row["columns"] is not None
        for table in [(row["schema_name"], row["table_name"])]
    )
