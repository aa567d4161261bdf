"""What does it look like? DataFrames in, plotly Figures out; nothing else.

Colours are the middle of the status palette, so that one figure reads on a light and on a dark
ground; paper, plot and font are left to the page. A cell says its state by colour and by mark.
"""

from __future__ import annotations

import html
import textwrap
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from lib.core.results import Status
from lib.core.words import SIGNS

GREEN, ORANGE, VIOLET, RED = "#2a9168", "#b9740f", "#8672d4", "#d6493c"
BLUE, GREY, PLAIN = "#4a86d8", "#868e99", "#7fa3d6"
CLEAR = "rgba(0,0,0,0)"

QUIET = {
    "paper_bgcolor": CLEAR,
    "plot_bgcolor": CLEAR,
    "dragmode": False,
    "showlegend": False,
    "hoverlabel": {"align": "left"},
}


class Cell(NamedTuple):
    """How is one state drawn? Filled with `colour`, or hollow with an outline of it."""

    colour: str
    mark: str
    hollow: bool = False


CELLS = {
    status.word: Cell(colour, SIGNS[status])
    for status, colour in zip(Status, (GREEN, ORANGE, VIOLET, RED), strict=True)
}


def plot(figure: go.Figure, height: int, top: int = 14) -> go.Figure:
    """A plain bar chart: few lines, no toolbar, no zoom, numbers grouped."""
    figure.update_layout(height=height, margin={"l": 8, "r": 8, "t": top, "b": 8}, **QUIET)
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
