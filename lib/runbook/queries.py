"""Which SQL shows by hand what a check sees? Text to copy; nothing here runs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from itertools import dropwhile

from lib.checks import by_name
from lib.checks.guarded_tables import guards_of
from lib.checks.rpc_privileges import RPCS
from lib.core.context import Context
from lib.core.declaration import required
from lib.core.results import Report
from lib.core.steps import Statement, Step
from lib.db import sql


def by_hand(check: str, report: Report | None, now: datetime) -> list[Statement]:
    """What does this check ask, as somebody would paste it into a SQL editor?

    Where a report is known, its window and its partitions' bounds are in the text.
    """
    known = by_name(check)
    found = known.by_hand(_context(report, now), report) if known else []
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
    frozen = tuple(
        (key, tuple(value) if isinstance(value, list) else value) for key, value in values.items()
    )
    return _composed(name, tuple(identifiers.items()), frozen)


@lru_cache(maxsize=256)
def _composed(
    name: str, identifiers: tuple[tuple[str, str], ...], values: tuple[tuple[str, object], ...]
) -> str:
    lines = sql.by_hand(name, dict(identifiers), dict(values)).splitlines()
    text = "\n".join(dropwhile(lambda line: line.startswith("--"), lines))
    return text if text.rstrip().endswith(";") else f"{text.rstrip()};"


def _context(report: Report | None, now: datetime) -> Context:
    if report is None:
        return Context(required(), now)
    return Context(guards_of(report), report.checked_at, report.window_days)


def _parameters() -> dict[str, object]:
    """The values of the queries that are the same whatever was found."""
    return {
        "schemas": [guard.schema for guard in required()],
        "tables": [guard.table for guard in required()],
        "triggers": [guard.trigger for guard in required()],
        "routines": [*(guard.function for guard in required()), *RPCS],
    }
