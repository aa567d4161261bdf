"""How far back, and of which table? Both stand in the address: a link opens the same view."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from lib.core.guards import Guard
from lib.core.results import Report, Status
from lib.core.words import last_days, sentence
from lib.reports.markdown import plain
from lib.watch import watch
from lib.watch.readers import WINDOWS
from pages.parts import shared
from pages.parts.words import badge

BOTH = "all"
_FRAME_PIXELS = 320


def days(report: Report) -> int:
    """Which window is looked at? Asks for it; the usual one needs no word in the address."""
    usual = report.window_days
    windows = sorted({*WINDOWS, usual})
    chosen: int | None = st.radio(  # a segmented control is too faint in the dark
        "Window, in days",
        windows,
        index=windows.index(usual),
        key="window",
        bind="query-params",
        horizontal=True,
        help="Whole UTC days before today, and today so far",
    )
    return chosen or usual


def judged(report: Report) -> None:
    """Over which days do the checks count, whichever window is looked at?"""
    span = last_days(report.window_days)
    st.caption(f"The checks judge {span}, whichever window you choose.")


def table(guards: Iterable[Guard]) -> str | None:
    """Which of these tables is looked at? Asks for it; None means all of them."""
    names = [guard.table for guard in guards]
    chosen: str | None = st.radio(
        "Table", [BOTH, *names], key="table", bind="query-params", horizontal=True
    )
    return chosen if chosen in names else None


def view(report: Report, window: int) -> Report | None:
    """The keys and joins of that window; None as long as they are being read."""
    if window == report.window_days:
        return report
    watch.WATCH.want(window)
    return shared.snapshot().views.get(window)


def being_read(window: int) -> None:
    """Keeps the place of what is being read, says so, and follows by itself."""
    with st.container(border=True, height=_FRAME_PIXELS):
        trouble, span = shared.snapshot().trouble, last_days(window)
        if trouble:
            st.markdown(f"{badge(Status.UNKNOWN)} **{sentence(span)} could not be read.**")
            st.markdown(plain(trouble))
            return
        shared.being_read(
            span,
            lambda: watch.WATCH.want(window),
            lambda: window in watch.WATCH.snapshot.views or bool(watch.WATCH.snapshot.trouble),
        )
        st.caption("This window is read while somebody looks at it. The page updates by itself.")
