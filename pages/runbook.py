"""Runbook: what does somebody on call do, in which order, and when is it over?"""

import streamlit as st

from lib import runbook
from lib.core.results import Status
from lib.core.steps import Phase
from lib.reports.markdown import plain
from lib.runbook import symptoms
from pages.parts import checklist, runbook_steps, shared


def read() -> None:
    """Recognise what was pasted, and drop it: only what was recognised stays, in this tab."""
    text = st.session_state.pop("pasted", "")
    reading = shared.snapshot().report if shared.current() else None
    st.session_state["recognised"] = symptoms.diagnose(text, reading) if text.strip() else None
    st.session_state["cut"] = len(text) > symptoms.LONGEST


def forget() -> None:
    """Drop what was recognised as well."""
    st.session_state.pop("recognised", None)


known = shared.snapshot()
report, verified = known.report, known.verified
st.title("Runbook")
st.caption("What is it, what repairs it, and how do we know that it is over?")
shared.beat()
if not shared.current():
    shared.unknown(known, "The steps and their SQL are below all the same.")

due = runbook.due(report, verified, answers=shared.current())
places = [("Do this now", "now"), *((phase.value, phase.slug) for phase in Phase)]
st.markdown(" · ".join(f"[{words}](#{anchor})" for words, anchor in places))

slug = st.query_params.get("step", "")
asked = runbook.step(slug)
with st.container():
    if asked is not None:
        runbook_steps.card(asked, first=True)
    elif slug:
        st.markdown(f"The runbook has no step {plain(slug)} any more. This is the whole runbook.")

with st.form("paste", clear_on_submit=True):
    st.text_area(
        "**Paste an error or a log line**",
        key="pasted",
        height=100,
        placeholder='ERROR: no partition of relation "events" found for row …',
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.form_submit_button(
            "What is it?", type="primary", on_click=read, icon=":material/troubleshoot:"
        )
        st.caption("The text is read once and dropped: not stored, not logged, not in the address.")

recognised = st.session_state.get("recognised")
with st.container():
    if recognised is not None and st.session_state.get("cut"):
        st.caption(
            f"The text is long: its first and last {symptoms.LONGEST // 2:,} characters were read."
        )
    for symptom in recognised or ():
        runbook_steps.recognised(symptom)
    if recognised == ():
        st.markdown(
            "**The text has no message that the runbook knows.** Take the [immediate "
            "checks](#immediate-checks) in their order, or paste more of the log: the line with "
            "ERROR and the lines after it."
        )
    if recognised is not None:
        st.button("Clear the text", on_click=forget, icon=":material/delete_sweep:")

# In a container of its own, so that what is open further down stays open when this changes.
with st.container():
    st.header("Do this now", anchor="now")
    if not due:
        st.markdown(f"{runbook_steps.state(Status.OK)} Nothing: every check holds.")
    elif any(each.due for each in due):
        st.caption(Phase.MITIGATION.words)
    for number, each in enumerate(due, 1):
        runbook_steps.to_do(number, each)
    if report is not None:
        runbook_steps.whole_plan(report)

for pair in ((Phase.SYMPTOMS, Phase.CHECKS), (Phase.MITIGATION, Phase.ROLLBACK)):
    for column, phase in zip(st.columns(2, gap="medium"), pair, strict=True):
        with column, st.container(gap="xsmall"):
            st.header(phase.value, anchor=phase.slug)
            st.caption(phase.words)
            for step in runbook.of_phase(phase):
                if step is not asked:
                    runbook_steps.fold(step)

st.header(Phase.ACCEPTANCE.value, anchor=Phase.ACCEPTANCE.slug)
st.caption(Phase.ACCEPTANCE.words)
checklist.checklist(verified)
for step in runbook.of_phase(Phase.ACCEPTANCE):
    if step is not asked:
        runbook_steps.card(step)
