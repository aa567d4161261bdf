"""What does it look like? DataFrames in, plotly Figures out; nothing else.

Colours are the middle of the status palette, so that one figure reads on a light and on a dark
ground; paper, plot and font are left to the page. A cell says its state by colour and by mark.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from lib.core.results import Status
from lib.core.words import SIGNS

GREEN, ORANGE, VIOLET, RED = "#2a9168", "#b9740f", "#8672d4", "#d6493c"
BLUE, GREY, PLAIN = "#4a86d8", "#868e99", "#7fa3d6"
CLEAR = "rgba(0,0,0,0)"

PITCH = 25
_BARE = {"showgrid": False, "zeroline": False, "ticks": "", "title": None, "fixedrange": True}
_QUIET = {
    "paper_bgcolor": CLEAR,
    "plot_bgcolor": CLEAR,
    "dragmode": False,
    "showlegend": False,
    "hoverlabel": {"align": "left"},
}
MONTHS = [date(2000, month, 1).strftime("%b") for month in range(1, 13)]


class Cell(NamedTuple):
    """How is one state drawn? Filled with `colour`, or hollow with an outline of it."""

    colour: str
    mark: str
    hollow: bool = False


CELLS = {
    status.word: Cell(colour, SIGNS[status])
    for status, colour in zip(Status, (GREEN, ORANGE, VIOLET, RED), strict=True)
}


def cells(
    x: Sequence[float],
    y: Sequence[str],
    looks: Sequence[Cell],
    words: Sequence[str],
    *,
    faded: bool = False,
    spans: Sequence[int] | None = None,
) -> go.Figure:
    """Cells with their mark inside; bars, because they shrink where room is scarce.

    `x` is the middle of each, `words` what it says under the pointer, `spans` over how many
    columns each reaches, one where it is left out.
    """
    if faded:
        looks = [look._replace(colour=GREY) for look in looks]
    return go.Figure(
        go.Bar(
            **_boxes(x, y, 0.84, spans),
            text=[look.mark for look in looks],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            constraintext="none",
            textfont={"color": [c.colour if c.hollow else "#ffffff" for c in looks], "size": 12},
            customdata=list(words),
            hovertemplate="%{customdata}<extra></extra>",
            marker={
                "color": [CLEAR if look.hollow else look.colour for look in looks],
                "line": {"width": 1.5, "color": [look.colour for look in looks]},
                "cornerradius": 3,
            },
        )
    )


def outline(figure: go.Figure, places: Sequence[tuple[float, str]]) -> None:
    """The current month's frame."""
    figure.add_bar(
        **_boxes([x for x, _ in places], [y for _, y in places], 0.98),
        marker={"color": CLEAR, "line": {"width": 2, "color": BLUE}, "cornerradius": 4},
        hoverinfo="skip",
    )


def _boxes(
    x: Sequence[float], y: Sequence[str], side: float, spans: Sequence[int] | None = None
) -> dict[str, object]:
    """Horizontal bars that fill `side` of a row's height, and of a column all but as much."""
    widths = [span - 1 + side for span in spans or [1] * len(x)]
    return {
        "orientation": "h",
        "base": [middle - width / 2 for middle, width in zip(x, widths, strict=True)],
        "x": widths,
        "y": list(y),
        "width": side,
    }


def frame(figure: go.Figure, rows: list[str], columns: list[str], left: int) -> go.Figure:
    """Fixed squares: the size follows from how many rows and columns there are."""
    figure.update_layout(
        **_QUIET,
        width=left + PITCH * len(columns) + 4,
        height=PITCH * len(rows) + 44,
        margin={"l": left, "r": 4, "t": 6, "b": 38, "pad": 4},
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
    figure.update_yaxes(
        **_BARE,
        type="category",
        categoryorder="array",
        categoryarray=rows,
        range=[len(rows) - 0.5, -0.5],
    )
    return figure


def plot(figure: go.Figure, height: int, top: int = 14) -> go.Figure:
    """A plain bar chart: few lines, no toolbar, no zoom, numbers grouped."""
    figure.update_layout(height=height, margin={"l": 8, "r": 8, "t": top, "b": 8}, **_QUIET)
    figure.update_xaxes(fixedrange=True, showgrid=False, zeroline=False, title=None, tickangle=0)
    return figure.update_yaxes(
        fixedrange=True, zeroline=False, title=None, tickformat=",d", nticks=5, rangemode="tozero"
    )


def floor(figure: go.Figure, name: str, top: float, **font: Any) -> None:
    """What a part of the figure shows, above it."""
    figure.add_annotation(
        text=name,
        x=0,
        y=top,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font=font,
    )


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Its rows, for those who go through them one by one."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def safe(text: object) -> str:
    """Names from the database are text, never plotly's markup; long ones would be cut off."""
    return html.escape(textwrap.shorten(str(text), 60, placeholder=" …"), quote=False)
