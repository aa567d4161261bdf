"""How does the chosen guard stand written, how should it, and was it tried with rows?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from lib.checks import guard_behaviour, guard_functions
from lib.core.context import Verdict
from lib.core.declaration import declared
from lib.core.results import Finding, Report, Status
from lib.core.words import ago, clock, sentence, who
from lib.history.ground import Ground
from lib.reports.markdown import plain
from pages.parts.findings import remedy, told
from pages.parts.frames import rows
from pages.parts.shared import current, now, snapshot
from pages.parts.words import badge


def trigger(row: Any) -> None:
    """One guard on one relation: its state, why that matters, and its definition."""
    status = Status[row.status.upper()]
    with st.container(border=True, gap="small"):
        st.markdown(f"### {badge(status, current=current())} {plain(row.relation)}")
        st.markdown(f"{plain(row.trigger)} **{plain(row.state)}**")
        if row.means:
            st.markdown(plain(row.means))
        remedy(row.remedies)
        if not row.difference:
            st.caption("The live definition, which is the canonical one")
            _text(row.live)
        elif not row.live:
            st.caption("There is none. The canonical definition:")
            _text(row.canonical)
        else:
            if status is Status.OK:
                st.caption("It differs from the canonical definition, but works.")
            _compared(row.difference, row.live, row.canonical, "Canonical")


def function(report: Report, name: str) -> None:
    """The function that the guard calls: is its text the reviewed one, and what did tries prove?"""
    said = next((f for f in guard_functions.CHECK.of(report).findings if f.subject == name), None)
    texts = rows(
        guard_functions.CHECK.of(report),
        "functions",
        ("function", "live", "reviewed", "difference", "whose"),
    )
    with st.container(border=True, gap="small"):
        if said is None:
            st.markdown(f"**{plain(name)}** · {plain(told(guard_functions.CHECK.of(report)))}")
        else:
            st.markdown(f"{badge(said.status, current=current())} {plain(sentence(said.detail))}")
        look, words = proof(report, name)
        st.markdown(f"{look} {plain(words)}")
        for row in texts[texts["function"] == name].itertuples():
            if row.difference:
                _compared(row.difference, row.live, row.reviewed, row.whose)
            elif row.live or row.reviewed:
                whose = _clause(row.whose)
                which = f"live and {whose} alike" if row.live and row.reviewed else "live"
                with st.expander(f"Its text, {which if row.live else whose}"):
                    _text(row.live or row.reviewed)


def proof(report: Report, name: str) -> tuple[str, str]:
    """Was the function tried with rows, when, and what came of it? A badge, and a sentence."""
    verdicts = [
        row["verdict"]
        for row in guard_behaviour.CHECK.of(report).tables.get("verdicts", ())
        if row["function"] == name
    ]
    ground = _ground(report)
    if not verdicts or ground is None:
        return ":gray-badge[:material/pending: not tried]", _untried(ground, name)
    verdict: Verdict = verdicts[0]
    if verdict.definition not in ground.proven:
        return badge(verdict.finding.status, current=current()), _untried(ground, name)
    then = ground.report.checked_at
    at = f"{clock(then, now())} ({ago(now() - then)})"
    finding: Finding = verdict.finding
    return badge(finding.status, current=current()), f"Verified {at}: {finding.detail}"


def _ground(report: Report) -> Ground | None:
    """The verification by which this report goes, or that it is itself."""
    own = snapshot().verified or (report if report.face else None)
    return snapshot().ground or (None if own is None else Ground.of(own))


def _untried(ground: Ground | None, name: str) -> str:
    """Why is nothing proven of it?"""
    if any(name == f"{g.schema}.{g.function}()" and g.sets == "when null" for g in declared()):
        return (
            "This guard keeps the writer's month: its rows are judged, and no verification tries "
            "it."
        )
    how = "a verification tries it with rows, in a sandbox that is rolled back"
    then = ground and clock(ground.report.checked_at, now())
    if ground and any(verdict.function == name for verdict in ground.proven.values()):
        return f"It changed since it was last verified, {then}: {how}."
    if ground and ground.proven:
        return f"The verification of {then} could not try it."
    check = guard_behaviour.CHECK.name
    runs = [run for run in snapshot().history.verifications() if check in run.checks]
    if not runs:
        return f"Not yet: {how}."
    said = runs[-1].checks[check].word
    when = clock(runs[-1].at, now())
    return (
        f"Not since this copy started: {how}. The verification of {when}, by "
        f"{who(runs[-1].who, runs[-1].face)}, said {said} of the text at that time."
    )


def _compared(difference: str, live: str, right: str, word: str) -> None:
    """All three, one at a time. The labels are grey because the chosen one's own is too faint."""
    tabs = st.tabs([f":gray[{label}]" for label in ("Difference", "Live", word)])
    with tabs[0]:
        st.caption(f"− {_clause(word)} alone · + live alone")
        _text(difference)
    with tabs[1]:
        _text(live)
    with tabs[2]:
        _text(right)


def _clause(word: str) -> str:
    return f"{word[:1].lower()}{word[1:]}"


def _text(text: str) -> None:
    """Code without colours of its own: those of highlighting are too faint on either ground."""
    st.code(text, language=None, wrap_lines=True)
