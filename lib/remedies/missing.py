"""What is said of the months that have no partition, and which SQL makes them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from lib.core.context import Context
from lib.core.findings import judged, warning
from lib.core.guards import Guard
from lib.core.remedies import Remedies, advice
from lib.core.results import Finding, Row, Status
from lib.core.words import duration, number
from lib.db.sql import remark
from lib.remedies import moving
from lib.remedies.new_months import make_months

NO_PARTITION = "no_partition"
MEANS_MISSING = "Its rows are refused, or land in the DEFAULT partition and stay there."
_LONG = 3  # so many months in a row, of before the last few, are one finding
_LAST_FEW = 3


@dataclass(frozen=True)
class Namesake:
    """What stands under the name of a month's partition: that very table detached, or another?

    `part_of` is the other table that it is a partition of, where it is one; `held` is what this
    table's own partition of that name does instead.
    """

    relation: str
    detached: bool
    part_of: str | None = None
    held: str = ""

    @property
    def words(self) -> str:
        """What is it?"""
        if self.detached:
            return f"{self.relation} exists, detached"
        if self.held:
            return f"{self.relation} has the name of that month's partition and {self.held}"
        whose = f"a partition of {self.part_of}" if self.part_of else "no partition of it"
        return f"{self.relation} has its name and is {whose}"

    def remedy(self, guard: Guard, month: date, default: str | None) -> Remedies:
        """What gives the month its partition, though this table has the name of it?

        `default` is the DEFAULT partition, if there is one, quoted.
        """
        if self.detached:
            return moving.attach_again(guard, month, self.relation, default)
        return advice(f"rename {remark(self.relation)}: the partition of that month needs its name")


def missing_months(
    guard: Guard,
    months: list[date],
    rows: list[Row],
    context: Context,
    namesakes: Mapping[date, Namesake],
) -> list[Finding]:
    """A finding for each month without a partition; one for a long gap of long ago.

    The current month comes first: its rows come in now.
    `namesakes` are named like a month's partition, by month.
    """
    findings = []
    current = [context.period(guard)]
    for run in sorted(_runs(guard, months, context, namesakes), key=lambda run: run != current):
        if len(run) >= _LONG:
            findings.append(_gap(guard, run, rows))
            continue
        for month in run:
            findings.append(_month_missing(guard, month, rows, context, namesakes.get(month)))
    return findings


def _runs(
    guard: Guard, months: list[date], context: Context, namesakes: Mapping[date, Namesake]
) -> list[list[date]]:
    """Months of long ago that follow one another, together; every other one by itself."""
    edge = guard.parts.after(context.period(guard), -_LAST_FEW)
    runs: list[list[date]] = []
    for month in months:
        alone = month >= edge or month in namesakes
        last = runs[-1][-1] if runs else None
        follows = last and guard.parts.after(last) == month and last not in namesakes
        if follows and not alone:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _gap(guard: Guard, run: list[date], rows: list[Row]) -> Finding:
    """Many months in a row: most often a stray partition of long before stands apart."""
    before = [row for row in rows if row["high"] and row["high"] <= run[0] and row["depth"] == 1]
    where = _where(rows)
    span, noun = guard.parts.spans([(run[0], guard.parts.after(run[-1]))]), guard.parts.noun
    detail = f"{guard.relation} has no partition for {number(len(run))} {noun}s, {span}: {where}"
    stray = before[0]["relation"] if len(before) == 1 else None
    headline = f"{guard.table} has no partition for {number(len(run))} {noun}s"
    remedy = make_months(guard, run[0], run[-1], stray)
    return warning(guard.relation, NO_PARTITION, headline, detail, remedy, MEANS_MISSING)


def _where(rows: list[Row]) -> str:
    has_default = any(row["is_default"] for row in rows)
    return "its rows go to the DEFAULT partition" if has_default else "its rows are refused"


def _month_missing(
    guard: Guard, month: date, rows: list[Row], context: Context, namesake: Namesake | None
) -> Finding:
    """One month; where its table is detached, or another has its name, what is to be done first."""
    words = f"has no partition for {guard.parts.words(month)}"
    detail = f"{guard.relation} {words}: {_where(rows)}"
    if month == context.next_period(guard):
        hours = context.until_next(guard) // timedelta(hours=1)  # as two runs compare it
        begins = duration(timedelta(hours=hours)) if hours else "less than 1 h"
        detail = f"{guard.relation} {words}, which begins in {begins}"
    elif month == context.period(guard):
        detail = f"{guard.relation} {words}, the current {guard.parts.noun}: {_where(rows)}"
    code, remedy = NO_PARTITION, make_months(guard, month, month)
    if namesake is not None:
        detail = f"{detail}; {namesake.words}"
        code = "partition_detached" if namesake.detached else "name_taken"
        default = next((row["relation"] for row in rows if row["is_default"]), None)
        remedy = namesake.remedy(guard, month, default)
    status, headline = severity(guard, month, context), f"{guard.table} {words}"
    return judged(status, guard.relation, code, headline, detail, remedy, MEANS_MISSING)


def severity(guard: Guard, month: date, context: Context) -> Status:
    """How bad is it that this month has no partition? Those after the next need none yet."""
    coming = context.next_period(guard)
    if month > coming:
        return Status.OK
    recent = guard.parts.after(month) > context.since.date()
    pressing = context.late_for_next(guard) if month == coming else recent
    return Status.CRITICAL if pressing else Status.WARNING
