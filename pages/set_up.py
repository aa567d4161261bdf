"""Set up: what does this database still need?"""

import streamlit as st

from lib.core.words import clock
from lib.reports.markdown import plain
from lib.watch import watch
from pages.parts import setting_up, shared

known = shared.snapshot()
st.title("Set up")
st.caption("What does this database need to be watched, and what of that is there?")
shared.beat()

if known.trouble or (known.report is None and known.starting):
    shared.nothing_yet(known)
    if known.taken_at is not None:
        st.caption(plain(f"It answered until {clock(known.taken_at, shared.now(), seconds=True)}."))
    st.stop()

watch.WATCH.want_setup()
held = known.setup.get("now")
if held is None:
    st.caption("It is being read. This page updates by itself.")
    st.stop()
if held.standing is not None:
    setting_up.verdict(held.standing)
if held.trouble:
    st.markdown(plain(held.trouble))
if held.standing is not None:
    setting_up.objects(held.standing)
setting_up.to_run(held)
