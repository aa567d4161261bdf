"""Verify: run every check now, with both RPCs, and keep the answer."""

import _cards
import _findings
import _shared
import streamlit as st
from _words import badge, plain

from lib import verification, watch
from lib.errors import WatchtowerError
from lib.results import Status

FACE = "page"
ENDPOINT = "/api/watchtower/partition-drift"


def begin() -> None:
    """Whoever gives the secret starts the run, or joins the one under way. Forgets the secret."""
    presented = st.session_state.pop("secret", None)
    client = st.context.ip_address or FACE
    try:
        watch.WATCH.gate.admit([presented.encode()] if presented else [], client)
    except WatchtowerError as error:
        st.session_state["refusal"] = str(error)
        return
    st.session_state["run"] = watch.WATCH.verify(f"bearer of the secret, {client}", FACE)


st.title("Verify")
st.caption("Runs every check now, calls both RPCs, and keeps the answer in the history.")
_shared.beat()

gate, secret = watch.WATCH.gate, watch.WATCH.shown_secret
if secret is not None:
    st.markdown("This is the demo, so here is its secret, made for this start alone:")
    st.code(secret, language=None)
elif watch.WATCH.settings_error is not None:
    st.markdown(f"{badge(Status.UNKNOWN)} **{plain(watch.WATCH.settings_error)}**")
    _shared.first_steps(_shared.snapshot())
elif not gate.configured:
    st.markdown(
        f"{badge(Status.UNKNOWN)} **No secret is configured, so nobody can run it from here.** "
        "Set `WATCHTOWER_SECRET` and start again; the command line below needs none."
    )

if gate.configured and watch.WATCH.settings_error is None:
    with st.form("verify", clear_on_submit=True):
        st.text_input("Secret", type="password", key="secret", autocomplete="off")
        st.form_submit_button(
            "Run the verification", type="primary", on_click=begin, icon=":material/verified_user:"
        )

if refusal := st.session_state.pop("refusal", None):
    st.error(plain(refusal), icon=":material/block:")
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
    st.markdown(f"### {badge(verified.status)} {plain(_cards.verdict(verified))}")
    st.caption(f"{plain(_cards.asked(verified))} · took {verified.duration_ms:,} ms")
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
