"""What do the checks of rows do alike?

Recent rows are counted exactly, and wrong ones are critical. Older ones are read as far as there is
time (lib/checks/older_rows.py) and are a warning at most, which an operator may accept by their
number. How far a fault reaches is said of both; and since a chosen moment, whether it goes on.
All their queries name alike what they say of a day or a partition: `rows`, `first_seen`,
`last_seen`, `keys` (which the rows bear), and `samples` (up to five ids).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from lib.checks import row_visibility
from lib.checks.accepted import settle
from lib.checks.check import Check
from lib.checks.older_rows import MEANS, Older, look
from lib.checks.older_rows_reading import Reader, parts_of
from lib.checks.partition_coverage import observe
from lib.core.context import Context, rows_of
from lib.core.errors import QueryFailed
from lib.core.findings import critical, holds, note, unknown
from lib.core.guards import Guard
from lib.core.remedies import Remedies, advice
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import (
    agree,
    extent,
    moment,
    number,
    observed,
    plural,
    rows_word,
    share,
    since_words,
    span_of,
)
from lib.db.database import Session
from lib.remedies.unobserved import code, reason, unobserved

_FEW = 5
_STILL = advice("the guard still does not hold")


@dataclass(frozen=True)
class Counting:
    """What has one check counted, one table after the other?

    In `radius`, the two kinds of older rows bear the names `far`: those in the partition of another
    month, and those that are wrong within their own.
    """

    session: Session
    context: Context
    check: Check
    far: tuple[str, str] = ("", "")
    days: list[Row] = field(default_factory=list)
    olders: list[Older] = field(default_factory=list)
    radius: list[Row] = field(default_factory=list)
    since_then: list[Row] = field(default_factory=list)

    def reaches(self, guard: Guard, fault: str, rows: Sequence[Row], **more: Any) -> None:
        """Keeps how far a fault reaches, where there is one. Of a row its id alone is kept."""
        if not rows:
            return
        months: set[date] = set()
        for row in rows:
            day = row.get("low") or row.get("day")  # the first of a partition, or the day itself
            months.update(filter(None, row.get("keys") or [day and day.replace(day=1)]))
        samples = list(dict.fromkeys(each for row in rows for each in row["samples"] or ()))
        first, last = extent(rows, "first_seen", "last_seen")
        self.radius.append(
            {
                "table": guard.table,
                "fault": fault,
                "rows": sum(row["rows"] for row in rows),
                "first_seen": first,
                "last_seen": last,
                "months": sorted(months),
                "samples": samples[:_FEW],
                **more,
            }
        )

    def since(
        self,
        guard: Guard,
        fault: str,
        ask: Callable[[datetime], Sequence[Row]],
        bad: str = "wrong",
        total: str | None = "rows",
    ) -> list[Finding]:
        """Are the rows since the chosen moment right? Nothing where no moment was chosen.

        New rows that are right prove that it is repaired, while older wrong ones still stand. A
        failure leaves the answer about all of them standing.
        """
        after = self.context.after
        if after is None:
            return []
        ago, more = f"since {moment(after)}", dict[str, Any](since=guard.relation)
        subject = f"{guard.relation}, {ago}"
        try:
            rows = ask(after)
        except QueryFailed as error:
            headline = f"new rows of {guard.table} were not read"
            return [unknown(subject, code(error), headline, f"{subject}: {reason(error)}", **more)]
        wrong = sum(row[bad] for row in rows)
        seen = sum(row[total] for row in rows) if total else None
        self.since_then.append({"table": guard.table, "since": after, "rows": seen, "wrong": wrong})
        if wrong:
            headline = f"the {guard.noun} guard still lets wrong rows in"
            detail = f"{rows_word(wrong)} of {guard.relation} {fault} {ago}"
            return [critical(subject, "still_wrong", headline, detail, _STILL, **more)]
        if blind := row_visibility.unseen(self.context, guard, subject):
            return [replace(blind, **more)]
        of = "" if seen is None else f" of {number(seen)}"
        return [holds(subject, f"no row{of} of {guard.relation} {fault} {ago}", **more)]

    def older(
        self, guard: Guard, seconds: float, judge: Callable[[Older], list[Finding]]
    ) -> list[Finding]:
        """What is said of this table's older rows, which take so long to read at most?

        A failure leaves the recent answer standing.
        """
        parts = parts_of(rows_of(guard.table, observe(self.session, self.context)))
        if not parts:
            return []
        table = guard.relation
        try:
            older = look(Reader(self.session, self.context, self.check.name, guard, seconds), parts)
        except QueryFailed as error:
            what, begin = f"older data of {guard.table}", f"older rows of {table}: "
            found = [unobserved(table, what, error, begin, guard)]
        else:
            self.olders.append(older)
            found = judge(older)
            for name, rows in zip(self.far, (older.astray, older.within), strict=True):
                self.reaches(guard, name, rows, older=True)
        return [replace(each, subject=f"{table}, older", older=table) for each in found]

    def result(
        self,
        findings: tuple[Finding, ...],
        summary: str,
        *,
        seen: bool,
        count: int = 0,
        capped: bool = False,
    ) -> CheckResult:
        """All of it, with accepted older rows turned into a note; `count` more, if not `capped`.

        Tables: `days`; `history`, the rows in the partition of another month; `older`, a row for
        each partition that was to be read; `radius`; `since`.
        """
        count += sum(older.count for older in self.olders)
        capped = capped or any(older.capped for older in self.olders)
        findings = settle(self.session, self.check, findings, count, capped=capped)
        tables: dict[str, list[Row]] = {
            "days": self.days,
            "history": [{"table": o.guard.table, **row} for o in self.olders for row in o.astray],
            "older": [row for older in self.olders for row in older.parts or ()],
            "radius": self.radius,
            "since": self.since_then,
        }
        kept = {name: tuple(rows) for name, rows in tables.items()}
        return CheckResult(self.check.name, findings, observed(summary, findings, seen=seen), kept)


def only(column: str, days: Sequence[Row]) -> list[Row]:
    """The days on which some rows are so, with how many are."""
    return [{**day, "rows": day[column]} for day in days if day[column]]


def wrong(
    guard: Guard,
    rows: Sequence[Row],
    total: int,
    found: tuple[str, str],
    words: str,
    repair: Remedies,
) -> Finding:
    """What is `found` in recent rows, of so many in `total`: its code, said of several."""
    count, (name, does) = sum(row["rows"] for row in rows), found
    detail = (
        f"{rows_word(count)} of {guard.relation} ({share(count, total)} of the recent ones) "
        f"{agree(count, words)}; written {span_of(rows, 'first_seen', 'last_seen')}"
    )
    headline = f"{plural(count, 'recent row')} of {guard.table} {agree(count, does)}"
    return critical(guard.relation, name, headline, detail, repair, MEANS)


def right(guard: Guard, context: Context, seen: int, detail: str) -> Finding:
    """Nothing is wrong with the recent rows, if there are any and if all can be seen."""
    if blind := row_visibility.unseen(context, guard):
        return blind
    if seen:
        return holds(guard.relation, detail)
    detail = f"{guard.relation} has no rows {since_words(context.since, context.now)} to judge"
    return note(guard.relation, "no_rows", f"{guard.table} has no recent rows", detail)
