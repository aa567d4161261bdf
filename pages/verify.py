"""Verify: run every check now, with both RPCs, and keep the answer."""

import streamlit as st

from lib.watch import watch
from pages.parts import cards, shared, sign_in, verification_run

FACE = "page"


def begin(who: str) -> None:
    """Start the run, or join the one under way, in the name of whoever may."""
    verification_run.begun(watch.WATCH.verify(who, FACE))


st.title("Verify")
st.caption("Is everything proven right, now?")
shared.beat()

asked, told = st.columns([5, 4], gap="medium", vertical_alignment="center")
with asked:
    sign_in.ask("Run the verification", begin, key="verify")
with told:
    st.caption(verification_run.PROMISE)

busy, verified = verification_run.under_way(), shared.snapshot().verified
verification_run.trouble()

st.header("Under way" if busy else "The last verification")
verification_run.follow(busy=busy)
if not busy and verified is None:
    cards.last_verified()
    st.caption("Run it: everything that it finds is then shown here.")
elif verified is not None and not busy:
    verification_run.followed(verified)
    verification_run.result(verified)
    verification_run.details(verified)

st.header("The same from elsewhere")
verification_run.elsewhere(verified)
