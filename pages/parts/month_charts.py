"""Each table's months in a frame of their own: which are covered, and how large they are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lib.core.context import Context
from lib.core.guards import GUARDS
from lib.core.results import Report
from lib.reports.drawing import coverage as pictures
from lib.reports.drawing import sizes
from pages.parts import cards, partition_frames
from pages.parts.shared import chart, current
from pages.parts.words import plain

ESTIMATES = (
    "Estimates from PostgreSQL's statistics (`reltuples`, `relpages`), not a count: without "
    "indexes, and as old as the last `analyze`."
)


def coverage(report: Report, months: pd.DataFrame, name: str, *, legend: bool = False) -> None:
    """Which months of this table have a partition?"""
    own = months[months["table"] == name]
    month, faded = Context(GUARDS, report.checked_at).month, not current()
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(f"**{plain(name)}**")
        chart(
            f"coverage {name}{' was' if faded else ''}",
            f"{name}: {cards.coverage_words(own)}",
            lambda: pictures.coverage_calendar(own, month, faded=faded),
        )
        if legend:
            marks()


def marks() -> None:
    """What do mark and colour mean?"""
    cards.coverage_legend()
    st.caption("The mark says what takes the month's rows, the colour how bad that is.")


def sizes_of(partitions: pd.DataFrame, months: pd.DataFrame, name: str) -> None:
    """How large is each month of this table?"""
    own = partition_frames.bounded(partitions[partitions["table"] == name])
    spans = months[months["table"] == name]
    words = partition_frames.sum_words(own)
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(f"**{plain(name)}** · {words}")
        if own.empty:
            st.caption("There is nothing to measure.")
            return
        chart(f"rows {name}", f"{name}: {words}", lambda: sizes.rows_and_size(own, spans))
