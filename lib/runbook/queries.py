"""Which SQL shows by hand what a check sees? Text to copy; nothing here runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import dropwhile

from lib.checks.guarded_tables import guards_of
from lib.checks.null_keys import names
from lib.checks.orphan_rows import outlives, pair_names
from lib.checks.partition_bounds import gaps, ranges
from lib.checks.partition_security import HISTORY_TABLE
from lib.checks.rpc_calls import DRIFT_RPC, TRIGGERS_RPC
from lib.checks.rpc_privileges import MAINTENANCE_RPC
from lib.core.context import Context, rows_of
from lib.core.guards import REQUIRED, Guard
from lib.core.results import Report
from lib.db import sql
from lib.runbook.steps import Statement, Step

_RPCS = (TRIGGERS_RPC, DRIFT_RPC, MAINTENANCE_RPC)

Query = tuple[str, dict[str, str], dict[str, object]]


def by_hand(check: str, report: Report | None, now: datetime) -> list[Statement]:
    """What does this check ask, as somebody would paste it into a SQL editor?

    Where a report is known, its window and its partitions' bounds are in the text.
    """
    if check not in _QUERIES:
        return []
    found = _QUERIES[check](_context(report, now), report)
    tables = {identifiers.get("table") for _, identifiers, _ in found}
    return [
        Statement(_title(name, identifiers if len(tables) > 1 else {}), _text(*query))
        for query in found
        for name, identifiers, _ in [query]
    ]


def static(step: Step) -> list[Statement]:
    """The queries that a step names itself."""
    return [Statement(_title(name, {}), _text(name, {}, _parameters())) for name in step.queries]


def files(step: Step) -> list[Statement]:
    """The whole files of sql/setup that a step may run."""
    return [
        Statement(f"sql/setup/{name}", sql.load(f"setup/{name.removesuffix('.sql')}"))
        for name in step.files
    ]


def _title(name: str, identifiers: Mapping[str, str]) -> str:
    table = identifiers.get("table")
    return f"sql/{name}.sql, {table}" if table else f"sql/{name}.sql"


def _text(name: str, identifiers: Mapping[str, str], values: Mapping[str, object]) -> str:
    frozen = tuple((key, _hashable(value)) for key, value in values.items())
    return _composed(name, tuple(identifiers.items()), frozen)


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@lru_cache(maxsize=256)
def _composed(
    name: str, identifiers: tuple[tuple[str, str], ...], values: tuple[tuple[str, object], ...]
) -> str:
    lines = sql.by_hand(name, dict(identifiers), dict(values)).splitlines()
    text = "\n".join(dropwhile(lambda line: line.startswith("--"), lines))
    return text if text.rstrip().endswith(";") else f"{text.rstrip()};"


def _context(report: Report | None, now: datetime) -> Context:
    if report is None:
        return Context(REQUIRED, now)
    return Context(guards_of(report), report.checked_at, report.window_days)


def _parameters() -> dict[str, object]:
    """The values of the queries that are the same whatever was found."""
    return {
        "schemas": [guard.schema for guard in REQUIRED],
        "tables": [guard.table for guard in REQUIRED],
        "triggers": [guard.trigger for guard in REQUIRED],
        "routines": [*(guard.function for guard in REQUIRED), *_RPCS],
    }


def _catalog(name: str, *more: str) -> Callable[[Context, Report | None], list[Query]]:
    """A query about the catalogs, which takes lists that are parallel to the guards."""

    def query(context: Context, _: Report | None) -> list[Query]:
        values: dict[str, object] = {
            "schemas": context.schemas,
            "tables": context.tables,
            **{key: _LISTS[key](context.guards) for key in more},
        }
        return [(f"checks/{name}", {}, values)]

    return query


_LISTS: Mapping[str, Callable[[tuple[Guard, ...]], list[str]]] = {
    "triggers": lambda guards: [guard.trigger for guard in guards],
    "functions": lambda guards: [guard.function for guard in guards],
    "keys": lambda guards: [guard.key for guard in guards],
    "clocks": lambda guards: [guard.clock for guard in guards],
    "parents": lambda guards: [g.reference.table if g.reference else "" for g in guards],
    "columns": lambda guards: [",".join(_columns(guard)) for guard in guards],
}


def _columns(guard: Guard) -> list[str]:
    """Which columns do the row checks read?"""
    reference = [guard.reference.column] if guard.reference else []
    return [guard.id, guard.key, guard.clock, *reference]


def _functions(context: Context, _: Report | None) -> list[Query]:
    values: dict[str, object] = {
        "schemas": context.schemas,
        "functions": _LISTS["functions"](context.guards),
        "tables": context.tables,
        "parents": _LISTS["parents"](context.guards),
        "columns": [",".join(guard.fills) for guard in context.guards],
    }
    return [("checks/guard_functions", {}, values)]


def _foreign_key(context: Context, _: Report | None) -> list[Query]:
    tied = [(g, g.reference) for g in context.guards if g.foreign_key and g.reference]
    values: dict[str, object] = {
        "schemas": [guard.schema for guard, _ in tied],
        "tables": [guard.table for guard, _ in tied],
        "parents": [reference.table for _, reference in tied],
        "columns": [f"{reference.column},{guard.key}" for guard, reference in tied],
        "parent_columns": [f"{reference.id},{reference.key}" for _, reference in tied],
    }
    return [("checks/foreign_key", {}, values)]


def _security(context: Context, _: Report | None) -> list[Query]:
    values: dict[str, object] = {
        "schemas": [*context.schemas, "public"],
        "tables": [*context.tables, HISTORY_TABLE],
    }
    return [("checks/partition_security", {}, values)]


def _maintenance(*_: object) -> list[Query]:
    values: dict[str, object] = {
        "routine": MAINTENANCE_RPC,
        "observer": "watchtower_maintenance_job",
    }
    return [("checks/maintenance", {}, values)]


def _rights(*_: object) -> list[Query]:
    return [("checks/rpc_privileges", {}, {"names": list(_RPCS)})]


def _answers(*_: object) -> list[Query]:
    return [(f"rpc/{TRIGGERS_RPC}", {}, {}), (f"rpc/{DRIFT_RPC}", {}, {})]


def _rows(name: str, *, own: bool) -> Callable[[Context, Report | None], list[Query]]:
    """A query about the rows of each table; `own` alone, or all."""

    def query(context: Context, _: Report | None) -> list[Query]:
        guards = [guard for guard in context.guards if guard.reference is None or not own]
        return [(f"checks/{name}", names(guard), _since(context)) for guard in guards]

    return query


def _since(context: Context) -> dict[str, object]:
    return {"since": f"{context.since:%Y-%m-%d %H:%M}+00"}


def _pairs(context: Context, _: Report | None) -> list[Query]:
    tied = [(guard, guard.reference) for guard in context.guards if guard.reference]
    return [
        (f"checks/{name}", pair_names(guard, reference), {**_since(context), **outlives(guard)})
        for name in ("orphan_rows", "orphan_rows_cause")
        for guard, reference in tied
    ]


def _freshness(context: Context, _: Report | None) -> list[Query]:
    moment = f"{context.now.astimezone(UTC):%Y-%m-%d %H:%M}+00"
    values = {**_since(context), "now": moment}
    return [("checks/freshness", names(guard), values) for guard in context.guards]


def _default_rows(context: Context, report: Report | None) -> list[Query]:
    """The gaps between the bounds lead to DEFAULT; nothing where the bounds are not known."""
    tables = {} if report is None else report["partition_coverage"].tables
    found: list[Query] = []
    for guard in context.guards:
        own = rows_of(guard.table, tables.get("partitions", ()))
        if not any(row["is_default"] for row in own):
            continue
        edges = gaps(ranges(own))
        values: dict[str, object] = {
            "lows": ["-infinity" if low == date.min else str(low) for low, _ in edges],
            "highs": ["infinity" if high == date.max else str(high) for _, high in edges],
            **_since(context),
        }
        found.append(("checks/default_partition_rows", names(guard), values))
    return found


_QUERIES: Mapping[str, Callable[[Context, Report | None], list[Query]]] = {
    "guard_triggers": _catalog("guard_triggers", "triggers", "functions"),
    "guard_behaviour": _functions,
    "guard_functions": _functions,
    "trigger_order": _catalog("trigger_order", "triggers", "functions", "keys"),
    "guard_settings": _catalog("guard_settings", "triggers"),
    "foreign_key": _foreign_key,
    "key_constraints": _catalog("key_constraints", "keys", "clocks"),
    "partition_coverage": _catalog("partition_coverage"),
    "unattached_partitions": _catalog("unattached_partitions"),
    "maintenance": _maintenance,
    "partition_security": _security,
    "row_visibility": _catalog("row_visibility", "columns"),
    "default_partition_rows": _default_rows,
    "null_keys": _rows("null_keys", own=False),
    "wrong_keys": _rows("wrong_keys", own=True),
    "orphan_rows": _pairs,
    "duplicate_ids": _rows("duplicate_ids", own=True),
    "freshness": _freshness,
    "rpc_privileges": _rights,
    "rpc_answers": _answers,
}
