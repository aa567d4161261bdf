"""Triggers: does every drift guard fire, on the table and on each partition?"""

import _answers
import _cards
import _definitions
import _findings
import _shared
import _triggers
import _verdict
import streamlit as st
from _words import plain

from lib.core.results import Status

report = _verdict.opening("Triggers")
_cards.check_lines(report, "Triggers")
if wrong := _findings.faults(report, "Triggers"):
    st.header("What is wrong, worst first" if _shared.current() else "Last known findings")
    _findings.cards(wrong, link=False, few=1)

st.header("Guards by relation")
guards = _triggers.guards(report)
if guards.empty:
    st.markdown(plain(_findings.told(report["guard_triggers"])))
    st.caption("No guarded table was seen, so there is no trigger to show.")
else:
    doubted = {
        finding.subject
        for check in ("guard_functions", "guard_behaviour")
        for finding in report[check].findings
        if finding.status is not Status.OK
    }
    left, right = st.columns([2, 3], gap="large")
    with right:
        shown = _triggers.chosen(guards, _triggers.worst(guards, doubted))
        for row in guards[guards["relation"] == shown].itertuples():
            _definitions.trigger(row)
    with left:
        for _, own in guards.groupby("table", sort=False):
            _triggers.calendar(report, own, shown)
    st.caption(_triggers.LEGEND)
    _triggers.listed(guards, shown)

    for row in guards[guards["relation"] == shown].itertuples():
        st.header(f"The function of the {plain(row.table)} guard")
        _definitions.function(report, row.function)

st.header("RPC answers beside our own reading")
_answers.rpcs(report)
st.caption(
    "A page only reads: the drift check, which writes a row, is called by a verification, and "
    "its last answer is shown until then."
)

st.header("What each guard makes of a row")
if guards.empty:
    st.caption("No guarded table was seen, so there is no guard to try.")
else:
    _answers.tries(report, guards)
