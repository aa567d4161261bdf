"""Verify: run every check now, with both RPCs, and keep the answer."""

import _cards
import _run
import _shared
import _sign_in
import streamlit as st

from lib.watch import watch

FACE = "page"


def begin(who: str) -> None:
    """Start the run, or join the one under way, in the name of whoever may."""
    _run.begun(watch.WATCH.verify(who, FACE))


st.title("Verify")
st.caption("Is everything proven right, now?")
_shared.beat()

asked, told = st.columns([5, 4], gap="medium", vertical_alignment="center")
with asked:
    _sign_in.ask("Run the verification", begin, key="verify")
with told:
    st.caption(_run.PROMISE)

busy, verified = _run.under_way(), _shared.snapshot().verified
_run.trouble()

st.header("Under way" if busy else "The last verification")
_run.follow(busy=busy)
if not busy and verified is None:
    _cards.last_verified()
    st.caption("Run it, and everything that it finds stands here.")
elif not busy:
    _run.followed(verified)
    _run.result(verified)
    _run.details(verified)

st.header("The same from elsewhere")
_run.elsewhere(verified)
