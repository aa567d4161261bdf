"""Does each guard fire on its table and on every partition? As Figures, a row a year.

A cell bears its relation, so that whoever chooses it knows which one that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from lib.core.periods import MONTHS, Periods
from lib.reports.drawing.charts import BLUE, CELLS, CLEAR, GREY, QUIET, records, safe

_PITCH, _LEFT = 25, 64
_BARE = {"showgrid": False, "zeroline": False, "ticks": "", "title": None, "fixedrange": True}
_CHOSEN = "#757d88"  # seen on a light and on a dark ground, and no status


def guard_matrix(
    triggers: pd.DataFrame,
    current: date,
    chosen: str | None = None,
    periods: Periods = MONTHS,
    *,
    faded: bool = False,
) -> go.Figure:
    """Does one guard fire on its table, on each month and on the rest? The table first, then years.

    `triggers`: relation, row (its year, or what else it is), column (0..11), month, status, state.
    `faded` where it is what was last known. Each cell's customdata: its words, its relation.
    """
    marks = [CELLS.get(status, CELLS["unknown"]) for status in triggers["status"]]
    colours = [GREY if faded else mark.colour for mark in marks]
    words = [f"{safe(row['relation'])}<br>{safe(row['state'])}" for row in records(triggers)]
    figure = go.Figure(
        go.Bar(
            **_boxes(list(triggers["column"]), list(triggers["row"]), 0.84),
            text=[mark.mark for mark in marks],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            constraintext="none",
            textfont={"color": "#ffffff", "size": 12},
            customdata=list(zip(words, triggers["relation"], strict=True)),
            hovertemplate="%{customdata[0]}<extra></extra>",
            # What is chosen gets a frame of its own; plotly would fade all the others meanwhile.
            unselected={"marker": {"opacity": 1}},
            marker={
                "color": colours,
                "line": {"width": 1.5, "color": colours},
                "cornerradius": 3,
            },
        )
    )
    if any(month == current for month in triggers["month"]):
        row, column = periods.cell(current)
        figure.add_bar(
            **_boxes([column], [row], 0.98),
            marker={"color": CLEAR, "line": {"width": 2, "color": BLUE}, "cornerradius": 4},
            hoverinfo="skip",
        )
    _ring(figure, triggers[triggers["relation"] == chosen])
    return _frame(figure, _rows(triggers), periods.columns)


def _boxes(x: Sequence[float], y: Sequence[str], side: float) -> dict[str, Any]:
    """Horizontal bars, because they shrink where room is scarce: `side` of a row and of a column.

    `x` is the middle of each.
    """
    return {
        "orientation": "h",
        "base": [middle - side / 2 for middle in x],
        "x": [side] * len(x),
        "y": y,
        "width": side,
    }


def _frame(figure: go.Figure, rows: list[str], columns: list[str]) -> go.Figure:
    """Fixed squares: the size follows from how many rows there are."""
    figure.update_layout(
        **QUIET,
        width=_LEFT + _PITCH * len(columns) + 4,
        height=_PITCH * len(rows) + 44,
        margin={"l": _LEFT, "r": 4, "t": 6, "b": 38, "pad": 4},
        barmode="overlay",
    )
    figure.update_xaxes(
        **_BARE,
        range=[-0.5, len(columns) - 0.5],
        tickvals=list(range(len(columns))),
        ticktext=columns,
        tickangle=0,
        tickfont={"size": 10},
    )
    return figure.update_yaxes(
        **_BARE,
        type="category",
        categoryorder="array",
        categoryarray=rows,
        range=[len(rows) - 0.5, -0.5],
    )


def _rows(triggers: pd.DataFrame) -> list[str]:
    """The table, DEFAULT and what is no month's, then the years."""
    names = list(dict.fromkeys(triggers["row"]))
    years = sorted(name for name in names if name[:1].isdigit())
    first = [name for name in ("table", "DEFAULT") if name in names]
    return [*first, *(name for name in names if name not in (*first, *years)), *years]


def _ring(figure: go.Figure, chosen: pd.DataFrame) -> None:
    for row in records(chosen):
        figure.add_scatter(
            x=[row["column"]],
            y=[row["row"]],
            mode="markers",
            marker={
                "symbol": "square",
                "size": 27,
                "color": CLEAR,
                "line": {"width": 3, "color": _CHOSEN},
            },
            hoverinfo="skip",
            cliponaxis=False,
        )
