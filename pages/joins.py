"""Joins: does a join on the month key find every row?"""

import _cards
import _findings
import _frames
import _shared
import streamlit as st
from _words import plain

from lib import charts, sql
from lib.checks.context import Context
from lib.checks.joins import pair_names
from lib.checks.wording import number, share
from lib.guards import GUARDS

report = _shared.opening("Joins", _findings.GROUPS["Joins"].question)
days = _frames.join_days(report)
since = Context(GUARDS, report.checked_at, report.window_days).since

for guard in (guard for guard in GUARDS if guard.reference is not None):
    reference = guard.reference
    own = days[days["table"] == guard.table]
    total, lost = int(own["rows"].sum()), int(own["lost"].sum())
    st.header(f"By UTC day, {_cards.since_words(report)}")
    daily = _cards.every_day(report, own)
    pair = f"`({reference.column}, {guard.key})` = `({reference.id}, {reference.key})`"
    st.markdown(f"{plain(guard.relation)} joined to {guard.schema}.{reference.table} on {pair}")
    if total == 0:
        st.markdown(f"**{plain(_findings.told(report['events_without_session']))}**")
    elif lost == 0:
        st.markdown(f"### A report joined on these keys finds all {number(total)} {guard.table}.")
    else:
        when = ", ".join(f"{row.day:%d %b}" for row in daily.itertuples() if row.lost)
        st.markdown(
            f"### A report joined on these keys loses {number(lost)} of {number(total)} "
            f"{guard.table} ({share(lost, total)}), on these days: {when}."
        )
    if total:
        _shared.chart(
            f"joins {guard.table}",
            f"{number(total - lost)} of {number(total)} {guard.table} find their session",
            lambda daily=daily: charts.joins_by_day(daily),
        )
        _shared.table(
            daily[["day", "rows", "joined", "lost", "wrong_month", "orphans", "other"]],
            "Rows that do and do not find their session, by UTC day",
            wrong_month="In another month",
            orphans="No session",
            other="Null key or not examined",
        )

st.header("The checks behind it")
_cards.check_lines(report, "Joins")
_findings.cards(_findings.faults(report, "Joins"), link=False)

_cards.reach(report["events_without_session"])

st.header("The SQL used")
st.caption("Read-only and runnable by hand; the window begins at midnight UTC.")
for guard in (guard for guard in GUARDS if guard.reference is not None):
    names, values = pair_names(guard, guard.reference), {"since": f"{since:%Y-%m-%d %H:%M}+00"}
    for words, name in (
        ("How many find their session, by day:", "checks/events_without_session"),
        ("Why the others do not, by day:", "checks/events_without_session_cause"),
    ):
        st.markdown(words)
        text = _cards.without_header(sql.by_hand(name, names, values))
        st.code(text, language=None, wrap_lines=True)
