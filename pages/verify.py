"""Verify: run every check now, with both RPCs, and keep the answer."""

import _cards
import _findings
import _shared
import _sign_in
import streamlit as st
from _words import badge, plain

from lib import telling, verification, watch
from lib.errors import WatchtowerError
from lib.results import Status

FACE = "page"
ENDPOINT = "/api/watchtower/partition-drift"


def begin(who: str) -> None:
    """Start the run, or join the one under way, in the name of whoever may."""
    st.session_state["run"] = watch.WATCH.verify(who, FACE)


st.title("Verify")
st.caption("Runs every check now, calls both RPCs, and keeps the answer in the history.")
_shared.beat()

_sign_in.ask("Run the verification", begin, key="verify")
if run := st.session_state.pop("run", None):
    with st.spinner("Running every check; at most 10 s …", show_time=True):
        try:
            verification.landed(run)
            st.rerun()
        except WatchtowerError as error:
            st.error(f"**Unknown: {plain(error)}** Nothing was verified.", icon=":material/help:")

verified = _shared.snapshot().verified
st.header("The last verification")
if verified is None:
    st.caption("None since this copy started.")
else:
    st.markdown(f"### {badge(verified.status)} {plain(telling.verdict(verified))}")
    asked = _cards.asked(verified.checked_at, verified.who, verified.face)
    st.caption(f"{plain(asked)} · took {verified.duration_ms:,} ms")
    if verified.unrecorded:
        st.markdown(f"{badge(Status.WARNING)} {plain(verified.unrecorded)}")
    _shared.table(_cards.checks_table(verified), "Every check with its status and duration")
    _findings.cards(_findings.faults(verified))

st.header("The same from elsewhere")
st.caption("Put the secret where the placeholder stands. Both give the same answer.")
origin = _shared.origin()
st.code(
    f'curl -X POST -H "Authorization: Bearer $WATCHTOWER_SECRET" {origin}{ENDPOINT}',
    language=None,
    wrap_lines=True,
)
st.code(".venv/bin/python -m lib verify", language=None)
st.caption("Run this one in the project's folder, with the project's own environment.")
