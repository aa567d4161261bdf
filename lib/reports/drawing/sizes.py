"""How large is each month? Rows and bytes as PostgreSQL estimates them, as a Figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from lib.core.declaration import parts_of
from lib.core.periods import MONTHS, Periods
from lib.core.words import plural
from lib.reports.drawing.charts import PLAIN, floor, plot, records, safe
from lib.reports.drawing.coverage import Record, look, words

_FOLD_MONTHS = 12  # more months than this of the same are one place
_MOST_TICKS = 8
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_THERE = ("present", "future", "foreign")


def rows_and_size(partitions: pd.DataFrame, months: pd.DataFrame) -> go.Figure:
    """How many rows and how many bytes has each month, as PostgreSQL estimates? Of one table.

    `partitions`: low, high (date), rows, bytes (each may be missing), relation; a bar as wide as
    its bounds. `months` as for the calendar: where one has no partition its mark stands instead.
    """
    every = sorted(records(months), key=lambda row: row["month"])
    places = _places(every)
    bars = [bar for row in records(partitions) if (bar := _bar(row, places)) is not None]
    figure = go.Figure()
    for axis, column in (("y", "rows"), ("y2", "bytes")):
        _add(figure, bars, axis, column)
    _marks(figure, every, places)
    plot(figure, height=280, top=24)
    figure.update_layout(
        barmode="overlay",
        yaxis={"domain": _FLOORS["Rows, estimate"]},
        yaxis2={
            "domain": _FLOORS["Size, estimate"],
            **_size_axis([_number(bar.row["bytes"]) for bar in bars]),
        },
    )
    for name, (_, top) in _FLOORS.items():
        floor(figure, name, top, size=12)
    ticks = _ticks(every, places)
    return figure.update_xaxes(
        range=[-0.6, max(places.values(), default=0) + 0.6],
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        anchor="y2",
    )


_FLOORS = {"Rows, estimate": [0.57, 1.0], "Size, estimate": [0.0, 0.43]}


def _add(figure: go.Figure, bars: Sequence[_Bar], axis: str, column: str) -> None:
    figure.add_bar(
        x=[bar.middle for bar in bars],
        width=[bar.span - 0.2 for bar in bars],
        y=[_number(bar.row[column]) for bar in bars],
        yaxis=axis,
        customdata=[bar.told(column) for bar in bars],
        hovertemplate="%{customdata}<extra></extra>",
        marker={"color": PLAIN, "cornerradius": 2},
    )


@dataclass(frozen=True)
class _Bar:
    """A partition's place among the months."""

    middle: float
    span: int
    row: Record

    def told(self, column: str) -> str:
        """What stands under the pointer."""
        value = _number(self.row[column])
        number = "?" if value is None else plural(round(value), "row")
        if column == "bytes" and value is not None:
            number = size_words(value)
        span = bounds_words(self.row["low"], self.row["high"], parts_of(self.row.get("table", "")))
        return f"{span}: about {number}<br>{safe(self.row['relation'])}"


def _bar(row: Record, places: Mapping[date, int]) -> _Bar | None:
    inside = [place for month, place in places.items() if row["low"] <= month < row["high"]]
    if not inside:
        return None
    return _Bar((inside[0] + inside[-1]) / 2, inside[-1] - inside[0] + 1, row)


def _places(months: Sequence[Record]) -> dict[date, int]:
    """Where does each month stand? A long run of the same shares one place."""
    places: dict[date, int] = {}
    place = 0
    for _, group in groupby(months, lambda row: (row["state"], row["relation"], row["status"])):
        run = [row["month"] for row in group]
        fold = len(run) > _FOLD_MONTHS
        for month in run:
            places[month] = place
            place += not fold
        place += fold
    return places


def _marks(figure: go.Figure, months: Sequence[Record], places: Mapping[date, int]) -> None:
    """The mark of each place without a partition, on both floors, where its bar would stand."""
    bare = {places[row["month"]]: row for row in months if row["state"] not in _THERE}
    looks = [look(row["state"], row["status"]) for row in bare.values()]
    for axis in ("y", "y2") if bare else ():
        figure.add_scatter(
            x=list(bare),
            y=[0] * len(bare),
            yaxis=axis,
            mode="text",
            text=[look.mark for look in looks],
            textposition="top center",
            textfont={"color": [look.colour for look in looks], "size": 12},
            hovertext=["<br>".join(map(safe, words(row).split("\n"))) for row in bare.values()],
            hoverinfo="text",
            cliponaxis=False,
        )


def _ticks(months: Sequence[Record], places: Mapping[date, int]) -> dict[int, str]:
    """At most eight labels: months of a short span, Januaries of a long one, dots for a fold."""
    crowded = {place for place, count in Counter(places.values()).items() if count > 1}
    dots = dict.fromkeys(crowded, "…")
    beside = {place + step for place in crowded for step in (-1, 0, 1)}
    single = [row["month"] for row in months if places[row["month"]] not in beside]
    step = 3 if len(single) <= 3 * _MOST_TICKS else 12
    periods = parts_of(months[0]["table"]) if months else MONTHS
    if periods.every != "month":
        named = single[:: -(-len(single) // _MOST_TICKS) or 1]
        return {places[each]: periods.short(each).replace(" ", "<br>") for each in named} | dots
    named = [month for month in single if (month.month - 1) % step == 0]
    named = named[:: -(-len(named) // _MOST_TICKS) or 1]
    labels = {
        places[month]: f"{month:%Y}"
        if step == 12
        else f"{month:%b}<br>{month:%Y}"
        if month == named[0] or month.month == 1
        else f"{month:%b}"
        for month in named
    }
    return labels | dots


def _size_axis(sizes: Sequence[float | None]) -> dict[str, Any]:
    """Some round sizes: 0, 2 MB, 4 MB."""
    most = max((size for size in sizes if size), default=0.0)
    if not most:
        return {"tickvals": [0], "ticktext": ["0"]}
    unit = _unit(most)
    step = next(
        step
        for step in (n * 10**power for power in range(5) for n in (1, 2, 5))
        if most / 1024**unit / step <= 4.5
    )
    ticks = [step * n for n in range(5)]
    return {
        "tickvals": [tick * 1024**unit for tick in ticks],
        "ticktext": ["0", *(f"{tick} {_UNITS[unit]}" for tick in ticks[1:])],
    }


def _unit(size: float) -> int:
    return next(n for n in range(len(_UNITS)) if size < 1024 ** (n + 1) or n == len(_UNITS) - 1)


def size_words(size: float) -> str:
    """303.1 KB, 4.1 MB: 1,024 of one are one of the next."""
    unit = _unit(size)
    return f"{size / 1024**unit:,.{1 if unit else 0}f} {_UNITS[unit]}"


def bounds_words(low: date, high: date, periods: Periods = MONTHS) -> str:
    """Which periods lie between the bounds? November 2026; January – March 2026."""
    words = periods.words
    if low == date.min:
        return f"before {words(periods.start(high))}"
    if high.year >= date.max.year:
        return f"from {words(periods.start(low))}"
    first, last = (periods.start(day) for day in (low, high - timedelta(days=1)))
    if first == last:
        return words(first)
    if periods.every == "month" and first.year == last.year:
        return f"{first:%B} – {words(last)}"
    return f"{words(first)} – {words(last)}"


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
