"""History: how did every check stand over time, what went wrong, and when did nobody look?"""

import streamlit as st

from lib.core.words import clock
from pages.parts import cards, history_runs, incidents, shared, timeline

st.title("History")
st.caption(
    "How did each check stand, what went wrong and for how long, and when was nothing verified?"
)
shared.beat()
known = shared.snapshot()
history = known.history
if not shared.current():
    shared.unknown(known)
cards.unkept()
if not history.runs:
    history_runs.none_yet(known)
    st.stop()

wanted = timeline.asked(history)
found = timeline.past(history, wanted.span)
if history.reaches is not None and history.reaches > found.start:
    st.caption(
        f"Older rows are still being read: so far back to {clock(history.reaches, found.end)}."
    )
history_runs.opened(history_runs.ADDRESS)
timeline.totals(found, wanted.check)

st.header("Incidents")
incidents.shown(found, wanted)

st.header("Timeline")
timeline.timeline(found, wanted)
timeline.numbers(found, wanted)

st.header("Runs")
history_runs.listed(found, wanted)
