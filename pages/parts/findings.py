"""What is wrong, on which card and page does it stand, and how is it shown? One way everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from lib import runbook
from lib.checks import by_name, shown, telling
from lib.checks.check import Group
from lib.checks.telling import Fault, counted, more, title
from lib.core import remedies
from lib.core.remedies import Kind, Remedies, files_of
from lib.core.results import CheckResult, Finding, Report, Status
from lib.core.statements import readable
from lib.core.words import sentence
from lib.db.sql import setup_file
from lib.history.history import Since
from lib.repairs.plan.locking import lock_of
from lib.repairs.plan.making import step_for
from lib.reports.markdown import plain
from pages.parts import shared
from pages.parts.shared import current, now, page, snapshot
from pages.parts.words import badge, last_fine, since

BOOK = ":material/menu_book:"
_FEW = 5
_TALL_LINES, _TALL_PIXELS = 9, 240


@dataclass(frozen=True)
class Card:
    """Which page does a card lead to, and which checks do both speak of?

    `checks` pairs each with its short name; the summaries of `said` stand on the card.
    """

    page: str
    icon: str
    question: str
    checks: dict[str, str]
    said: tuple[str, ...]


def _of(group: Group, page: str, icon: str, question: str) -> Card:
    own = [(check.name, place) for check, place in shown(group)]
    checks = {name: place.short for name, place in own}
    return Card(page, icon, question, checks, tuple(name for name, place in own if place.leads))


GROUPS = {
    Group.TRIGGERS.value: _of(
        Group.TRIGGERS,
        "triggers.py",
        ":material/bolt:",
        "Does every drift guard fire, on the table and on each partition?",
    ),
    Group.PARTITIONS.value: _of(
        Group.PARTITIONS,
        "partitions.py",
        ":material/calendar_view_month:",
        "Has every {period} its partition, closed to strangers, and is the next one ready?",
    ),
    Group.KEYS.value: _of(
        Group.KEYS,
        "keys.py",
        ":material/key:",
        "Is every {period} key set, and the right one?",
    ),
    Group.JOINS.value: _of(
        Group.JOINS,
        "joins.py",
        ":material/join_inner:",
        "Does a join on the {period} key find every row?",
    ),
}


def homes(check: str) -> list[str]:
    """On which cards and pages does this check stand? On Triggers, where nobody said."""
    return [name for name, group in GROUPS.items() if check in group.checks] or ["Triggers"]


def faults(report: Report, group: str | None = None) -> list[Fault]:
    """What is wrong, worst first? Of one group, or all; said by several checks, shown once."""
    if group is None:
        return telling.faults(report)
    return telling.faults(report, lambda check: group in homes(check))


def roots(wrong: list[Fault]) -> list[Fault]:
    """Those that do not merely follow from another one; all, where each does."""
    return [fault for fault in wrong if not telling.echo(fault)] or wrong


def cards(wrong: list[Fault], *, link: bool = True, few: int = _FEW) -> None:
    """A card each; beyond a handful the rest waits behind a fold. What only follows is one card."""
    own = roots(wrong)
    shared.few(own, partial(card, link=link), few, lambda r: f"{len(r)} more: {counted(r)}")
    if echoes := [fault for fault in wrong if fault not in own]:
        echoes_of(echoes, link=link)


def section(report: Report, group: str, heading: str = "", *, few: int = _FEW) -> None:
    """What is wrong of this group, under a heading; nothing at all where nothing is."""
    if wrong := faults(report, group):
        st.header(heading or ("What is wrong, worst first" if current() else "Last known findings"))
        cards(wrong, link=False, few=few)


def echoes_of(wrong: list[Fault], *, link: bool = True) -> None:
    """What the RPCs make of the same, folded: it goes by itself once that is repaired."""
    first, *others = dict.fromkeys(title(fault.finding) for fault in wrong)
    named = f"{first} and {len(others)} more" if others else first
    with st.expander(f"Follows from another fault: {plain(named)}", icon=":material/reply:"):
        st.markdown(
            "  \n".join(
                f"{state(fault.finding)} **{plain(sentence(fault.finding.detail))}**"
                for fault in wrong
            )
        )
        st.markdown(
            "This follows from the fault above. Repair that, then verify: this one ends by itself."
        )
        if link:
            links(dict.fromkeys(check for fault in wrong for check in fault.checks), step=False)


def card(fault: Fault, *, link: bool = True) -> None:
    """Badge and headline, what was found and means, the SQL to copy, where to look: so ordered."""
    finding = fault.finding
    with st.container(border=True, gap="small"):
        st.markdown(f"### {state(finding)} {plain(title(finding))}")
        if said := " ".join(filter(None, (more(finding), finding.means))):
            st.markdown(plain(said))
        if when := dated(fault):
            st.caption(f":material/history: {plain(when)}")
        repair(fault)
        if link:
            links(fault.checks)


def repair(fault: Fault) -> None:
    """What to do about it: a line that says so, the SQL to copy, and whom it keeps waiting."""
    found = fault.finding.remedies
    if not found or telling.errand(found):
        remedy(found)
        return
    decides = any(each.kind is Kind.DECISION for each in found)
    decision = decides or not any(each.runs for each in found)
    first = "Decide, then do this" if decision else "Do this now"
    where = snapshot().where
    on = f" on **{plain(where)}**" if where else ""
    st.markdown(f"**{first}**{on}, as the owner of the tables:")
    remedy(found)
    if not decision:
        step = step_for(runbook.step_of(fault.checks[0], snapshot().report), found[-1])
        lock = lock_of(step.slug, found[-1])
        st.caption(f":material/lock: Locks: {plain(lock)}.")


def began(fault: Fault) -> Since:
    """Since when is this so? By the rows, as every face says it; before there is one, by looks."""
    history, report = snapshot().history, snapshot().report
    since = history.recorded.since(fault.finding.status, *fault.checks)
    if since.first is None:
        since = history.since(fault.finding.status, *fault.checks)
    if since.first is None and since.after is not None and report is not None:
        return replace(since, first=report.checked_at)
    return since


def dated(fault: Fault) -> str:
    """Since 13:41 UTC (21 min) · still ok at 13:26 UTC."""
    known, at = began(fault), now()
    return " · ".join(filter(None, (sentence(since(known, at)), last_fine(known, at))))


def remedy(found: Remedies, *, files: bool = True) -> None:
    """The SQL to copy, or in plain words what to do where there is none to run.

    Where that is to run whole files of the setup, they stand folded below it: `files` of false
    where the page shows them elsewhere.
    """
    if told := telling.errand(found):
        st.markdown(f"**{told.head}:** {plain(told.words)}")
    elif found:
        sql(readable(remedies.shown(found)))
    for path in files_of(found) if files else ():
        with st.expander(f"The whole file: {path}", icon=":material/code:"):
            st.code(
                f'psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f {path}', language=None, wrap_lines=True
            )
            sql(setup_file(path))


def sql(text: str) -> None:
    """SQL to copy; a long one in a box that scrolls, and holds the copy button for the keyboard."""
    tall = text.count("\n") >= _TALL_LINES
    place = st.container(height=_TALL_PIXELS, border=False) if tall else st
    # No language: the colours of highlighting are too faint, and the comments are half the remedy.
    place.code(text, language=None, wrap_lines=True)


def links(checks: Iterable[str], *, step: bool = True) -> None:
    """To each page that says more, with the names of the checks there; to the runbook's step."""
    pages: dict[str, list[str]] = {}
    for check in checks:
        for home in homes(check):
            pages.setdefault(home, []).append(check)
    with st.container(horizontal=True, gap="small"):
        for name, own in pages.items():
            group = GROUPS[name]
            more = f" and {len(own) - 1} more" if own[1:] else ""
            label = f"{name}: {own[0]}{more}"  # a phone cuts a longer one off
            st.page_link(page(group.page), label=label, icon=group.icon)
        if step:
            known = runbook.step_of(next(iter(pages.values()))[0], snapshot().report)
            st.page_link(
                page("runbook.py"),
                label=f"Runbook: {known.title}",
                icon=BOOK,
                query_params={"step": known.slug},
            )
    if read := ", ".join(f"[{name}]({docs})" for name, docs in explained(checks).items()):
        st.markdown(f":material/help: What it means: {read}")


def explained(checks: Iterable[str]) -> dict[str, str]:
    """Which page explains each of these checks? Relative, so that it works below any base."""
    known = filter(None, map(by_name, checks))
    return {check.name: check.docs for check in known}


def state(finding: Finding) -> str:
    """The finding's badge, grey where the reading is old."""
    return badge(finding.status, current=current())


def told(check: CheckResult) -> str:
    """A check in one line: its summary, or why nothing is known, for then a number would soothe."""
    if check.status is Status.UNKNOWN and check.failing():
        return sentence(check.failing()[0].detail)
    return sentence(check.summary)
