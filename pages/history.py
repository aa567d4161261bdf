"""History: how did every check stand over time, what went wrong, and when did nobody look?"""

import _cards
import _empty_history
import _incidents
import _past
import _runs
import _shared
import streamlit as st

from lib.core.words import clock

st.title("History")
st.caption("How did every check stand, what went wrong for how long, and when did nobody look?")
_shared.beat()
known = _shared.snapshot()
history = known.history
if not _shared.current():
    _shared.unknown(known)
_cards.unkept()
if not history.runs:
    _empty_history.teach(known)
    st.stop()

wanted = _past.asked(history)
found = _past.past(history, wanted.span)
if history.reaches is not None and history.reaches > found.start:
    st.caption(f"Older rows are still being read: back to {clock(history.reaches, found.end)} yet.")
_runs.opened(_runs.ADDRESS)
_past.totals(found, wanted.check)

st.header("Incidents")
_incidents.shown(found, wanted)

st.header("Timeline")
_past.timeline(found, wanted)
_past.numbers(found, wanted)

st.header("Runs")
_runs.listed(found, wanted)
