"""Triggers: does every drift guard fire, on the table and on each partition?"""

import streamlit as st

from lib.checks import guard_behaviour, guard_functions, guard_triggers
from lib.core.results import Status
from lib.reports.markdown import plain
from pages.parts import answers, cards, definitions, findings, guards_by_relation, verdict

report = verdict.opening("Triggers")
cards.check_lines(report, "Triggers")
findings.section(report, "Triggers", few=1)

st.header("Guards by relation")
guards = guards_by_relation.guards(report)
if guards.empty:
    st.markdown(plain(findings.told(guard_triggers.CHECK.of(report))))
    st.caption("No guarded table was seen, so there is no trigger to show.")
else:
    doubted = {
        finding.subject
        for check in (guard_functions.CHECK, guard_behaviour.CHECK)
        for finding in check.of(report).findings
        if finding.status is not Status.OK
    }
    left, right = st.columns([2, 3], gap="large")
    with right:
        shown = guards_by_relation.chosen(guards, guards_by_relation.worst(guards, doubted))
        for row in guards[guards["relation"] == shown].itertuples():
            definitions.trigger(row)
    with left:
        for _, own in guards.groupby("table", sort=False):
            guards_by_relation.calendar(report, own, shown)
    st.caption(guards_by_relation.LEGEND)
    guards_by_relation.listed(guards, shown)

    for row in guards[guards["relation"] == shown].itertuples():
        st.header(f"The function of the {plain(row.table)} guard")
        definitions.function(report, row.function)

st.header("RPC answers beside our own reading")
answers.rpcs(report)
st.caption(
    "A page only reads. The drift check writes a row, so only a verification calls it; its last "
    "answer is shown until then."
)

st.header("What each guard makes of a row")
if guards.empty:
    st.caption("No guarded table was seen, so there is no guard to try.")
else:
    answers.tries(report, guards)
