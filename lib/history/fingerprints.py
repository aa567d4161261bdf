"""How did the definitions stand around a run, and which migrations had been applied?

Short enough for every history row: a mark for each definition, and the last few migrations. What
could not be read is said, and changes no verdict.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from lib.checks.rpc_calls import DRIFT_RPC, MAINTENANCE_RPC, TRIGGERS_RPC
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.results import Row
from lib.db.database import Session

MIGRATIONS = "migrations"
_LATEST = 5
_HISTORY = "watchtower_checks"
_VERSION = 2  # of what the mark of the catalogs is made of: two versions say nothing of each other
_ENOUGH_SECONDS = 0.4  # of the budget: what is left must suffice for the row itself
_WHY = {
    "absent": "there is no table supabase_migrations.schema_migrations",
    "no rights": "this role may not read supabase_migrations.schema_migrations",
    "armed": "supabase_migrations.schema_migrations is a stranger's: reading it may run their code",
}


def observed(session: Session, guards: tuple[Guard, ...]) -> dict[str, Any]:
    """What stands in the row beside the report: `definitions`, their `marks`, `migrations`.

    `definitions` is one mark of them all. Raises: DatabaseUnreachable.
    """
    if session.budget.left < _ENOUGH_SECONDS:
        return {}
    session.reserve = _ENOUGH_SECONDS / 2
    try:
        rows = _definitions(session, guards)
        marks = {str(row["name"]): str(row["mark"]) for row in rows}
        state = marks.pop(MIGRATIONS, "absent")
        text = json.dumps(marks, sort_keys=True)
        whole = hashlib.sha256(text.encode()).hexdigest()[:12]
        return {"definitions": whole, "marks": marks, MIGRATIONS: _migrations(session, state)}
    except QueryFailed:
        return {}
    finally:
        session.reserve = 0.0


def catalogs(session: Session, guards: tuple[Guard, ...]) -> str | None:
    """One mark of all that could be changed in the catalogs; None where it could not be read.

    Raises: DatabaseUnreachable.
    """
    schemas, tables = (
        [*(guard.schema for guard in guards), "public"],
        [*(guard.table for guard in guards), _HISTORY],
    )
    try:
        (row,) = session.rows("history/catalogs", schemas=schemas, tables=tables)
    except QueryFailed:
        return None
    return None if row["mark"] is None else f"{_VERSION}:{row['mark']}"


def _definitions(session: Session, guards: tuple[Guard, ...]) -> tuple[Row, ...]:
    names = [guard.function for guard in guards]
    return session.rows(
        "history/definitions",
        schemas=[guard.schema for guard in guards],
        tables=[guard.table for guard in guards],
        keys=[guard.key for guard in guards],
        functions=[*names, TRIGGERS_RPC, DRIFT_RPC, MAINTENANCE_RPC],
    )


def _migrations(session: Session, state: str) -> dict[str, Any]:
    """How many, and the latest; or why that cannot be read."""
    if state in _WHY:
        return {"trouble": _WHY[state]}
    try:
        rows = session.rows("history/migrations", most=_LATEST)
    except QueryFailed as error:
        return {"trouble": f"supabase_migrations.schema_migrations cannot be read: {error}"}
    latest = [f"{row['version']} {row['name'] or ''}".strip() for row in rows]
    return {"count": rows[0]["count"] if rows else 0, "latest": latest}
