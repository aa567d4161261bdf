"""The live functions of the guards, with what they call and what tells one text from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from lib.checks.parameters import lists
from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.results import Row
from lib.db.database import Session, once
from lib.db.sql import quoted
from lib.trials.texts.reviewed import adopted
from lib.trials.texts.shipped import shipped
from lib.trials.texts.understood import Helper


def definitions(session: Session, context: Context) -> tuple[Row, ...]:
    """The live functions, as sql/checks/guard_functions.sql has them; one row a guard.

    Read once a run: what is tried is what its text is then judged by.
    """
    name = "checks/guard_functions"
    if name not in context.kept:
        rows = session.rows(name, **functions(context))
        context.kept[name] = texts(session, context, rows, context.guards)
    return context.kept[name]


def texts(
    session: Session, context: Context, rows: Iterable[Row], guards: Sequence[Guard] = ()
) -> tuple[Row, ...]:
    """These functions with what they call, what is guarded, and whether they are adopted.

    Where those of the `guards` are all shipped, nobody has to read them.
    """
    bare = [{**row, "calls": []} for row in rows]
    plain = bool(guards) and all(row["reads_plainly"] for row in bare)
    ours = plain and all(map(shipped, guards, bare))
    called = {} if ours else calls(session, context)
    guarded = frozenset() if ours else relations(session, context)
    found = []
    for row in bare:
        name = f"{quoted(row['schema_name'])}.{quoted(row['function_name'])}"
        row |= {"calls": called.get(name, []), "guarded": guarded}
        found.append({**row, "adopted": adopted(context, row)})
    return tuple(found)


def functions(context: Context) -> dict[str, Any]:
    """The values for sql/checks/guard_functions.sql."""
    return {
        **lists(context, "functions"),
        "parents": [g.reference.table if g.reference else "" for g in context.guards],
        "columns": [",".join(guard.fills) for guard in context.guards],
    }


def calls(session: Session, context: Context) -> dict[str, list[Helper]]:
    """What does each trigger's function call? By its name. Read once a run."""
    values = lists(context, "functions")
    rows = once(session, context, "checks/guard_behaviour_calls", **values)
    return {row["function"]: [Helper(**_held(each)) for each in row["calls"]] for row in rows}


def _held(told: dict[str, Any]) -> dict[str, Any]:
    return {n: tuple(held) if isinstance(held, list) else held for n, held in told.items()}


def relations(session: Session, context: Context) -> frozenset[str]:
    """The guarded tables, their partitions and the views on them, by name. Read once a run."""
    rows = once(session, context, "checks/guard_behaviour_relations", **lists(context))
    return frozenset(row["relation_name"] for row in rows)


def definition_of(live: Row) -> str:
    """What tells this definition from every other? A digest of all that makes it behave."""
    parts = ("body", "security_definer", "settings", "language", "owner", "volatility", "calls")
    return digest(live[part] for part in parts)


def digest(parts: Iterable[object]) -> str:
    """What tells these parts from any others?"""
    return hashlib.sha256(json.dumps(list(parts), default=str).encode()).hexdigest()
