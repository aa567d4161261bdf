"""Status: does every guard hold, and if not, what mends it?"""

import _alerts
import _cards
import _findings
import _shared
import streamlit as st
from _words import headline, plain

FEW = 3  # findings that are no longer than the four cards beside them

known, now = _shared.snapshot(), _shared.now()
report, status = known.report, known.status(now)
wrong = [] if report is None else _findings.faults(report)

if report is None and known.starting and not known.trouble:
    st.title("Starting the demo", anchor=False)
    _shared.beat()
    _shared.nothing_yet(known)
    st.stop()

if not _shared.current():
    sentence = f"Unknown: {_shared.why_unknown(known)}"
elif wrong:
    sentence = headline(wrong[0].finding)
else:
    sentence = "All guards hold."

with _cards.banner(status, sentence):
    if _shared.current() and wrong:
        st.markdown(f"**{plain(_findings.dated(wrong[0]))}**  \n{plain(_findings.note(wrong))}")
    _shared.beat()
    with st.container(horizontal=True, gap="small"):
        if st.button("Verify now", type="primary", icon=":material/verified_user:"):
            st.switch_page("verify.py")
        if st.button("Open the runbook", icon=":material/menu_book:"):
            st.switch_page("runbook.py")

if report is None:
    _shared.nothing_yet(known, said=True)
    st.stop()

if known.trouble:
    _shared.first_steps(known)

few = len(wrong) <= FEW
if wrong:
    main, aside = st.columns([8, 5], gap="medium")
    with main:
        st.header("What is wrong, worst first" if _shared.current() else "Last known findings")
        _findings.cards(wrong)
else:
    aside = st.container()

with aside:
    if wrong:
        st.header("By subject, and the last 24 hours")
    with st.grid(1 if wrong else 4, min_column_width=200):
        for name in _findings.GROUPS:
            _cards.card(report, name, brief=bool(wrong))

beside = st.columns(2, gap="medium" if wrong else "small") if few else (aside, aside)
height = "stretch" if few else "content"
with beside[0].container(border=True, height=height):
    st.markdown("**Coverage**")
    _cards.coverage(report)
with beside[1].container(border=True, height=height):
    _cards.month_turn(report)
    st.markdown("**Last verified**")
    _cards.last_verified()
    _alerts.lines()
