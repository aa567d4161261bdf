"""Does each guard fire on its table and on every partition? As Figures, a row a year.

A cell bears its relation, so that whoever chooses it knows which one that is.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import plotly.graph_objects as go

from lib.reports.drawing.charts import CELLS, CLEAR, MONTHS, cells, frame, outline, records, safe

_CHOSEN = "#757d88"  # seen on a light and on a dark ground, and no status


def guard_matrix(
    triggers: pd.DataFrame, current: date, chosen: str | None = None, *, faded: bool = False
) -> go.Figure:
    """Does one guard fire on its table, on each month and on the rest? The table first, then years.

    `triggers`: relation, row (its year, or what else it is), column (0..11), month, status, state.
    `faded` where it is what was last known. Each cell's customdata: its words, its relation.
    """
    figure = cells(
        x=list(triggers["column"]),
        y=list(triggers["row"]),
        looks=[CELLS.get(status, CELLS["unknown"]) for status in triggers["status"]],
        faded=faded,
        words=[],
    )
    words = [f"{safe(row['relation'])}<br>{safe(row['state'])}" for row in records(triggers)]
    # What is chosen gets a frame of its own; plotly would fade all the others meanwhile.
    figure.update_traces(
        customdata=list(zip(words, triggers["relation"], strict=True)),
        hovertemplate="%{customdata[0]}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
    )
    if any(month == current for month in triggers["month"]):
        outline(figure, [(current.month - 1, str(current.year))])
    _ring(figure, triggers[triggers["relation"] == chosen])
    return frame(figure, _rows(triggers), MONTHS, left=64)


def _rows(triggers: pd.DataFrame) -> list[str]:
    """The table, DEFAULT and what is no month's, then the years."""
    names = list(dict.fromkeys(triggers["row"]))
    years = sorted((name for name in names if name.isdigit()), key=int)
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
