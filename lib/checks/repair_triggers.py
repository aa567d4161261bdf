"""What else does a repair of keys set off? Said in the repair itself, before anything is run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lib.checks.parameters import columns_read, lists
from lib.core.bindings import Binding, Named
from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.remedies import Remedies, Repair
from lib.core.results import Row
from lib.core.words import listed
from lib.db.database import Session, once
from lib.db.sql import quoted, remark
from lib.remedies.repairs import all_moved, repair_keys
from lib.trials.texts.noting import Changes, changes

_NAME = "checks/repair_triggers"


def observe(session: Session, context: Context) -> None:
    """Which triggers fire besides the guards, and what is bound to their keys? Read once a run."""
    once(session, context, _NAME, **lists(context, "triggers", "keys"))


def repair(context: Context, guard: Guard, since: datetime | None = None) -> Remedies:
    """Sets keys right, of the rows since then or of all history, and says what that sets off."""
    bound, noted = bindings(context), tuple(_noted(context).items())
    moved = [each.table for each in all_moved(Repair(guard, since, context.guards, bound))]
    fires = "".join(
        f"-- this fires {remark(quoted(row['trigger_name']))} on {remark('.'.join(table))}"
        f" ({remark(row['function'])}) for each row that moves{remark(_told(context, row))}\n"
        for table in moved
        for row in _triggers(context)
        if _table(row) == table
    )
    noted = tuple(each for each in noted if each[0] in moved)
    return repair_keys(guard, since, context.guards, fires, bound, noted)


def bindings(context: Context) -> tuple[Binding, ...]:
    """Which foreign keys bind rows of other tables to the guarded keys, as far as was observed?"""
    own = {(guard.schema, guard.table): (*guard.noted, *guard.fills) for guard in context.guards}
    noted = _noted(context)
    return tuple(
        Binding(
            _table(row),
            tuple(row["columns"]),
            (row["parent_schema"], row["parent"]),
            tuple(row["parent_columns"]),
            row["late"],
            (*own.get(_table(row), ()), *noted.get(_table(row), ())),
        )
        for row in context.kept.get(_NAME, ())
        if row["columns"] is not None
    )


def _table(row: Row) -> Named:
    return row["schema_name"], row["table_name"]


def _triggers(context: Context) -> list[Row]:
    return [row for row in context.kept.get(_NAME, ()) if row["trigger_name"] is not None]


def _changes(context: Context, row: Row) -> Changes:
    """What a guard goes by is never a note."""
    seen = changes(row["language"], row["function"], row["source"], row["arguments"])
    own = {
        name
        for guard in context.guards
        if (guard.schema, guard.table) == _table(row)
        for name in columns_read(guard)
    }
    return replace(seen, notes=tuple(name for name in seen.notes if name not in own))


def _noted(context: Context) -> dict[Named, tuple[str, ...]]:
    """In which columns of each table do triggers note that a row was changed?"""
    found: dict[Named, tuple[str, ...]] = {}
    for row in _triggers(context):
        if notes := _changes(context, row).notes:
            found[_table(row)] = (*found.get(_table(row), ()), *notes)
    return found


def _told(context: Context, row: Row) -> str:
    """What it changes, as a sentence goes on."""
    seen = _changes(context, row)
    more = [column for column in seen.sets if column not in seen.notes]
    words = []
    if seen.notes:
        words.append(f"it notes that in {listed(seen.notes)}, which may differ afterwards")
    if more:
        words.append(f"it sets {listed(more)}, and apply stops where that changes a row")
    if seen.writes:
        words.append(f"it {listed(seen.writes)}")
    if seen.unread:
        words.append("what else it does was not read" if words else "what it does was not read")
    return f": {'; '.join(words)}" if words else ": it changes nothing of the row"
