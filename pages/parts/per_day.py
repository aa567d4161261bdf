"""The days of a window: which they are, how they are said, and how they leave the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from lib.checks import orphan_rows, wrong_keys
from lib.core.context import Context
from lib.core.declaration import declared
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Report, Status, worst
from lib.core.statements import readable
from lib.core.words import plural
from lib.reports.markdown import plain
from pages.parts import frames, shared
from pages.parts.frames import cells
from pages.parts.words import badge

_FEW_SPANS = 4


def begin(report: Report) -> datetime:
    """Where the window begins: midnight UTC."""
    return Context(declared(), report.checked_at, report.window_days).since


def since(report: Report, window_days: int) -> str:
    """Where a window of so many days begins, as SQL takes it."""
    return f"{Context(declared(), report.checked_at, window_days).since:%Y-%m-%d %H:%M}+00"


def last(report: Report) -> date:
    """The UTC day of the reading, the last of the window."""
    return report.checked_at.astimezone(UTC).date()


def every(
    report: Report, guard: Guard, days: Callable[[Report], pd.DataFrame]
) -> tuple[pd.DataFrame, pd.Series]:
    """One table's days of the whole window, and their sums: a day on which nothing came is there.

    `days` makes the days of all tables of a report. Made once for each; not to be changed.
    """

    def make() -> tuple[pd.DataFrame, pd.Series]:
        found = days(report)
        own = found[found["table"] == guard.table]
        whole = frames.every_day(own, begin(report).date(), last(report))
        return whole, whole.drop(columns="day").sum()

    return shared.of_report(f"{days.__name__} {guard.table}", report, make)


def window(report: Report) -> str:
    """17 Nov 00:00 – 24 Nov 13:00 UTC."""
    return f"{begin(report):%d %b %H:%M} – {report.checked_at.astimezone(UTC):%d %b %H:%M} UTC"


def named(days: Sequence[date]) -> str:
    """on 17 Nov; on 3 days: 17 – 18 Nov, 22 Nov; on 43 days from 25 Aug to 24 Nov."""
    spans: list[tuple[date, date]] = []
    for day in sorted(days):
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    if len(days) == 1:
        return f"on {_day(spans[0][0])}"
    if len(spans) > _FEW_SPANS:
        return f"on {plural(len(days), 'day')} from {_day(spans[0][0])} to {_day(spans[-1][1])}"
    return f"on {plural(len(days), 'day')}: {', '.join(_span(*span) for span in spans)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _span(first: date, end: date) -> str:
    if first == end:
        return _day(first)
    return f"{first.day if first.month == end.month else _day(first)} – {_day(end)}"


def found(check: CheckResult, guard: Guard) -> list[Finding]:
    """What does a check say of the recent rows of one table? Or of all, where it saw nothing."""
    return [
        finding for finding in check.findings if finding.subject in (guard.relation, check.check)
    ]


def counting(guard: Guard) -> str:
    """Which check counts this table's wrong keys?"""
    check = wrong_keys.CHECK if guard.reference is None else orphan_rows.CHECK
    return check.name


def right_key(guard: Guard) -> str:
    """When is its key called right?"""
    if guard.reference is None:
        keys = guard.keys
        whose = f"of the row's `{guard.clock}`"
        if guard.every == "exact":
            return f"Right: the row's `{guard.clock}` itself."
        if keys.kind == "int":
            return f"Right: the {keys.noun}, {keys.zone}, {whose}, as a number."
        return f"Right: the first day of the {keys.noun}, {keys.zone}, {whose}."
    return (
        f"Right: the `{guard.reference.key}` of the row of {plain(guard.reference.table)} that "
        f"its `{guard.reference.column}` names."
    )


def look(check: CheckResult, guard: Guard) -> str:
    """The badge of that."""
    status = worst(finding.status for finding in found(check, guard))
    return badge(status, current=shared.current())


def unknown(view: Report, name: str, guard: Guard) -> bool:
    """Says why the recent rows of this table are not known, where they are not; never a number."""
    said = found(view[name], guard)
    blind = [each for each in said if each.status is Status.UNKNOWN]
    if said and not blind:
        return False
    for finding in blind:
        st.markdown(f"**Not known: {plain(finding.detail)}.**")
        if finding.remedy and view is not shared.snapshot().report:  # whose remedies stand below
            st.code(readable(finding.remedy), language=None, wrap_lines=True)
    if not blind:
        st.markdown(f"**Not known: {plain(guard.relation)} was not looked at.**")
    return True


def table(frame: pd.DataFrame, alt: str, report: Report, name: str, **columns: Any) -> None:
    """The days as a table, newest first, and as a file, oldest first."""
    day = st.column_config.DateColumn("UTC day", format="ddd D MMM YYYY")
    shared.table(frame[::-1], alt, day=day, **columns)
    file = f"{name}-{begin(report):%Y-%m-%d}-to-{last(report)}.csv"
    label, icon = "Download these days as CSV", ":material/download:"
    shared.download(label, lambda: csv(frame), file, icon, f"csv {name}")


def csv(frame: pd.DataFrame) -> str:
    """The days as the file says them."""
    text: str = cells(frame.rename(columns={"day": "utc_day"})).to_csv(index=False)
    return text


def percent(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Per cent with one decimal, rounded down; missing where there was nothing."""
    return (1000 * part / whole.where(whole > 0)).apply(lambda each: each // 1) / 10
