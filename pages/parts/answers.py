"""What do the RPCs answer, beside our own reading, and what did each guard make of a row?"""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from lib.checks import guard_behaviour, guard_triggers, partition_coverage, rpc_answers
from lib.checks.rpc_calls import DRIFT_RPC, MONTH_RPC, TRIGGERS_RPC
from lib.core.results import Finding, Report, Row, Status
from lib.core.words import ago, clock, listed, mark, rows_word, sentence
from lib.reports.markdown import plain
from pages.parts.definitions import proof
from pages.parts.findings import told
from pages.parts.frames import rows
from pages.parts.shared import current, now, table
from pages.parts.words import badge, period_noun

# Of which of our own checks does each RPC speak?
_OURS = {
    f"public.{TRIGGERS_RPC}()": [guard_triggers.CHECK.name],
    f"public.{DRIFT_RPC}()": [guard_triggers.CHECK.name, partition_coverage.CHECK.name],
    f"public.{MONTH_RPC}()": [partition_coverage.CHECK.name],
}
_BAD = {True: Status.OK, False: Status.CRITICAL}


def rpcs(report: Report) -> None:
    """A card for each RPC: what it says, what we read, and whether the two agree."""
    findings = rpc_answers.CHECK.of(report).findings
    answers = rpc_answers.CHECK.of(report).tables.get("answers", ())
    for column, finding in zip(st.columns(len(findings) or 1), findings, strict=False):
        given = next((row for row in answers if finding.subject == f"public.{row['rpc']}()"), None)
        with column.container(border=True, height="stretch", gap="small"):
            _rpc(report, finding, given)


def _rpc(report: Report, finding: Finding, given: Row | None) -> None:
    asked = given is not None and given["called"]
    look = badge(finding.status, current=current())
    if finding.status is Status.OK and not asked:
        look = ":gray-badge[:material/pending: not asked now]"
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(f"**{plain(finding.subject)}**", width="content")
        st.markdown(look, width="content")
    if given is not None:  # else the finding says what it answered, or that there is none yet
        when = f"{clock(given['at'], now())} ({ago(now() - given['at'])})"
        verb = "It says" if asked else "It last said"
        st.markdown(f"**{verb}:** {said(given['answer'])} · {when}")
    own = [told(report[name]) for name in _OURS.get(finding.subject, [])]
    st.markdown(f"**We read:** {plain('; '.join(own))}")
    st.caption(plain(sentence(finding.detail)))


def said(answer: object) -> str:
    """An RPC's answer as Markdown: true, or each thing that it says is so, bold what is not."""
    judged = answer if isinstance(answer, dict) else {"": answer}
    parts = [
        words if value is True else f"**{words}**"
        for name, value in judged.items()
        if isinstance(value, bool) or value is None
        for words in [f"{plain(name)} {json.dumps(value)}".strip()]
    ]
    return " · ".join(parts) or plain(json.dumps(answer, default=str))


def tries(report: Report, guards: pd.DataFrame) -> None:
    """What each guard made of a row: a card a guard with its worst try, then every one of them."""
    frame = rows(
        guard_behaviour.CHECK.of(report),
        "probe",
        ("table", "case", "given", "expected", "got", "right"),
    )
    frame["bad"] = [_BAD.get(right, Status.UNKNOWN) for right in frame["right"]]
    frame = frame.sort_values("bad", ascending=False, kind="stable")
    functions = dict(zip(guards["table"], guards["function"], strict=True))
    proofs = {name: proof(report, function) for name, function in functions.items()}
    if frame.empty and len(set(proofs.values())) == 1:
        proofs = {listed(proofs): next(iter(proofs.values()))}
    for column, (name, proved) in zip(st.columns(len(proofs)), proofs.items(), strict=True):
        with column.container(border=True, height="stretch", gap="small"):
            _tried(name, proved, frame[frame["table"] == name])
    if frame.empty:
        st.caption(
            "Each guard gets rows with a wrong key, rows without a key, and rows at the edges of "
            f"{period_noun()}s in other time zones. What comes out is compared with what is right."
        )
        st.page_link("verify.py", label="Verify tries them now", icon=":material/verified_user:")
        return
    frame["status"] = [mark(Status(bad)) for bad in frame["bad"]]
    table(
        frame[["status", "table", "given", "got", "expected", "case"]],
        "Rows that went into each guard, what came out, and what is right; worst first",
        status=st.column_config.TextColumn("Status", width=84),
        table=st.column_config.TextColumn("Guard", width=76),
        given=st.column_config.TextColumn("In", width=312),
        got=st.column_config.TextColumn("Out", width=120),
        expected=st.column_config.TextColumn("Right", width=96),
    )


def _tried(name: str, proved: tuple[str, str], tried: pd.DataFrame) -> None:
    """One guard: how many of its rows came out right, and the worst of them, in and out."""
    look, words = proved
    if tried.empty:
        st.markdown(f"### {look} {plain(name)}")
        st.markdown(plain(words))
        return
    right = int((tried["right"] == True).sum())  # noqa: E712 (None is neither)
    st.markdown(f"### {look} {plain(name)}: {right} of {rows_word(len(tried))} came out right")
    worst = tried.iloc[0]
    st.markdown(
        f"In: {plain(worst['given'])}  \nOut: **{plain(worst['got'])}**  \n"
        f"Right: **{plain(worst['expected'])}**"
    )
    st.caption(plain(words))
