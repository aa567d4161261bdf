"""How is a step of the runbook drawn: folded, open, or as the thing to do now?"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lib import runbook
from lib.checks.telling import decides
from lib.core.results import Finding, Report, Status
from lib.core.steps import Phase, Step
from lib.core.words import plural, sentence
from lib.repairs.plan import as_sql, plan
from lib.reports.markdown import plain
from lib.runbook import Live
from lib.runbook.symptoms import Symptom
from pages.parts.findings import remedy, sql, told
from pages.parts.shared import current, now, page, snapshot
from pages.parts.words import badge

_ICONS = {
    Phase.SYMPTOMS: ":material/visibility:",
    Phase.CHECKS: ":material/search:",
    Phase.MITIGATION: ":material/build:",
    Phase.ROLLBACK: ":material/undo:",
    Phase.ACCEPTANCE: ":material/fact_check:",
}


def state(status: Status | None) -> str:
    """The step's badge; grey where none of its checks was asked, or the reading is old."""
    if status is None:
        return ":gray-badge[:material/pending: not asked]"
    return badge(status, current=current() or snapshot().report is None)


def fold(step: Step) -> None:
    """One line that opens."""
    known = _live(step)
    with st.expander(f"{_stated(known)}{plain(step.title)}"):
        _inside(known)


def card(step: Step, *, first: bool = False) -> None:
    """The whole step, open; `first` where it stands right below the page's title."""
    known = _live(step)
    with st.container(border=True, gap="small"):
        st.caption(f"{_ICONS[step.phase]} {step.phase.value}")
        st.markdown(f"{'##' if first else '###'} {_stated(known)}{plain(step.title)}")
        _inside(known)


def _live(step: Step) -> Live:
    return runbook.live(step, snapshot().report, snapshot().verified)


def _stated(known: Live) -> str:
    """The badge before the title. A step that is only ever taken back to has none: see inside."""
    bare = known.step.phase is Phase.ROLLBACK or known.step.phase is Phase.ACCEPTANCE
    if bare or (not known.step.checks and known.status is None):
        return ""
    return f"{badge(None) if known.apart else state(known.status)} "


def to_do(number: int, known: Live) -> None:
    """What there is to do in it; folded behind that, the whole file that does the same."""
    step = known.step
    with st.container(border=True, gap="small"):
        st.markdown(f"### {number}. {plain(step.title)}")
        st.markdown(plain(step.words))
        for finding in known.findings:
            _finding(finding, files=not step.files)
        if not step.files:
            _statements(step)
        _undo(step, known.findings)
        if step.files:
            with st.expander(f"The whole file, to run as the owner: {', '.join(step.files)}"):
                _statements(step)


def whole_plan(report: Report) -> None:
    """The plan of this reading as one text, to copy, and what it may lack."""
    found = plan(report)
    if found.empty:
        return
    count = plural(len(found.actions), "step") if found.actions else ""
    left = f"{len(found.decisions)} left to a person" if found.decisions else ""
    with st.expander(
        f"The plan as one text: {', '.join(filter(None, (count, left)))}",
        icon=":material/list_alt:",
    ):
        st.caption(
            f"This plan is of the reading of {report.checked_at:%H:%M} UTC. A reading tries no "
            "function and reads no older rows: for these the plan goes by the last verification. "
            "`python -m lib plan` looks at everything again. This page runs nothing: copy the "
            "plan, or run `python -m lib apply --yes`."
        )
        sql(as_sql(found, made=report.checked_at))


def recognised(symptom: Symptom) -> None:
    """What was recognised in a pasted text: what it is, why, which check and which step."""
    with st.container(border=True, gap="small"):
        st.caption(f":material/troubleshoot: {plain(symptom.sign)}")
        st.markdown(f"## {plain(symptom.what)}")
        st.markdown(f"**Likely cause:** {plain(symptom.cause)}")
        _check_now(symptom.check)
        if step := runbook.step(symptom.step):
            fold(step)


def _check_now(check: str) -> None:
    """What does the check that looks at it say now?"""
    if not check:
        st.markdown("**Check:** no check looks at this.")
        return
    report = snapshot().report
    found = [each for each in report.checks if each.check == check] if report else []
    apart = bool(found) and not found[0].applies
    status = found[0].status if found else (Status.UNKNOWN if report is None else None)
    words = f" · {plain(told(found[0]))}" if found else ""
    st.markdown(f"**Check:** {badge(None) if apart else state(status)} {plain(check)}{words}")


def _inside(known: Live) -> None:
    step = known.step
    repairs = step.phase is Phase.MITIGATION
    lines = [
        f"{badge(each.standing, current=current())} **{plain(each.check)}** · {plain(told(each))}"
        for each in (() if repairs else known.checks)
    ]
    texts = runbook.statements(step, snapshot().report, now())
    findings = known.findings if repairs else ()
    address = _small(f":material/link: runbook?step={plain(step.slug)}")  # to send to somebody
    said = [f"{plain(step.words)}  \n{address}", *lines]
    if texts and not findings:
        said.append(_small(plain(texts[0].title)))
    st.markdown("\n\n".join(said))  # one element costs a third of three
    for finding in findings:
        _finding(finding, files=not step.files)
    for number, statement in enumerate(texts):
        if number or findings:
            st.caption(plain(statement.title))
        sql(statement.text)
    _undo(step, findings)
    if step.phase is Phase.ACCEPTANCE:
        st.page_link(
            "verify.py", label="Run it on the Verify page", icon=":material/verified_user:"
        )
    _links(step)


def _finding(finding: Finding, *, files: bool) -> None:
    shown = badge(finding.status, current=current())
    st.markdown(f"{shown} {plain(sentence(finding.detail))}")
    remedy(finding.remedies, files=files)


def _statements(step: Step) -> None:
    for statement in runbook.statements(step, snapshot().report, now()):
        st.caption(plain(statement.title))
        sql(statement.text)


def _undo(step: Step, findings: Sequence[Finding]) -> None:
    """How it is taken back, unless all that there is to do in it now is to decide."""
    decided = findings and all(decides(finding.remedies) for finding in findings)
    if step.undo_words and not decided:
        st.caption(f":material/undo: To take it back: {plain(step.undo_words)}")


def _small(words: str) -> str:
    return f":small[:gray[{words}]]"


def _links(step: Step) -> None:
    """To the steps that follow."""
    further = [found for slug in (*step.then, step.undo) if (found := runbook.step(slug))]
    place = st.container(horizontal=True, gap="small") if further[1:] else st
    for each in further:
        place.page_link(
            page("runbook.py"),
            label=each.title,
            icon=_ICONS[each.phase],
            query_params={"step": each.slug},
        )
