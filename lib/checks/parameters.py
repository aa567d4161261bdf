"""Which names and values do the queries of sql/checks/ take? In a run, and by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lib.checks.check import ByHand, Query
from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.results import Report


def columns_read(guard: Guard) -> list[str]:
    """Which columns do the row checks read?"""
    reference = [guard.reference.column] if guard.reference else []
    return [guard.id, guard.key, guard.clock, *reference]


_LISTS: Mapping[str, Callable[[Guard], str]] = {
    "triggers": lambda guard: guard.trigger,
    "functions": lambda guard: guard.function,
    "keys": lambda guard: guard.key,
    "clocks": lambda guard: guard.clock,
    "columns": lambda guard: ",".join(columns_read(guard)),
}


def lists(context: Context, *more: str) -> dict[str, Any]:
    """The guarded tables, and what more is asked for, as parallel lists."""
    return {
        "schemas": context.schemas,
        "tables": context.tables,
        **{name: [_LISTS[name](guard) for guard in context.guards] for name in more},
    }


def names(guard: Guard) -> dict[str, str]:
    """The identifiers that the row checks' SQL takes, with those of the table it refers to."""
    reference = guard.reference
    parent = reference and {
        "reference": reference.column,
        "parent_schema": guard.schema,
        "parent": reference.table,
        "parent_id": reference.id,
        "parent_key": reference.key,
    }
    return {
        "schema": guard.schema,
        "table": guard.table,
        "key": guard.key,
        "clock": guard.clock,
        "id": guard.id,
        "owed": guard.owed,
        **(parent or {}),
    }


def outlives(guard: Guard) -> dict[str, Any]:
    """The value that the join checks' SQL takes: may a row outlive the one it names?"""
    return {"outlives": guard.reference is not None and guard.reference.outlives}


def since(context: Context) -> dict[str, Any]:
    """Where the window begins, as somebody would write it."""
    return {"since": f"{context.since:%Y-%m-%d %H:%M}+00"}


def of_catalogs(name: str, *more: str) -> ByHand:
    """By hand: one query about the catalogs, which takes parallel lists."""

    def query(context: Context, _: Report | None) -> list[Query]:
        return [(f"checks/{name}", {}, lists(context, *more))]

    return query


def of_rows(name: str, *, own: bool = False) -> ByHand:
    """By hand: a query about the rows of each table; `own` of those alone that refer to none."""

    def query(context: Context, _: Report | None) -> list[Query]:
        guards = [guard for guard in context.guards if guard.reference is None or not own]
        return [(f"checks/{name}", names(guard), since(context)) for guard in guards]

    return query
