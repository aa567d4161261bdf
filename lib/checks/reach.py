"""How far does a fault reach, and do the rows since a chosen moment bear it still?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from lib.checks import row_visibility
from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.findings import critical, holds, unknown
from lib.core.guards import Guard
from lib.core.remedies import advice
from lib.core.results import Finding, Row
from lib.core.words import extent, moment, number, rows_word
from lib.remedies.unobserved import code, reason

_FEW = 5
_STILL = advice("the guard still does not hold")


def blast(
    guard: Guard, fault: str, rows: Sequence[Row], count: str, span: tuple[str, str]
) -> list[Row]:
    """One row: how many, first and last, the months, and up to five ids; none where none is bad.

    `count` and `span` name the columns; a row without a time has none in its span. Ids alone are
    kept, never another column.
    """
    bad = [row for row in rows if row[count]]
    if not bad:
        return []
    months: set[date] = set()
    for row in bad:
        day = row.get("low") or row.get("day")  # the first of a partition, or the day itself
        months.update(filter(None, row.get("months") or [day and day.replace(day=1)]))
    samples = list(dict.fromkeys(each for row in bad for each in row.get("samples") or ()))
    first, last = extent(bad, *span)
    return [
        {
            "table": guard.table,
            "fault": fault,
            "rows": sum(row[count] for row in bad),
            "first_seen": first,
            "last_seen": last,
            "months": sorted(months),
            "samples": samples[:_FEW],
        }
    ]


def since_then(
    guard: Guard,
    fault: str,
    ask: Callable[[datetime], Sequence[Row]],
    bad: str,
    total: str | None,
    context: Context,
    since: list[Row],
) -> list[Finding]:
    """Are the rows since the chosen moment right? Nothing where no moment was chosen.

    New rows that are right prove that it is repaired, while older wrong ones still stand. A failure
    leaves the answer about all of them standing.
    """
    if context.after is None:
        return []
    ago, more = f"since {moment(context.after)}", dict[str, Any](since=guard.relation)
    subject = f"{guard.relation}, {ago}"
    try:
        rows = ask(context.after)
    except QueryFailed as error:
        detail, headline = f"{subject}: {reason(error)}", f"new rows of {guard.table} were not read"
        return [unknown(subject, code(error), headline, detail, **more)]
    wrong = sum(row[bad] for row in rows)
    seen = sum(row[total] for row in rows) if total else None
    since.append({"table": guard.table, "since": context.after, "rows": seen, "wrong": wrong})
    if wrong:
        headline = f"the {guard.noun} guard still lets wrong rows in"
        detail = f"{rows_word(wrong)} of {guard.relation} {fault} {ago}"
        return [critical(subject, "still_wrong", headline, detail, _STILL, **more)]
    if hidden := row_visibility.hidden(context, guard):
        return [replace(row_visibility.unseen(guard, hidden, subject), **more)]
    of = "" if seen is None else f" of {number(seen)}"
    return [holds(subject, f"no row{of} of {guard.relation} {fault} {ago}", **more)]
