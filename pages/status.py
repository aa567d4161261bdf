"""Status: does every guard hold, and if not, what repairs it?"""

from typing import Literal

import streamlit as st

from lib import runbook
from pages.parts import alerts, cards, findings, setting_up, shared, verdict

VERIFY = ":material/verified_user:"
FEW = 3  # findings that are no longer than the four cards beside them

known, now = shared.snapshot(), shared.now()
report, status = known.report, known.status(now)
wrong = [] if report is None else findings.faults(report)

if report is None and known.starting and not known.trouble:
    st.title("Starting the demo", anchor=False)
    shared.beat()
    shared.nothing_yet(known)
    st.stop()

if (
    report is not None
    and shared.current()
    and setting_up.due(known)
    and not runbook.elsewhere(report)
):
    setting_up.opening()
    shared.beat()
    st.stop()

current = shared.current()
worst = wrong[0] if wrong and current else None

with cards.banner(status, verdict.verdict(wrong), verdict.note(wrong)):
    if worst:
        findings.repair(worst)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if worst:
            step = runbook.step_of(worst.checks[0], report)
            if st.button(f"Runbook: {step.title}", type="primary", icon=findings.BOOK):
                st.switch_page("runbook.py", query_params={"step": step.slug})
        if st.button("Verify now", type="secondary" if worst else "primary", icon=VERIFY):
            st.switch_page("verify.py")
        if not worst and st.button("Open the runbook", icon=findings.BOOK):
            st.switch_page("runbook.py")
    if worst:
        findings.links(worst.checks, step=False)
    shared.beat()

if report is None:
    shared.nothing_yet(known, said=True)
    st.stop()

if known.trouble:
    shared.first_steps(known)

rest = [fault for fault in wrong if fault is not worst]
listed = [fault for fault in rest if fault in findings.roots(wrong)]
few = len(listed) <= FEW
if listed:
    main, aside = st.columns([8, 5], gap="medium")
    with main:
        st.header("Also wrong, worst first" if current else "Last known findings")
        findings.cards(rest)
else:
    if rest:
        findings.echoes_of(rest)
    aside = st.container()

with aside:
    if wrong:
        st.header("By subject")
    with st.grid(1 if listed else 4, min_column_width=200):
        for name in findings.GROUPS:
            cards.card(report, name, brief=bool(wrong))
    with st.container(gap="xsmall"):
        st.caption("Each bar is an hour of the last 24.")
        cards.strip_legend()

beside = st.columns(2, gap="medium" if listed else "small") if few else (aside, aside)
height: Literal["stretch", "content"] = "stretch" if few else "content"
with beside[0].container(border=True, height=height):
    st.markdown("**Coverage**")
    cards.coverage(report)
with beside[1].container(border=True, height=height):
    cards.month_turn(report)
    st.markdown("**Last verified**")
    cards.last_verified()
    alerts.lines()
    shared.remarks()
