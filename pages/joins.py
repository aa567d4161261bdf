"""Joins: does a join on the month key find every row?"""

from functools import partial

import streamlit as st

from lib.checks import orphan_rows
from lib.checks.guarded_tables import guards_of
from lib.checks.parameters import names, outlives
from lib.core.words import number, sentence, share
from lib.db import sql
from lib.reports.drawing import daily
from lib.reports.markdown import plain
from pages.parts import (
    affected_rows,
    cards,
    findings,
    frames,
    per_day,
    shared,
    time_window,
    verdict,
)

CHECK = orphan_rows.CHECK.name
CAUSES = {
    "joined": "Session found",
    "wrong_month": "In another month",
    "orphans": "No session",
    "nulls": "Key is null",
    "unexamined": "Not examined",
}

ALWAYS_TOLD = ("joined", "wrong_month", "orphans")

report = verdict.opening("Joins")
window = time_window.days(report)
view = time_window.view(report, window)
pairs = [(guard, guard.reference) for guard in guards_of(report) if guard.reference is not None]
counted = []

if view is None:
    time_window.being_read(window)
else:
    for guard, reference in pairs:
        days, sums = per_day.every(view, guard, frames.join_days)
        total, lost = int(sums["rows"]), int(sums["lost"])
        with st.container(border=True, gap="small"):
            st.markdown(
                f"{per_day.look(view[CHECK], guard)} {plain(guard.relation)} joined to "
                f"{plain(f'{guard.schema}.{reference.table}')} on "
                f"`({reference.column}, {guard.key})` = `({reference.id}, {reference.key})`"
            )
            if per_day.unknown(view, CHECK, guard):
                continue
            if total == 0:
                st.markdown(f"## No {guard.noun} were written {per_day.window(view)}.")
                st.caption("A longer window may hold some.")
                continue
            left, right = st.columns([2, 3], gap="medium", vertical_alignment="center")
            with left:
                st.metric("Join rate", share(total - lost, total))
                words = f"finds all {number(total)} {guard.noun}"
                if lost:
                    when = per_day.named([day.day for day in days.itertuples() if day.lost])
                    words = (
                        f"loses {number(lost)} of {number(total)} {guard.noun} "
                        f"({share(lost, total)}), {when}"
                    )
                st.markdown(f"**A report joined on these keys {words}.**")
                st.caption(f"Written {per_day.window(view)}")
            with right:
                st.caption("Join rate by UTC day")
                shared.chart(
                    f"join rate {guard.table}",
                    f"Join rate by UTC day; {share(total - lost, total)} of the whole window",
                    partial(daily.rate, days),
                    f"{window} {view.checked_at}",
                )
        counted.append((guard, reference, days, sums))

for guard, reference, days, sums in counted:
    assert view is not None
    st.header(f"{guard.noun.capitalize()} by UTC day")
    told = [cause for cause in CAUSES if sums[cause] or cause in ALWAYS_TOLD]
    with st.grid(len(told), min_column_width=140):
        for cause in told:
            count, part = int(sums[cause]), share(int(sums[cause]), int(sums["rows"]))
            st.metric(
                CAUSES[cause],
                number(count),
                part,
                delta_color="off",
                delta_arrow="off",
                border=True,
            )
    shared.chart(
        f"joins {guard.table}",
        f"{number(int(sums['joined']))} of {number(int(sums['rows']))} {guard.noun} find their "
        "session, by UTC day",
        partial(daily.bars, days, daily.JOINS, guard.noun),
        f"{window} {view.checked_at}",
    )
    if sums["lost"]:
        st.caption(f"The upper chart has its own scale: the {guard.noun} that are lost.")
    rate = per_day.percent(days["joined"], days["rows"])
    per_day.table(
        days.assign(rate=rate)[["day", "rows", "rate", "lost", *CAUSES]],
        f"{guard.noun.capitalize()} that do and do not find their session, by UTC day",
        view,
        f"joins-{guard.table}",
        rate=st.column_config.NumberColumn("Join rate", format="%.1f %%"),
        rows=guard.noun.capitalize(),
        lost="Lost",
        **CAUSES,
    )
    st.caption(
        f"Each row of {plain(guard.relation)} counts once, on the UTC day of its "
        f"`{guard.clock}`. Its session is *found* where a row of {plain(reference.table)} has both "
        f"its `{reference.column}` as `{reference.id}` and its `{guard.key}` as "
        f"`{reference.key}`; it is *in another month* where one has the `{reference.id}` alone. "
        "Why a row is lost is looked up for the first 5,000 of a window. The last day is not over."
    )

if view is not None:
    affected_rows.faults(view[CHECK])

findings.section(report, "Joins", "What repairs it")
affected_rows.older(report, CHECK)

st.header("The checks behind it")
time_window.judged(report)
cards.check_lines(report, "Joins")

st.header("The SQL used")
st.caption(
    "It only reads, and runs as it is. It also counts rows that came in later, so it may find "
    "more than this page."
)
for guard, _ in pairs:
    values = {"since": per_day.since(view or report, window), **outlives(guard)}
    for words, name in (
        ("how many find their session, by day", CHECK),
        ("why the others do not, by day", f"{CHECK}_cause"),
    ):
        text = cards.without_header(sql.by_hand(f"checks/{name}", names(guard), values))
        with st.expander(f"{sentence(guard.table)}: {words}", icon=":material/code:"):
            st.code(text, language=None, wrap_lines=True)
