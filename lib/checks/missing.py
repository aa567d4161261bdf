"""What is said of the months that have no partition, and which SQL makes them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from lib.checks import moving, remedies
from lib.checks.context import Context, following
from lib.checks.wording import number, spans_words
from lib.guards import Guard
from lib.results import Finding, Row, Status

LAST_HOURS = timedelta(hours=72)
MEANS_MISSING = "Its rows are refused, or land in the DEFAULT partition and stay there."
_LONG = 3  # so many months in a row, of before the last few, are one finding
_LAST_FEW = timedelta(days=92)


def missing_months(
    guard: Guard,
    months: list[date],
    rows: list[Row],
    context: Context,
    detached: Mapping[date, str],
) -> list[Finding]:
    """A finding for each month without a partition; one for a long gap of long ago.

    `detached` are tables named like a month's partition, by month.
    """
    findings = []
    for run in _runs(months, context, detached):
        if len(run) >= _LONG:
            findings.append(_gap(guard, run, rows))
            continue
        for month in run:
            finding = _month_missing(guard, month, rows, context)
            findings.append(_pointed(guard, month, rows, finding, detached))
    return findings


def _runs(months: list[date], context: Context, detached: Mapping[date, str]) -> list[list[date]]:
    """Months of long ago that follow one another, together; every other one by itself."""
    edge = context.month - _LAST_FEW
    runs: list[list[date]] = []
    for month in months:
        alone = month >= edge or month in detached
        follows = runs and following(runs[-1][-1]) == month and runs[-1][-1] not in detached
        if follows and not alone:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _gap(guard: Guard, run: list[date], rows: list[Row]) -> Finding:
    """Many months in a row: most often a stray partition of long before stands apart."""
    before = [row for row in rows if row["high"] and row["high"] <= run[0] and row["depth"] == 1]
    where = _where(rows)
    span = spans_words([(run[0], following(run[-1]))])
    detail = f"{guard.relation} has no partition for {number(len(run))} months, {span}: {where}"
    stray = before[0]["relation"] if len(before) == 1 else None
    remedy = remedies.create_past_partitions(guard, run[0], run[-1], stray)
    return Finding(guard.relation, Status.WARNING, detail, remedy, MEANS_MISSING)


def _where(rows: list[Row]) -> str:
    has_default = any(row["is_default"] for row in rows)
    return "its rows go to the DEFAULT partition" if has_default else "its rows are refused"


def _month_missing(guard: Guard, month: date, rows: list[Row], context: Context) -> Finding:
    words = f"{guard.relation} has no partition for {month:%B %Y}"
    where = _where(rows)
    status = severity(month, context)
    if month == context.next_month:
        detail = f"{words}, which begins in {_duration(context.until_next_month)}"
        return Finding(guard.relation, status, detail, remedies.MAKE_PARTITIONS, MEANS_MISSING)
    if month == context.month:
        remedy = remedies.create_partition(guard, month, following(month))
        detail = f"{words}, the current month: {where}"
        return Finding(guard.relation, status, detail, remedy, MEANS_MISSING)
    remedy = remedies.create_past_partition(guard, month, following(month))
    return Finding(guard.relation, status, f"{words}: {where}", remedy, MEANS_MISSING)


def severity(month: date, context: Context) -> Status:
    """How bad is it that this month has no partition? Those after the next need none yet."""
    if month > context.next_month:
        return Status.OK
    last = context.until_next_month <= LAST_HOURS
    pressing = last if month == context.next_month else following(month) > context.since.date()
    return Status.CRITICAL if pressing else Status.WARNING


def _pointed(
    guard: Guard, month: date, rows: list[Row], finding: Finding, detached: Mapping[date, str]
) -> Finding:
    """The same finding, which says so where the month's table is there and only detached."""
    relation = detached.get(month)
    if relation is None:
        return finding
    default = next((row["relation"] for row in rows if row["is_default"]), None)
    return replace(
        finding,
        detail=f"{finding.detail}; {relation} exists, detached",
        remedy=moving.attach_again(guard, month, relation, default),
    )


def _duration(left: timedelta) -> str:
    hours = int(left.total_seconds() // 3600)
    return f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h"
