"""How does a guard's trigger stand written, and how should it? Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lib.checks.printed import by_clause
from lib.core.guards import Guard
from lib.core.results import Row
from lib.db.sql import quoted

_STATES = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


def canonical_trigger(guard: Guard, relation: str) -> str:
    """The guard's trigger on this relation, as PostgreSQL would print it; `relation` is quoted.

    Source: PostgreSQL manual, pg_get_triggerdef; a partition's own is a clone of the table's.
    """
    columns = ", ".join(quoted(column) for column in guard.columns)
    return by_clause(
        f"CREATE TRIGGER {quoted(guard.trigger)} BEFORE INSERT OR UPDATE OF {columns} "
        f"ON {relation} FOR EACH ROW "
        f"EXECUTE FUNCTION {quoted(guard.schema)}.{quoted(guard.function)}();"
    )


def live_triggers(candidates: Iterable[Row]) -> str:
    """What stands there under the guard's name or calls its function; empty where nothing does.

    `candidates` are rows of sql/checks/guard_triggers.sql of one relation. Whether a trigger is
    switched on is no part of its definition, so that is said as pg_dump says it.
    """
    return "\n".join(_live(row) for row in candidates if row["trigger_name"] is not None)


def _live(row: Row) -> str:
    text = by_clause(row["definition"] or "-- it was dropped while this was read") + ";"
    state = _STATES.get(row["enabled"])
    if state is None:
        return text
    name = quoted(row["trigger_name"])
    return f"{text}\nALTER TABLE ONLY {row['relation']} {state} TRIGGER {name};"
