"""Which week does Week show, and are its rows read yet?"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from lib.core.results import Status
from lib.core.weeks import LENGTH, Week, parse, usual, week_of
from lib.core.words import ago, sentence
from lib.reports.markdown import plain
from lib.reports.review import Review, WeekRows, review
from lib.watch import schedule, watch
from lib.watch.readers import OLDEST
from lib.watch.snapshot import Snapshot
from pages.parts import shared
from pages.parts.words import badge

ADDRESS = "week"


def chosen(known: Snapshot) -> Week:
    """The week of the address, which the buttons change; else the usual one, said in words."""
    current, oldest = week_of(shared.now()), week_of(shared.now()).later(-OLDEST)
    written = st.query_params.get(ADDRESS)
    week = usual(shared.now(), next((run.at for run in known.history.runs), None))
    if written is not None:
        try:
            week = parse(written)
        except ValueError as error:
            st.markdown(f"{badge(Status.UNKNOWN)} **{plain(sentence(str(error)))}.**")
    if not oldest <= week <= current:
        why = "has not begun" if week > current else "is older than the review reaches"
        st.markdown(f"{badge(Status.UNKNOWN)} **The week {week} {why}.**")
        week = min(max(week, oldest), current)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _step("Previous week", ":material/chevron_left:", week.later(-1), off=week == oldest)
        _step("Next week", ":material/chevron_right:", week.later(1), off=week == current)
        _step("This week", ":material/today:", current, off=week == current)
        if written is None:
            older = "" if known.history.trouble else ": nothing is older"
            what = f"this week so far{older}" if week == current else "the last full week"
            st.caption(f"Shown is {what}.", width="content")
    return week


def _step(label: str, icon: str, week: Week, *, off: bool) -> None:
    st.button(label, icon=icon, key=label, disabled=off, on_click=_go, args=(week,))


def _go(week: Week) -> None:
    st.query_params[ADDRESS] = str(week)


def rows(week: Week) -> WeekRows | None:
    """The rows of this week; None as long as they are read, which is said."""
    watch.WATCH.review(week)
    found = shared.snapshot().weeks.get(week)
    if found is None:
        shared.being_read(
            f"the week {week}",
            lambda: watch.WATCH.review(week),
            lambda: week in watch.WATCH.snapshot.weeks,
        )
    return found


def nothing(found: WeekRows) -> bool:
    """Could its rows not be read, and has this copy none of them in mind? A review says nothing."""
    return found.partial and not found.of_the_week()


def what_is_left(found: WeekRows) -> str:
    """What is shown all the same?"""
    if not found.partial:
        return f"This week was read {ago(shared.now() - found.read_at)}."
    if nothing(found):
        return "Nothing is known of this week here."
    return (
        "This is what this copy remembers, without the definitions and the findings of the last "
        "run."
    )


def made(found: WeekRows) -> Review:
    """The review, counted once for every viewer; what refreshes saw since is an action alone."""
    now, known = shared.now(), shared.snapshot()
    edge = min(now, found.week.end)
    noticed = tuple(
        run
        for run in known.history.noticed
        if run.until >= found.week.start and run.at < found.week.end + LENGTH
    )
    whole = replace(found, history=replace(found.history, noticed=noticed))
    last = noticed[-1].until if noticed else ""
    minute = f"{edge:%j %H:%M}"
    edition = f"{found.week} {found.read_at} {found.trouble} {last} {minute} {known.period}"
    return shared.kept("review", edition, lambda: review(whole, now, schedule.holds(known.period)))
