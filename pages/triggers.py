"""Triggers: does every drift guard fire, on the table and on each partition?"""

import _cards
import _findings
import _frames
import _shared
import streamlit as st
from _words import mark, plain

from lib import charts
from lib.checks.context import Context
from lib.guards import GUARDS
from lib.results import Status

report = _shared.opening("Triggers", _findings.GROUPS["Triggers"].question)
_cards.check_lines(report, "Triggers")
_findings.cards(_findings.faults(report, "Triggers"), link=False)

st.header("Guards by relation")
triggers = _frames.triggers(report)
month, faded = Context(GUARDS, report.checked_at).month, not _shared.current()
if triggers.empty:
    st.caption("No guarded table was seen, so there is no trigger to show.")
else:
    for column, guard in zip(st.columns(len(GUARDS), gap="medium"), GUARDS, strict=True):
        own = triggers[triggers["table"] == guard.table]
        firing = int((own["status"] == "ok").sum())
        with column:
            st.markdown(f"**{plain(guard.table)}**  \n`{guard.trigger}`")
            if own.empty:
                st.caption("This table was not seen.")
            else:
                _shared.chart(
                    f"triggers {guard.table}{' was' if faded else ''}",
                    f"{guard.trigger} fires on {firing} of {len(own)} relations",
                    lambda own=own: charts.trigger_calendar(own, month, faded=faded),
                )
    st.caption(
        "✓ fires · ! under another name · ✕ does not fire · framed: the current month. "
        "Only a partition's own trigger fires for the rows that land there."
    )
    triggers["worst"] = [-Status[word.upper()] for word in triggers["status"]]
    triggers["status"] = [mark(Status[word.upper()]) for word in triggers["status"]]
    _shared.table(
        triggers.sort_values("worst", kind="stable")[
            ["status", "relation", "state", "trigger", "level"]
        ],
        "Drift guards by relation with their state, worst first",
    )

st.header("RPC answers beside our own reading")
_shared.table(
    _cards.rpc_table(report), "What each RPC answered, when, and what we make of it", rpc="RPC"
)
st.caption(
    "A page only reads: the drift check, which writes a row, is called by a verification, and "
    "its last answer is shown until then."
)

st.header("What each guard makes of a row")
probes = _frames.probes(report)
if probes.empty:
    st.markdown(plain(_findings.told(report["guard_behaviour"])))
    st.caption("Rows are tried by a verification, in a sandbox that is rolled back.")
else:
    verdicts = {True: mark(Status.OK), False: mark(Status.CRITICAL)}
    probes["status"] = [verdicts.get(right, mark(Status.UNKNOWN)) for right in probes["right"]]
    order = {mark(Status.CRITICAL): 0, mark(Status.UNKNOWN): 1}
    probes["worst"] = [order.get(status, 2) for status in probes["status"]]
    _shared.table(
        probes.sort_values("worst", kind="stable")[
            ["status", "table", "given", "got", "expected", "case"]
        ],
        "Rows that went into each guard, what came out, and what is right; worst first",
        given="In",
        got="Out",
        expected="Right",
    )

st.header("Functions")
_shared.table(_cards.findings_table(report["guard_functions"]), "Guard functions compared")
for row in _frames.diffs(report).itertuples():
    st.markdown(f"How {plain(row.function)} differs: reviewed is −, live is +")
    st.code(row.diff, language=None, wrap_lines=True)
