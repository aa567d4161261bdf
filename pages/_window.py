"""How far back, and of which table? Both stand in the address: a link opens the same view."""

from __future__ import annotations

import _shared
import streamlit as st

from lib import watch
from lib.guards import GUARDS
from lib.results import Report

BOTH = "all"
_WAITING_SECONDS = 1


def days(report: Report) -> int:
    """Which window is looked at? Asks for it, beside the question about the table if need be."""
    usual = report.window_days
    chosen: int | None = st.segmented_control(
        "Window",
        sorted({*watch.WINDOWS, usual}),
        default=usual,
        format_func=lambda number: f"{number} d",
        key="window",
        bind="query-params",
        help="Whole UTC days before today, and today",
        required=True,
    )
    return chosen or usual


def view(report: Report, window: int) -> Report | None:
    """The keys and joins of that window; None as long as they are being read."""
    if window == report.window_days:
        return report
    watch.WATCH.want(window)
    return _shared.snapshot().views.get(window)


def being_read(window: int) -> None:
    """Says that the window is being read, and follows by itself."""
    st.caption(f":material/hourglass_empty: Reading the last {window} days …")
    st.fragment(_until_read, run_every=_WAITING_SECONDS)(window)


def _until_read(window: int) -> None:
    if window in watch.WATCH.snapshot.views:
        st.rerun()


def table() -> str | None:
    """Which guarded table is looked at? Asks for it; None means all of them."""
    names = [guard.table for guard in GUARDS]
    chosen: str | None = st.segmented_control(
        "Table", [BOTH, *names], default=BOTH, key="table", bind="query-params", required=True
    )
    return chosen if chosen in names else None
