"""What does a mend usually run? Shown where no finding brings its own remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from lib.checks import remedies
from lib.checks.repairs import repair_keys
from lib.guards import GUARDS, Guard
from lib.results import Report
from lib.runbook.steps import Statement, Step
from lib.runbook.undoing import newest
from lib.sql import quoted


def usual(step: Step, report: Report | None, now: datetime) -> list[Statement]:
    """The statements of this step for this database's tables, whatever was found."""
    return _USUAL[step.slug](report, now) if step.slug in _USUAL else []


def _make(*_: object) -> list[Statement]:
    return [Statement("The current month and three ahead", remedies.MAKE_PARTITIONS)]


def _close(report: Report | None, now: datetime) -> list[Statement]:
    return [
        Statement(relation, remedies.secure_relation(relation))
        for guard in GUARDS
        if guard.partitioned
        for relation in [newest(guard, report, now)]
    ]


def _tie(*_: object) -> list[Statement]:
    return [
        Statement(f"The foreign key {guard.foreign_key}", remedies.add_foreign_key(guard))
        for guard in GUARDS
        if guard.foreign_key
    ]


def _repair(*_: object) -> list[Statement]:
    return [
        Statement(f"The keys of {guard.relation}, of all history", repair_keys(guard))
        for guard in GUARDS
    ]


def _forbid(*_: object) -> list[Statement]:
    return [
        Statement(f"{guard.relation}.{guard.key}", f"alter table {_table(guard)} {_alter(guard)}")
        for guard in GUARDS
    ]


def _alter(guard: Guard) -> str:
    return f"alter column {quoted(guard.key)} set not null;"


def _table(guard: Guard) -> str:
    return f"{quoted(guard.schema)}.{quoted(guard.table)}"


_USUAL: Mapping[str, Callable[[Report | None, datetime], list[Statement]]] = {
    "make-partitions": _make,
    "close-partitions": _close,
    "restore-foreign-key": _tie,
    "repair-keys": _repair,
    "forbid-null-keys": _forbid,
}
