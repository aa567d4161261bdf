"""Week: how did it go, what is open, and is next month ready? For the meeting."""

import streamlit as st

from lib.core.results import Status
from lib.reports.markdown import plain
from pages.parts import chosen_week, shared, week_review
from pages.parts.words import badge

st.title("Week")
st.caption("How did the week go, what is left to do, and is next month ready?")
shared.beat()
week_review.today()
known = shared.snapshot()
week = chosen_week.chosen(known)
rows = chosen_week.rows(week)
if rows is None:
    st.stop()
if rows.trouble:
    st.markdown(
        f"{badge(Status.UNKNOWN)} **{plain(rows.trouble)}** {chosen_week.what_is_left(rows)}"
    )
if chosen_week.nothing(rows):
    st.stop()
made = chosen_week.made(rows)
week_review.head(made)

left, right = st.columns(2, gap="medium")
with left:
    st.header("What happened")
    week_review.incidents(made)
    st.header("What changed")
    week_review.changes(made)
with right:
    st.header("Open actions")
    week_review.actions(made)
    st.header("Keys and joins")
    week_review.measures(made)

st.header("By check")
week_review.checks(made)
week_review.files(made)
