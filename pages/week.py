"""Week: how did it go, what is open, and is next month ready? For the meeting."""

import _chosen_week
import _shared
import _week
import streamlit as st
from _words import badge, plain

from lib.core.results import Status

st.title("Week")
st.caption("How did the week go, what is left to do, and is next month ready?")
_shared.beat()
_week.today()
known = _shared.snapshot()
week = _chosen_week.chosen(known)
rows = _chosen_week.rows(week)
if rows is None:
    st.stop()
if rows.trouble:
    st.markdown(
        f"{badge(Status.UNKNOWN)} **{plain(rows.trouble)}** {_chosen_week.what_is_left(rows)}"
    )
if _chosen_week.nothing(rows):
    st.stop()
made = _chosen_week.made(rows)
_week.head(made)

left, right = st.columns(2, gap="medium")
with left:
    st.header("What happened")
    _week.incidents(made)
    st.header("What changed")
    _week.changes(made)
with right:
    st.header("Open actions")
    _week.actions(made)
    st.header("Keys and joins")
    _week.measures(made)

st.header("By check")
_week.checks(made)
_week.files(made)
