"""Which months have a partition? As a table of HTML: a row a table, or a row a year.

The mark in a cell says what there is, its colour how bad that is, its title both in words. What
stays the same over years is folded, so that one far-away partition makes no table longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd

from lib.core.declaration import parts_of
from lib.core.periods import MONTHS, Periods
from lib.reports.drawing.charts import BLUE, CELLS, GREY, Cell, records
from lib.reports.rendering import render

MARKS: Mapping[str, str] = {
    "present": "✓",
    "future": "✓",
    "missing": "✕",
    "default only": "!",
    "detached": "≠",
    "foreign": "↗",
}
WORDS: Mapping[str, str] = {
    "present": "present",
    "future": "future",
    "missing": "missing",
    "default only": "DEFAULT only",
    "detached": "detached",
    "foreign": "foreign table",
}
MONTHS_SHOWN = 12  # of each table, where all are in one drawing
_AHEAD = 3  # how many of them lie ahead
_LONGEST_NAME = 9  # letters; the title has the rest
_FOLD_YEARS = 2  # as many years of the same, or more, are one row

Record = dict[str, Any]


class _Square(NamedTuple):
    """One cell: how it looks, what its title says, and over how many columns it reaches."""

    look: Cell
    words: str
    framed: bool = False
    span: int = 1


_Rows = list[tuple[str, list[_Square | None]]]  # each with its name


def look(state: str, status: str) -> Cell:
    """How is a month drawn? Hollow what lies ahead; grey as well what need not be there yet."""
    mark = MARKS.get(state, "?")
    if status == "ok" and state not in ("present", "future"):
        return Cell(GREY, mark, hollow=True)
    return Cell(CELLS.get(status, CELLS["unknown"]).colour, mark, hollow=state == "future")


def words(row: Record, last: Record | None = None) -> str:
    """What is said of the month, or of all up to the `last`: its state, and below its relation."""
    say = parts_of(row["table"]).words
    until = f" – {say(last['month'])}" if last else ""
    where = f"\n{row['relation']}" if row["relation"] else ""
    return f"{say(row['month'])}{until}: {WORDS.get(row['state'], '')}{where}"


def latest(months: pd.DataFrame, current: date, alt: str, *, faded: bool = False) -> str:
    """Is there a partition for each of the latest months? A row a table, a column a month.

    `months`: table, month (date), state, relation, status. `alt` says it in one sentence; `faded`
    where it is what was last known.
    """
    known = sorted(set(months["month"]))
    ahead = [month for month in known if month > current][:_AHEAD]
    shown = [*(month for month in known if month <= current), *ahead][-MONTHS_SHOWN:]
    heads = [parts_of(str(table)) for table in dict.fromkeys(months["table"])][:1] or [MONTHS]
    columns = [
        heads[0].short(month)
        if month == shown[0] or (month.month, month.day) == (1, 1) or heads[0].every == "year"
        else heads[0].label(month)
        for month in shown
    ]
    rows: _Rows = []
    for table, own in months.groupby("table", sort=False):
        now = parts_of(str(table)).start(current)
        held = {month["month"]: _square(month, now) for month in records(own)}
        rows.append((str(table), [held.get(month) for month in shown]))
    return _drawn(columns, rows, alt, faded=faded)


def calendar(months: pd.DataFrame, current: date, alt: str, *, faded: bool = False) -> str:
    """Is there a partition for each month of one table? A row a year, a column a month."""
    every = sorted(records(months), key=lambda row: row["month"])
    periods = parts_of(every[0]["table"]) if every else MONTHS
    now, columns = periods.start(current), periods.columns
    years = [
        (year, list(own)) for year, own in groupby(every, lambda row: periods.cell(row["month"])[0])
    ]
    rows: _Rows = []
    for same, group in groupby(years, lambda pair: _same(pair[1], periods, now)):
        run = list(group)
        if same is not None and len(run) >= _FOLD_YEARS:
            first, last = run[0][1][0], run[-1][1][-1]
            rows.append(("", [_folded(first, last, f"{run[0][0]} – {run[-1][0]}", len(columns))]))
            continue
        for year, own in run:
            held = {periods.cell(month["month"])[1]: _square(month, now) for month in own}
            rows.append((year, [held.get(place) for place in range(len(columns))]))
    return _drawn(columns, rows, alt, faded=faded)


def _same(months: list[Record], periods: Periods, now: date) -> tuple[str, str, str] | None:
    """What does the whole year hold, where that is one and the same? The year of now stays."""
    held = {(row["state"], row["relation"], row["status"]) for row in months}
    first, last = months[0]["month"], months[-1]["month"]
    others = (periods.after(first, -1), periods.after(last), now)
    whole = periods.cell(first)[0] not in [periods.cell(each)[0] for each in others]
    return held.pop() if len(held) == 1 and whole else None


def _square(month: Record, current: date) -> _Square:
    drawn = look(month["state"], month["status"])
    return _Square(drawn, words(month), framed=month["month"] == current)


def _folded(first: Record, last: Record, years: str, span: int) -> _Square:
    """The one cell of several years says which they are, and what they hold."""
    cell, state = look(first["state"], first["status"]), WORDS.get(first["state"], "")
    mark = f"{cell.mark}  {years}: {state}"
    return _Square(cell._replace(mark=mark), words(first, last), span=span)


def _drawn(columns: Sequence[str], rows: _Rows, alt: str, *, faded: bool) -> str:
    return render(
        "coverage.html.j2",
        columns=columns,
        rows=rows,
        alt=alt,
        beside=min(_LONGEST_NAME, max((len(name) for name, _ in rows), default=0)),
        grey=GREY if faded else "",
        frame=BLUE,
    )
