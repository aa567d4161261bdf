"""Which names and values do the queries of sql/checks/ take? In a run, and by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from lib.checks.check import ByHand, Query
from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.results import Report
from lib.db.sql import Expression, quoted


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
    """The identifiers that the row checks' SQL takes, with those of the table it refers to.

    And the expressions: what each says of the key (core.periods), over the names that it stands by.
    """
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
        **{name: Expression(text) for name, text in _expressions(guard).items()},
    }


def _expressions(guard: Guard) -> dict[str, str]:
    keys, parts, clock = guard.keys, guard.parts, f"t.{quoted(guard.clock)}"
    return {
        "right": keys.key_at(clock),
        "held": keys.held("key"),
        "key_period": parts.day("key"),
        "clock_period": parts.day_at("clock"),
        **{
            f"{row}_{end}": parts.key(f"{row}.{end}")
            for row in ("leaf", "gap")
            for end in ("low", "high")
        },
        **{f"{end}_begins": parts.begin(f"leaf.{end}") for end in ("low", "high")},
        "infinite": parts.infinite(f"t.{quoted(guard.key)}"),
    }


def outlives(guard: Guard) -> dict[str, Any]:
    """The value that the join checks' SQL takes: may a row outlive the one it names?"""
    return {"outlives": guard.reference is not None and guard.reference.outlives}


def window(context: Context) -> dict[str, Any]:
    """Where the window begins and ends, as somebody would write it."""
    ends = (("since", context.since), ("now", context.now.astimezone(UTC)))
    return {name: f"{moment:%Y-%m-%d %H:%M}+00" for name, moment in ends}


def of_catalogs(name: str, *more: str) -> ByHand:
    """By hand: one query about the catalogs, which takes parallel lists."""

    def query(context: Context, _: Report | None) -> list[Query]:
        return [(f"checks/{name}", {}, lists(context, *more))]

    return query


def of_rows(*queries: str, refers: bool | None = None) -> ByHand:
    """By hand: queries about the rows of each table, or of those alone that do or do not refer."""

    def query(context: Context, _: Report | None) -> list[Query]:
        return [
            (f"checks/{name}", names(guard), {**window(context), **outlives(guard)})
            for name in queries
            for guard in context.guards
            if refers in (None, guard.reference is not None)
        ]

    return query
