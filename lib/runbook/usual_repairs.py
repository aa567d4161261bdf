"""What does a mend usually run? Shown where no finding brings its own remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from lib.checks.guarded_tables import guards_of
from lib.core.guards import REQUIRED
from lib.core.remedies import shown
from lib.core.results import Report
from lib.core.steps import Statement, Step
from lib.remedies import constraints as ties
from lib.remedies import remedies
from lib.remedies.horizon import AHEAD, from_month
from lib.remedies.new_months import make_months
from lib.remedies.repairs import repair_keys
from lib.runbook.undo import newest


def usual(step: Step, report: Report | None, now: datetime) -> list[Statement]:
    """The statements of this step for this database's tables, whatever was found."""
    return _USUAL[step.slug](report, now) if step.slug in _USUAL else []


def _make(_: Report | None, now: datetime) -> list[Statement]:
    month = now.astimezone(UTC).date().replace(day=1)
    return [
        Statement(
            f"The current month and {AHEAD} ahead of {guard.relation}",
            shown(make_months(guard, month, from_month(month, AHEAD))),
        )
        for guard in REQUIRED
        if guard.partitioned
    ]


def _close(report: Report | None, now: datetime) -> list[Statement]:
    return [
        Statement(relation, remedies.secure_relation(relation))
        for guard in REQUIRED
        if guard.partitioned
        for relation in [newest(guard, report, now)]
    ]


def _tie(*_: object) -> list[Statement]:
    return [
        Statement(f"The foreign key {guard.foreign_key}", shown(ties.add_foreign_key(guard)))
        for guard in REQUIRED
        if guard.foreign_key
    ]


def _repair(report: Report | None, _: datetime) -> list[Statement]:
    guards = guards_of(report)
    return [
        Statement(
            f"The keys of {guard.relation}, of all history",
            shown(repair_keys(guard, None, guards)),
        )
        for guard in guards
    ]


def _forbid(*_: object) -> list[Statement]:
    return [
        Statement(f"{guard.relation}.{guard.key}", shown(ties.forbid_nulls(guard)))
        for guard in REQUIRED
    ]


_USUAL: Mapping[str, Callable[[Report | None, datetime], list[Statement]]] = {
    "make-partitions": _make,
    "close-partitions": _close,
    "restore-foreign-key": _tie,
    "repair-keys": _repair,
    "forbid-null-keys": _forbid,
}
