"""Which months have a partition? As Figures: a row a table, or a row a year.

The mark in a cell says what there is, its colour how bad that is. What stays the same over years
is folded, so that one far-away partition makes no chart longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from lib.reports.drawing.charts import (
    CELLS,
    GREY,
    MONTHS,
    PITCH,
    Cell,
    cells,
    frame,
    outline,
    records,
    safe,
)

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
_FOLD_YEARS = 2  # as many years of the same, or more, are one row

Record = dict[str, Any]


def look(state: str, status: str) -> Cell:
    """How is a month drawn? Hollow what lies ahead; grey as well what need not be there yet."""
    mark = MARKS.get(state, "?")
    if status == "ok" and state not in ("present", "future"):
        return Cell(GREY, mark, hollow=True)
    return Cell(CELLS.get(status, CELLS["unknown"]).colour, mark, hollow=state == "future")


@dataclass(frozen=True)
class _Row:
    """One row of the calendar: the months of a year, or one cell for several years of the same."""

    name: str
    label: str
    months: list[Record]

    @property
    def folded(self) -> bool:
        return self.label == ""


def coverage_calendar(months: pd.DataFrame, current: date, *, faded: bool = False) -> go.Figure:
    """Is there a partition for each month of one table? A row a year, a column a month.

    `months`: month (date), state, relation, status, of one table. As wide as there is room.
    """
    rows = _calendar(records(months), current.year)
    single = [(row.name, month) for row in rows if not row.folded for month in row.months]
    folded = [row for row in rows if row.folded]
    figure = cells(
        x=[*(month["month"].month - 1 for _, month in single), *(5.5 for _ in folded)],
        y=[*(name for name, _ in single), *(row.name for row in folded)],
        looks=[*(look(each["state"], each["status"]) for _, each in single), *map(_named, folded)],
        faded=faded,
        words=[*(words(month) for _, month in single), *(_stretch(row.months) for row in folded)],
        spans=[*(1 for _ in single), *(12 for _ in folded)],
    )
    if any(month["month"] == current for _, month in single):
        outline(figure, [(current.month - 1, str(current.year))])
    names = [row.name for row in rows]
    frame(figure, names, MONTHS, left=34)
    figure.update_layout(width=None, margin={"t": 24, "b": 4}, height=PITCH * len(rows) + 28)
    figure.update_xaxes(side="top")
    return figure.update_yaxes(tickvals=names, ticktext=[row.label for row in rows])


def _named(row: _Row) -> Cell:
    """The one cell of a folded row says which years it stands for."""
    first = row.months[0]
    cell, state = look(first["state"], first["status"]), WORDS.get(first["state"], "")
    return cell._replace(mark=f"{cell.mark}  {row.name}: {state}")


def _calendar(months: Sequence[Record], kept: int) -> list[_Row]:
    """A row a year, but one row for years that hold the same; the year `kept` keeps its own."""
    by_year = groupby(sorted(months, key=lambda row: row["month"]), lambda row: row["month"].year)
    years = [(year, list(own)) for year, own in by_year]
    rows: list[_Row] = []
    for same, group in groupby(years, lambda pair: _same(pair[0], pair[1], kept)):
        run = list(group)
        if same is not None and len(run) >= _FOLD_YEARS:
            everything = [month for _, own in run for month in own]
            rows.append(_Row(f"{run[0][0]} – {run[-1][0]}", "", everything))
        else:
            rows += [_Row(str(year), str(year), own) for year, own in run]
    return rows


def _same(year: int, months: list[Record], kept: int) -> tuple[str, str, str] | None:
    """What does the whole year hold, where that is one and the same?"""
    held = {(row["state"], row["relation"], row["status"]) for row in months}
    return held.pop() if len(held) == 1 and len(months) == 12 and year != kept else None


def words(row: Record) -> str:
    """What stands under the pointer: the month, its state and its relation."""
    where = f"<br>{safe(row['relation'])}" if row["relation"] else ""
    return f"{row['month']:%B %Y}: {WORDS.get(row['state'], '')}{where}"


def _stretch(months: Sequence[Record]) -> str:
    first, last = months[0], months[-1]
    where = f"<br>{safe(first['relation'])}" if first["relation"] else ""
    return f"{first['month']:%B %Y} – {last['month']:%B %Y}: {WORDS.get(first['state'], '')}{where}"
