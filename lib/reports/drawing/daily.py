"""What does it look like, day by day? DataFrames in, plotly Figures out; nothing else.

A day is a UTC day, a row of the frame; the last one is the day of the reading, which is not over
and therefore paler. What is bad has a scale of its own above: a few of many thousands would not be
seen in the same bar. Weekends are shaded, so that their dip is no surprise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from lib.reports.drawing.charts import BLUE, GREY, PLAIN, RED, VIOLET, floor, plot


class Part(NamedTuple):
    """One part of a day's bar: its column, its name, its colour, and a pattern beside it."""

    column: str
    name: str
    colour: str
    pattern: str = ""

    @property
    def well(self) -> bool:
        """Is this what all rows should be?"""
        return self.colour == PLAIN


# The first is what is well.
KEYS = (
    Part("right", "right key", PLAIN),
    Part("wrong", "wrong key", RED),
    Part("null", "null key", RED, "/"),
    Part("unjudged", "no session to judge by", VIOLET, "."),
)
JOINS = (
    Part("joined", "session found", PLAIN),
    Part("wrong_month", "session in another month", RED),
    Part("orphans", "no session", RED, "/"),
    Part("other", "null key, or not examined", VIOLET, "."),
)

_HATCH = {"fgcolor": "#ffffff", "fillmode": "overlay", "size": 6}
_FEW_DAYS, _MOST_TICKS = 14, 7
_SATURDAY = 5
_ALL, _BAD = (0, 0.6), (0.7, 0.97)
_CALM_LOW = 90.0


def bars(days: pd.DataFrame, parts: Sequence[Part], noun: str) -> go.Figure:
    """How many rows had each day, and how many of them are bad?

    `days`: day (date), rows, and a column for each part (rows); `noun` names the rows.
    """
    bad = [part for part in parts[1:] if days[part.column].any()]
    figure = go.Figure()
    for part in (parts[0], *bad):
        figure.add_bar(**_bar(days, part), yaxis="y", showlegend=part in bad)
    for part in bad:
        figure.add_bar(**_bar(days, part), yaxis="y2", showlegend=False)
    figure.update_layout(barmode="stack", bargap=0.25)
    if not bad:
        return _plot(figure, days, 220, top=14)
    lost = days[[part.column for part in bad]].sum(axis=1)
    figure.add_scatter(**_counts(days, lost), yaxis="y2")
    figure.update_layout(yaxis={"domain": _ALL}, yaxis2={"domain": _BAD})
    floor(figure, f"all {noun}", _ALL[1], size=11, color=GREY)
    _plot(figure, days, 330, top=34)
    return figure.update_layout(yaxis2={"nticks": 3, "range": [0, float(lost.max()) * 1.3]})


def rate(days: pd.DataFrame) -> go.Figure:
    """Which share of each day's rows joins? A gap where there was no row.

    `days`: day (date), rows, joined (rows).
    """
    shares = [100 * row.joined / row.rows if row.rows else None for row in days.itertuples()]
    known = [share for share in shares if share is not None]
    worst = min(known, default=100.0)
    low = _CALM_LOW if worst >= 100 else max(0.0, worst - 0.25 * (100 - worst))
    figure = go.Figure(
        go.Scatter(
            x=_places(days),
            y=shares,
            mode="lines+markers",
            line={"color": BLUE, "width": 2},
            marker={
                "color": [RED if share is not None and share < 100 else BLUE for share in shares],
                "symbol": [
                    "diamond" if share is not None and share < 100 else "circle" for share in shares
                ],
                "size": [_dot(share, len(days)) for share in shares],
            },
            customdata=[
                [f"{day:%a %d %b}", f"{row.joined:,} of {row.rows:,}"]
                for day, row in zip(days["day"], days.itertuples(), strict=True)
            ],
            hovertemplate="%{customdata[0]}: %{y:.2f} %, %{customdata[1]}<extra></extra>",
            cliponaxis=False,
        )
    )
    span = 100 - low
    return _plot(figure, days, 170, top=10).update_yaxes(
        range=[low - 0.04 * span, 100 + 0.08 * span], ticksuffix=" %", tickformat="", nticks=4
    )


def _dot(share: float | None, days: int) -> int:
    """Where there are many days, only those that lost something are marked."""
    if days <= _FEW_DAYS:
        return 7
    return 5 if share is not None and share < 100 else 0


def _bar(days: pd.DataFrame, part: Part) -> dict[str, Any]:
    last = len(days) - 1
    return {
        "x": _places(days),
        "y": days[part.column],
        "name": part.name,
        "legendgroup": part.name,
        "marker": {
            "color": part.colour,
            "opacity": [0.55 if n == last and part.well else 1.0 for n in range(len(days))],
            "pattern": {"shape": part.pattern, **_HATCH},
        },
        "customdata": [
            f"{day:%a %d %b}{', so far' if n == last else ''}" for n, day in enumerate(days["day"])
        ],
        "hovertemplate": f"%{{customdata}}: %{{y:,}} {part.name}<extra></extra>",
    }


def _counts(days: pd.DataFrame, lost: pd.Series) -> dict[str, Any]:
    """The numbers above the bad bars, where they have room."""
    few = len(days) <= _FEW_DAYS
    return {
        "x": _places(days),
        "y": lost,
        "text": [f"<b>{count:,}</b>" if count and few else "" for count in lost],
        "mode": "text",
        "textposition": "top center",
        "textfont": {"color": RED},
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
    }


def _plot(figure: go.Figure, days: pd.DataFrame, height: int, top: int) -> go.Figure:
    """The days below, weekends shaded, the parts that are bad named above."""
    ticks = _ticks(list(days["day"]))
    plot(figure, height, top)
    figure.update_layout(
        showlegend=None,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "traceorder": "normal",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        shapes=_weekends(list(days["day"])),
    )
    return figure.update_xaxes(
        type="category",
        range=[-0.5, len(days) - 0.5],
        tickvals=[day.isoformat() for day in ticks],
        ticktext=[_tick(day, before) for before, day in zip([None, *ticks], ticks, strict=False)],
        anchor="y",
    )


def _places(days: pd.DataFrame) -> list[str]:
    return [day.isoformat() for day in days["day"]]


def _ticks(days: list[date]) -> list[date]:
    """Every day where there are few, else every Monday, or every second one and so on."""
    if len(days) <= _FEW_DAYS:
        return days[:: -(-len(days) // 8)]
    mondays = [day for day in days if day.weekday() == 0]
    return mondays[:: -(-len(mondays) // _MOST_TICKS) or 1]


def _tick(day: date, before: date | None) -> str:
    """Weekday and day; the month where it is another than the one before."""
    month = f" {day:%b}" if before is None or before.month != day.month else ""
    return f"{day:%a}<br>{day.day}{month}"


def _weekends(days: list[date]) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": place - 0.5,
            "x1": place + 0.5,
            "y0": 0,
            "y1": 1,
            "line": {"width": 0},
            "fillcolor": "rgba(134,142,153,0.10)",
            "layer": "below",
        }
        for place, day in enumerate(days)
        if day.weekday() >= _SATURDAY
    ]
